"""Contributions: the usage that one owner adds to each month, hour by hour, by meter and customer and by meter.

Contributions are computed from the owner's rows and stored under keys that contain the owner's ID. They are never
added to stored usage. A retry stores the same contributions again, and an undo deletes them.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache, reduce
from itertools import groupby
from typing import NamedTuple

from meterdrop.domain.decimals import EXACT
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
        """Take the places of the hour's rows among the contributions."""
        self.hour = hour
        self._contributions = contributions
        self._places = places

    @property
    def count(self) -> int:
        """The number of the hour's events."""
        return len(self._places)

    @property
    def figures(self) -> Figures:
        """The figures of the hour."""
        return self._contributions.figures_of(self._places)

    @property
    def events(self) -> list[str]:
        """The list of the hour's events, see `event_list`."""
        return self._contributions.events_of(self._places)


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

    def add(  # noqa: PLR0913, PLR0917 (called for every row)
        self, meter: str, customer: str, timestamp: int, value: Decimal | None, row: int, identifier: str | None
    ) -> None:
        """Add an event that the upload owns; `identifier` is None where its ID is derived from upload and row."""
        shares = self._shares
        self._share.append(shares.setdefault((meter, customer), len(shares)))
        self._row.append(row)
        self._timestamp.append(timestamp)
        self._value.append(value)
        if identifier is not None:
            self._identifiers[row] = identifier

    def totals(self) -> dict[str, Figures]:
        """Return what was used of each meter, by its ID."""
        meters, of_row = self._meters()
        places = [array("I") for _ in meters]
        for place, number in enumerate(of_row):
            places[number].append(place)
        return {meter: self.figures_of(found) for meter, found in zip(meters, places, strict=True)}

    def times(self) -> dict[str, tuple[int, int]]:
        """Return the first and the last time at which each meter was used, in epoch seconds, by its ID."""
        meters, of_row = self._meters()
        times = [array("q") for _ in meters]
        for number, time in zip(of_row, self._timestamp, strict=True):
            times[number].append(time)
        return {meter: (min(found), max(found)) for meter, found in zip(meters, times, strict=True)}

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
            yield number, first + hour, list(group)

    def figures_of(self, places: Sequence[int]) -> Figures:
        """Return the figures of the rows at these places."""
        value_of, time_of, row_of = self._value.__getitem__, self._timestamp.__getitem__, self._row.__getitem__
        if len(places) == 1:
            last = places[0]
            return Figures(1, value_of(last), (time_of(last), 0, "", row_of(last)))
        found = Figures(len(places))
        values = [value for value in map(value_of, places) if value is not None]
        if not values:
            return found
        found.sum, found.min, found.max = reduce(EXACT.add, values), min(values), max(values)
        if len(values) < len(places):
            places = [place for place in places if value_of(place) is not None]
        # Of the latest time, of equal times of the latest row.
        timestamp, row, last = max(zip(map(time_of, places), map(row_of, places), places, strict=True))
        found.last, found.last_order = value_of(last), (timestamp, 0, "", row)
        return found

    def events_of(self, places: Sequence[int]) -> list[str]:
        """Return the event list of the rows at these places."""
        if len(places) == 1 and not self._identifiers:
            return [str(self._row[places[0]])]
        rows = sorted(map(self._row.__getitem__, places))
        return write_event_list(rows, map(self._identifiers.get, rows))
