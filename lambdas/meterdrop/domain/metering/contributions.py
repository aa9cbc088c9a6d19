"""Contributions: the usage that one owner adds to each month, hour by hour, by meter and customer and by meter.

Contributions are computed from the owner's rows and stored under keys that contain the owner's ID. They are never
added to stored usage. A retry stores the same contributions again, and an undo deletes them.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, reduce
from itertools import groupby
from operator import gt
from typing import NamedTuple, cast

from meterdrop.domain.decimals import EXACT
from meterdrop.domain.metering.event import Event
from meterdrop.domain.metering.event_list import write_event_list
from meterdrop.domain.metering.figures import Figures

HOUR = 3_600
_MONTH_LENGTH = len("2024-09")


@lru_cache(maxsize=10_000)
def hour_text(hour: int) -> str:
    """Return the text of an hour (hours since 1970), such as `2024-09-25T14`."""
    return datetime.fromtimestamp(hour * HOUR, UTC).strftime("%Y-%m-%dT%H")


def month_of(hour: int) -> str:
    """Return the month of an hour (hours since 1970), such as `2024-09`."""
    return hour_text(hour)[:_MONTH_LENGTH]


class Month(NamedTuple):
    """The key of a contribution: meter, customer (None for all customers), and month, such as `2024-09`."""

    meter: str
    customer: str | None
    month: str


class HourUsage:
    """The usage of one hour (hours since 1970). Its figures and the list of its events are computed on request."""

    __slots__ = ("_contributions", "_places", "hour")

    def __init__(self, hour: int, contributions: "Contributions", places: Sequence[int]) -> None:
        """Take the places of the hour's rows among the contributions, in the order of the rows."""
        self.hour = hour
        self._contributions = contributions
        self._places = places

    @property
    def count(self) -> int:
        """The number of events."""
        return len(self._places)

    @property
    def figures(self) -> Figures:
        """The figures of the hour."""
        return self._contributions.figures_of(self._places)

    @property
    def listed_bytes(self) -> int:
        """The bytes of the hour's event list if each row were listed alone. It only grows with more rows."""
        return self._contributions.listed_bytes(self._places)

    def events(self, first: int = 0, last: int | None = None) -> list[str]:
        """Return the list of the hour's events, or of those from `first` to before `last`, see `event_list`."""
        return self._contributions.events_of(self._places[first:last])


class Contributions:
    """The contributions of one upload, as its rows come in.

    Each row of a file may be in a separate hour of a separate customer. So rows are stored as columns of numbers, 24
    bytes for each row. Reading sorts them and yields one contribution at a time.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._shares: dict[tuple[str, str], int] = {}
        """Meters with customers, numbered in the order in which they come."""
        self._share = array("I")
        self._row = array("I")
        self._timestamp = array("q")
        self._value: list[Decimal | None] = []
        self._identifiers: dict[int, str] = {}
        self._last_row = 0
        self._is_in_order = True
        """Whether the rows have come in their order, so that nobody needs to sort them."""

    def add(  # noqa: PLR0913, PLR0917 (called for every row)
        self, meter: str, customer: str, timestamp: int, value: Decimal | None, row: int, identifier: str | None
    ) -> None:
        """Add an event that the upload owns; `identifier` is None where its ID is derived from upload and row."""
        shares = self._shares
        self._share.append(shares.setdefault((meter, customer), len(shares)))
        self._note_rows((row,))
        self._row.append(row)
        self._timestamp.append(timestamp)
        self._value.append(value)
        if identifier is not None:
            self._identifiers[row] = identifier

    def add_events(self, owner: str, events: Iterable[Event]) -> None:
        """Add events of the owner's rows, faster than one by one."""
        ids, rows, meters, customers, timestamps, values, _ = zip(*events, strict=True)
        shares = self._shares
        self._share.extend(
            [
                shares.setdefault((meter.id, customer), len(shares))
                for meter, customer in zip(meters, customers, strict=True)
            ]
        )
        self._note_rows(rows)
        self._row.extend(rows)
        self._timestamp.extend(timestamps)
        self._value += values
        self._identifiers.update((row, id_) for id_, row in zip(ids, rows, strict=True) if id_ != f"{owner}:{row}")

    def _note_rows(self, rows: Sequence[int]) -> None:
        self._is_in_order &= rows[0] > self._last_row and all(map(gt, rows[1:], rows))
        self._last_row = rows[-1]

    def totals(self) -> dict[str, tuple[Figures, int, int]]:
        """Return what was used of each meter, and the first and last time in epoch seconds, by its ID."""
        meters, of_row = self._meters()
        totals = {}
        for number, meter in enumerate(meters):
            places = self._in_order([place for place, of in enumerate(of_row) if of == number])
            times = list(map(self._timestamp.__getitem__, places))
            totals[meter] = self.figures_of(places), min(times), max(times)
        return totals

    def hours(self) -> dict[str, tuple[list[int], int]]:
        """Return in which hours each meter was used, newest first, and by how many events, by its ID."""
        meters, of_row = self._meters()
        hours: list[set[int]] = [set() for _ in meters]
        for number, hour in {(number, time // HOUR) for number, time in zip(of_row, self._timestamp, strict=True)}:
            hours[number].add(hour)
        return {
            meter: (sorted(hours[number], reverse=True), of_row.count(number)) for number, meter in enumerate(meters)
        }

    def months(self) -> Iterator[tuple[str, str]]:
        """Yield the months in which each meter was used, by its ID."""
        for meter, (hours, _) in self.hours().items():
            yield from ((meter, month) for month in dict.fromkeys(map(month_of, hours)))

    @property
    def longest_event(self) -> int:
        """The most bytes that an event takes in an event list."""
        own = len(str(max(self._row, default=0)))
        return max(own, max((len(identifier.encode()) for identifier in self._identifiers.values()), default=0)) + 2

    def of_customers(self, more_than: int = 0) -> Iterator[tuple[Month, list[HourUsage]]]:
        """Yield what each customer used of each meter in each month, where it is more than so many events."""
        shares = list(self._shares)
        for share, month, hours in self._by_month(self._share, more_than):
            yield Month(*shares[share], month), hours

    def of_all(self) -> Iterator[tuple[Month, list[HourUsage]]]:
        """Yield what all customers together used of each meter in each month."""
        meters, of_row = self._meters()
        for number, month, hours in self._by_month(of_row):
            yield Month(meters[number], None, month), hours

    def _meters(self) -> tuple[list[str], "array[int]"]:
        """Return all meters, and the position of each row's meter in that list."""
        meters = list(dict.fromkeys(meter for meter, _ in self._shares))
        numbers = {meter: number for number, meter in enumerate(meters)}
        of_share = [numbers[meter] for meter, _ in self._shares]
        return meters, array("I", map(of_share.__getitem__, self._share))

    def _by_month(self, numbers: "array[int]", more_than: int = 0) -> Iterator[tuple[int, str, list[HourUsage]]]:
        """Yield the usage by a number that each row has, and by month. Leave out numbers with few rows."""
        for (number, month), hours in groupby(
            self._by_hour(numbers, more_than), lambda group: (group[0], month_of(group[1]))
        ):
            yield number, month, [HourUsage(hour, self, places) for _, hour, places in hours]

    def _by_hour(self, numbers: "array[int]", more_than: int) -> Iterator[tuple[int, int, list[int]]]:
        """Sort the places of rows into groups by a number that each has, and by hour."""
        order: Sequence[int] = range(len(numbers))
        if more_than:
            rows_of = Counter(numbers)
            order = [place for place, number in enumerate(numbers) if rows_of[number] > more_than]
        if not order:
            return
        first = min(self._timestamp) // HOUR
        hours = max(self._timestamp) // HOUR - first + 1
        # Small numbers, most of them below 2 to 30: those are compared in half the time.
        keys = array(
            "Q",
            [number * hours + time // HOUR - first for number, time in zip(numbers, self._timestamp, strict=True)],
        )
        key_of = keys.__getitem__
        # As an array the order takes 4 bytes a row while groups pass by, as the list that was sorted 36.
        order = array("I", sorted(order, key=key_of))
        for key, group in groupby(order, key_of):
            number, hour = divmod(key, hours)
            yield number, first + hour, self._in_order(list(group))

    def _in_order(self, places: list[int]) -> list[int]:
        """Return places, which are in ascending order, in the order of their rows."""
        return places if self._is_in_order else sorted(places, key=self._row.__getitem__)

    def figures_of(self, places: Sequence[int]) -> Figures:
        """Return the figures of the rows at these places, which are in the order of the rows."""
        value_of, time_of, row_of = self._value.__getitem__, self._timestamp.__getitem__, self._row.__getitem__
        if len(places) == 1:
            last = places[0]
            return Figures(1, value_of(last), (time_of(last), 0, "", row_of(last)))
        found = Figures(len(places))
        values = list(map(value_of, places))
        if None in values:
            places = [place for place in places if value_of(place) is not None]
            values = list(map(value_of, places))
        known = cast("list[Decimal]", values)
        if not known:
            return found
        found.sum, found.min, found.max = reduce(EXACT.add, known), min(known), max(known)
        # Of the latest time, of equal times of the latest row.
        times = list(map(time_of, places))
        timestamp = max(times)
        last = places[len(times) - 1 - times[::-1].index(timestamp)]
        found.last, found.last_order = value_of(last), (timestamp, 0, "", row_of(last))
        return found

    def listed_bytes(self, places: Sequence[int]) -> int:
        """Return the bytes of the event list of the rows at these places if each row were listed alone."""
        rows = list(map(self._row.__getitem__, places))
        if not self._identifiers:
            return len(rows) + sum(map(len, map(str, rows)))
        return sum(len(event.encode()) + 1 for row in rows for event in self._list((row,)))

    def events_of(self, places: Sequence[int]) -> list[str]:
        """Return the event list of the rows at these places, which are in the order of the rows."""
        return self._list(list(map(self._row.__getitem__, places)))

    def _list(self, rows: Sequence[int]) -> list[str]:
        return write_event_list(rows, list(map(self._identifiers.get, rows)) if self._identifiers else None)
