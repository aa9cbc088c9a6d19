"""Figures: what a set of events adds up to."""

from decimal import Decimal, Inexact, Rounded

from meterdrop.domain.codes import Formula
from meterdrop.domain.decimals import EXACT

EXTREMES = frozenset({Formula.MAX, Formula.MIN, Formula.LAST})
"""Formulas from which an event can't be subtracted. They need the remaining events."""
Order = tuple[int, int, str, int]
"""The position of an event among all events: timestamp, arrival (both in epoch seconds), owner, row."""
_ZERO = Decimal(0)


class SumNotExactError(Exception):
    """A sum has more than 38 digits, so it can't be stored exactly."""


class Figures:
    """The figures of events. `sum` to `last` are None if no event has a value. Sums are exact.

    `last` is the value of the latest event; of equal timestamps, the later arrival wins, then the later row.
    """

    __slots__ = ("count", "last", "last_order", "max", "min", "sum")

    def __init__(self, count: int = 0, value: Decimal | None = None, order: Order | None = None) -> None:
        """Begin with `count` events that have one value together, whose position is `order`."""
        self.count = count
        self.sum = self.min = self.max = self.last = value
        self.last_order = None if value is None else order

    def merge(self, other: "Figures") -> None:
        """Add the figures of other events. Raises SumNotExactError."""
        self.count += other.count
        if other.sum is None:
            return
        if self.sum is None:
            self.sum = other.sum
        else:
            try:
                self.sum = EXACT.add(self.sum, other.sum)
            except (Inexact, Rounded):
                raise SumNotExactError from None
        if other.min is None or other.max is None or other.last_order is None:
            return
        self.min = other.min if self.min is None else min(self.min, other.min)
        self.max = other.max if self.max is None else max(self.max, other.max)
        if self.last_order is None or other.last_order > self.last_order:
            self.last, self.last_order = other.last, other.last_order

    def value(self, formula: Formula) -> Decimal:
        """Return the value for a formula, 0 if no event has a value."""
        match formula:
            case Formula.SUM:
                return self.sum or _ZERO
            case Formula.COUNT:
                return Decimal(self.count)
            case Formula.LAST:
                return self.last or _ZERO
            case Formula.MAX:
                return self.max or _ZERO
            case Formula.MIN:
                return self.min or _ZERO


def cancelled(value: Decimal | None) -> Figures:
    """Return the negative figures of a cancelled event. They take nothing from `min`, `max` and `last`."""
    figures = Figures(-1)
    figures.sum = None if value is None else -value
    return figures
