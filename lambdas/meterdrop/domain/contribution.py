"""What an owner of events adds to usage in one hour: per meter and customer, and per meter.

Computed from the rows that it owns and put under keys that hold its id, never added to a stored figure: a retry puts
the same again, an undo deletes.
"""

from typing import TYPE_CHECKING, NamedTuple

from meterdrop.domain.value import EXACT

if TYPE_CHECKING:
    from decimal import Decimal

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

    def merge(self, other: "Contribution") -> None:
        """Take in the figures of other events; raises Inexact where the sum would have to be rounded."""
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
