"""Contributions: the usage that one owner adds to an hour, by meter and customer and by meter.

Contributions are computed from the owner's rows and stored under keys that contain the owner's ID. They are never
added to stored usage. A retry stores the same contribution again, and an undo deletes it.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from functools import reduce
from itertools import groupby
from typing import NamedTuple

from meterdrop.domain.decimals import EXACT
from meterdrop.domain.metering.event_list import event_line, longest_line, write_event_list

HOUR = 3_600


class Contribution:
    """The usage of one hour. `sum` to `last` are None if no event has a value. Sums are exact."""

    __slots__ = ("count", "last", "last_order", "max", "min", "sum")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.count = 0
        self.sum: Decimal | None = None
        self.min: Decimal | None = None
        self.max: Decimal | None = None
        self.last: Decimal | None = None
        self.last_order: tuple[int, int] = (-1, -1)
        """Timestamp and row of `last`."""

    def merge(self, other: "Contribution") -> None:
        """Add the usage of other events. Raises Inexact if the sum has too many digits."""
        self.count += other.count
        if other.sum is None or other.min is None or other.max is None:
            return
        self.sum = other.sum if self.sum is None else EXACT.add(self.sum, other.sum)
        self.min = other.min if self.min is None else min(self.min, other.min)
        self.max = other.max if self.max is None else max(self.max, other.max)
        if other.last_order > self.last_order:
            self.last, self.last_order = other.last, other.last_order


class Hour(NamedTuple):
    """The key of a contribution: meter, customer (None for all customers), and hours since 1970."""

    meter: str
    customer: str | None
    hour: int


class Contributions:
    """The contributions of one upload, as its rows come in.

    Each row of a file may have a separate contribution. So rows are stored as columns of numbers, 24 bytes for each
    row. Reading sorts them and yields one contribution at a time.
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

    def totals(self) -> dict[str, Contribution]:
        """Return what was used of each meter, by its ID."""
        meters, of_row = self._meters()
        places = [array("I") for _ in meters]
        for place, number in enumerate(of_row):
            places[number].append(place)
        return {meter: self._figures(found) for meter, found in zip(meters, places, strict=True)}

    def times(self) -> dict[str, tuple[int, int]]:
        """Return the first and the last time at which each meter was used, in epoch seconds, by its ID."""
        meters, of_row = self._meters()
        times = [array("q") for _ in meters]
        for number, time in zip(of_row, self._timestamp, strict=True):
            times[number].append(time)
        return {meter: (min(found), max(found)) for meter, found in zip(meters, times, strict=True)}

    def hours(self) -> dict[str, tuple[set[int], int]]:
        """Return in which hours each meter was used, and by how many events, by its ID."""
        meters, of_row = self._meters()
        hours: list[set[int]] = [set() for _ in meters]
        for number, hour in {(number, time // HOUR) for number, time in zip(of_row, self._timestamp, strict=True)}:
            hours[number].add(hour)
        return {meter: (hours[number], of_row.count(number)) for number, meter in enumerate(meters)}

    def named(self) -> Iterator[tuple[Hour, Contribution, Iterable[str]]]:
        """Return what each customer, and then what all together, used of each meter in each hour.

        Each with the lines that name its events.
        """
        return ((of, self._figures(places), self._lines(places)) for of, places in self._grouped())

    def long_lists(self, size: int) -> Iterator[tuple[Hour, Iterable[str]]]:
        """Return, as in `named`, the lines of every event list of more than `size` bytes, and of some others."""
        few = size // longest_line(max(self._row, default=0), self._identifiers.values())
        return ((of, self._lines(places)) for of, places in self._grouped(few))

    def _meters(self) -> tuple[list[str], "array[int]"]:
        """Return all meters, and the position of each row's meter in that list."""
        meters = list(dict.fromkeys(meter for meter, _ in self._shares))
        numbers = {meter: number for number, meter in enumerate(meters)}
        of_share = [numbers[meter] for meter, _ in self._shares]
        return meters, array("I", map(of_share.__getitem__, self._share))

    def _grouped(self, more_than: int = 0) -> Iterator[tuple[Hour, list[int]]]:
        """Sort the places of rows by meter, customer and hour, then by meter and hour; leave out groups of few rows."""
        shares = list(self._shares)
        for share, hour, places in self._sorted(self._share, more_than):
            yield Hour(*shares[share], hour), places
        meters, of_row = self._meters()
        for number, hour, places in self._sorted(of_row, more_than):
            yield Hour(meters[number], None, hour), places

    def _sorted(self, numbers: "array[int]", more_than: int) -> Iterator[tuple[int, int, list[int]]]:
        """Sort the places of rows into groups of more than so many by a number that each has, and by hour."""
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
            places = list(group)
            if len(places) > more_than:
                number, hour = divmod(key, hours)
                yield number, first + hour, places

    def _figures(self, places: Sequence[int]) -> Contribution:
        found = Contribution()
        found.count = len(places)
        value_of, time_of, row_of = self._value.__getitem__, self._timestamp.__getitem__, self._row.__getitem__
        if len(places) == 1:
            last = places[0]
            found.sum = found.min = found.max = value_of(last)
        else:
            values = [value for value in map(value_of, places) if value is not None]
            if not values:
                return found
            found.sum, found.min, found.max = reduce(EXACT.add, values), min(values), max(values)
            if len(values) < len(places):
                places = [place for place in places if value_of(place) is not None]
            # Of the latest time, of equal times of the latest row.
            last = max(zip(map(time_of, places), map(row_of, places), places, strict=True))[2]
        if found.sum is not None:
            found.last, found.last_order = value_of(last), (time_of(last), row_of(last))
        return found

    def _lines(self, places: Sequence[int]) -> Iterable[str]:
        if len(places) == 1:
            row = self._row[places[0]]
            return (event_line(row, self._identifiers.get(row)),)
        rows = sorted(map(self._row.__getitem__, places))
        return write_event_list(zip(rows, map(self._identifiers.get, rows), strict=True))
