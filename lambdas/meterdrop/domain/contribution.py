"""What one upload adds to usage: per meter, customer and hour, and per meter and hour.

Computed from the rows that the upload owns and put under keys that hold its id, never added to a stored figure: a retry
puts the same again, an undo deletes.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, localcontext
from typing import NamedTuple

from meterdrop.domain.event_list import write_event_list
from meterdrop.domain.value import EXACT

HOUR = 3_600


class Contribution:
    """Figures of the events of one hour. `sum` to `last` are None where no event had a value."""

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
        """Add one event; to be called in the context `EXACT`."""
        self.count += 1
        if value is None:
            return
        if self.sum is None:
            self.sum = self.min = self.max = self.last = value
            self.last_order = (timestamp, row)
            return
        self.sum += value
        if self.max is not None and value > self.max:
            self.max = value
        if self.min is not None and value < self.min:
            self.min = value
        if (timestamp, row) > self.last_order:
            self.last, self.last_order = value, (timestamp, row)

    def merge(self, other: "Contribution") -> None:
        """Take in the figures of other events; to be called in the context `EXACT`."""
        self.count += other.count
        if other.sum is None or other.min is None or other.max is None:
            return
        self.sum = other.sum if self.sum is None else self.sum + other.sum
        self.min = other.min if self.min is None else min(self.min, other.min)
        self.max = other.max if self.max is None else max(self.max, other.max)
        if other.last_order > self.last_order:
            self.last, self.last_order = other.last, other.last_order


class Hour(NamedTuple):
    """What a contribution is of: a meter, a customer (None: all of them), and hours since 1970."""

    meter: str
    customer: str | None
    hour: int


class _OfRows(Contribution):
    """Figures with the rows they are of: the first and the last of a chain, see `Contributions`."""

    __slots__ = ("first_row", "last_row")

    def __init__(self, row: int) -> None:
        """Begin with a row."""
        super().__init__()
        self.first_row = self.last_row = row


class Contributions:
    """The contributions of one upload, as its rows come in.

    A file may give each of its rows a contribution of its own, so what is kept for one is kept small: the rows of all
    contributions are one array that holds, for each row, the next one of the same contribution.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._hours: dict[Hour, _OfRows] = {}
        self._next = array("I")
        self._identifiers: dict[int, str] = {}

    def add(  # noqa: PLR0913, PLR0917 (called for every row)
        self, meter: str, customer: str, timestamp: int, value: Decimal | None, row: int, identifier: str | None
    ) -> None:
        """Add an event that the upload owns; to be called in the context `EXACT`.

        `identifier` is None where the event's id is derived from upload and row.
        """
        hour = Hour(meter, customer, timestamp // HOUR)
        found = self._hours.get(hour)
        if found is None:
            found = self._hours[hour] = _OfRows(row)
        else:
            self._chain(found.last_row, row)
            found.last_row = row
        found.add(value, timestamp, row)
        if identifier is not None:
            self._identifiers[row] = identifier

    def by_meter(self) -> Iterator[tuple[Hour, Contribution]]:
        """Return what all customers together used of each meter in each hour."""
        return iter(self._merged(_of_all).items())

    def totals(self) -> dict[str, Contribution]:
        """Return what was used of each meter, by its id."""
        return {hour.meter: total for hour, total in self._merged(lambda hour: Hour(hour.meter, None, 0)).items()}

    def named(self) -> Iterator[tuple[Hour, Contribution, Iterator[str]]]:
        """Return what each customer, and then what all together, used of each meter in each hour.

        Each with the lines that name its events.
        """
        several: dict[Hour, list[_OfRows]] = {}
        for hour, found in self._hours.items():
            yield hour, found, self._lines(self._rows(found))
            several.setdefault(_of_all(hour), []).append(found)
        for hour, total in self.by_meter():
            yield hour, total, self._lines(row for part in several[hour] for row in self._rows(part))

    def _lines(self, rows: Iterable[int]) -> Iterator[str]:
        return write_event_list((row, self._identifiers.get(row)) for row in sorted(rows))

    def _chain(self, row: int, following: int) -> None:
        missing = row + 1 - len(self._next)
        if missing > 0:
            self._next.frombytes(bytes(self._next.itemsize * (missing + len(self._next))))
        self._next[row] = following

    def _rows(self, found: _OfRows) -> Iterator[int]:
        row = found.first_row
        while row != found.last_row:
            yield row
            row = self._next[row]
        yield row

    def _merged(self, key: Callable[[Hour], Hour]) -> dict[Hour, Contribution]:
        merged: dict[Hour, Contribution] = {}
        with localcontext(EXACT):
            for hour, contribution in self._hours.items():
                merged.setdefault(key(hour), Contribution()).merge(contribution)
        return merged


def _of_all(hour: Hour) -> Hour:
    return Hour(hour.meter, None, hour.hour)
