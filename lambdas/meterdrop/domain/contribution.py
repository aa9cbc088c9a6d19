"""What one upload adds to usage: per meter, customer and hour, and per meter and hour.

Computed from the rows that the upload owns and put under keys that hold its id, never added to a stored figure: a retry
puts the same again, an undo deletes.
"""

from array import array
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby
from typing import NamedTuple

from meterdrop.domain.event_list import write_event_list
from meterdrop.domain.value import EXACT

HOUR = 3_600


class Contribution:
    """Figures of the events of one hour. `sum` to `last` are None where no event had a value. Sums are exact."""

    __slots__ = ("count", "last", "last_order", "max", "min", "sum")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.count = 0
        self.sum: Decimal | None = None
        self.min: Decimal | None = None
        self.max: Decimal | None = None
        self.last: Decimal | None = None
        self.last_order: tuple[int, int] = (-1, -1)
        """Timestamp and row of `last`; between uploads their arrivals and ids stand between the two."""

    def add(self, value: Decimal | None, timestamp: int, row: int) -> None:
        """Add one event; raises Inexact where the sum would have to be rounded."""
        self.count += 1
        if value is None:
            return
        if self.sum is None:
            self.sum = self.min = self.max = self.last = value
            self.last_order = (timestamp, row)
            return
        self.sum = EXACT.add(self.sum, value)
        if self.max is not None and value > self.max:
            self.max = value
        if self.min is not None and value < self.min:
            self.min = value
        if (timestamp, row) > self.last_order:
            self.last, self.last_order = value, (timestamp, row)

    def merge(self, other: "Contribution") -> None:
        """Take in the figures of other events; as `add`."""
        self.count += other.count
        if other.sum is None or other.min is None or other.max is None:
            return
        self.sum = other.sum if self.sum is None else EXACT.add(self.sum, other.sum)
        self.min = other.min if self.min is None else min(self.min, other.min)
        self.max = other.max if self.max is None else max(self.max, other.max)
        if other.last_order > self.last_order:
            self.last, self.last_order = other.last, other.last_order


class Hour(NamedTuple):
    """What a contribution is of: a meter, a customer (None: all of them), and hours since 1970."""

    meter: str
    customer: str | None
    hour: int


class Contributions:
    """The contributions of one upload, as its rows come in.

    A file may give each of its rows a contribution of its own. So rows are kept, as columns of numbers, 24 bytes
    a row; they are sorted into contributions when these are asked for, which pass by one at a time.
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
        """Add an event that the upload owns; `identifier` is None where its id is derived from upload and row."""
        shares = self._shares
        self._share.append(shares.setdefault((meter, customer), len(shares)))
        self._row.append(row)
        self._timestamp.append(timestamp)
        self._value.append(value)
        if identifier is not None:
            self._identifiers[row] = identifier

    def by_meter(self) -> Iterator[tuple[Hour, Contribution]]:
        """Return what all customers together used of each meter in each hour."""
        return ((of, self._figures(places)) for of, places in self._by_meter())

    def totals(self) -> dict[str, Contribution]:
        """Return what was used of each meter, by its id."""
        totals: dict[str, Contribution] = {}
        for of, hourly in self.by_meter():
            totals.setdefault(of.meter, Contribution()).merge(hourly)
        return totals

    def named(self) -> Iterator[tuple[Hour, Contribution, Iterator[str]]]:
        """Return what each customer, and then what all together, used of each meter in each hour.

        Each with the lines that name its events.
        """
        shares = list(self._shares)
        for (share, hour), places in self._grouped(self._share):
            meter, customer = shares[share]
            yield Hour(meter, customer, hour), self._figures(places), self._lines(places)
        for of, places in self._by_meter():
            yield of, self._figures(places), self._lines(places)

    def _by_meter(self) -> Iterator[tuple[Hour, list[int]]]:
        meters = list(dict.fromkeys(meter for meter, _ in self._shares))
        numbers = {meter: number for number, meter in enumerate(meters)}
        of_share = [numbers[meter] for meter, _ in self._shares]
        for (number, hour), places in self._grouped(array("I", map(of_share.__getitem__, self._share))):
            yield Hour(meters[number], None, hour), places

    def _grouped(self, numbers: "array[int]") -> Iterator[tuple[tuple[int, int], list[int]]]:
        """Sort the places of rows into groups by a number (below 2 to 32) that each has, and by hour."""
        keys = array("Q", [number << 32 | time // HOUR for number, time in zip(numbers, self._timestamp, strict=True)])
        key_of = keys.__getitem__
        # As an array the order takes 4 bytes a row while groups pass by, as the list that was sorted 36.
        order = array("I", sorted(range(len(keys)), key=key_of))
        for key, places in groupby(order, key_of):
            yield divmod(key, 1 << 32), list(places)

    def _figures(self, places: Iterable[int]) -> Contribution:
        found = Contribution()
        for place in places:
            found.add(self._value[place], self._timestamp[place], self._row[place])
        return found

    def _lines(self, places: Iterable[int]) -> Iterator[str]:
        rows = sorted(self._row[place] for place in places)
        return write_event_list((row, self._identifiers.get(row)) for row in rows)
