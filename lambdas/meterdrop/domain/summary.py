"""What usage adds up to, by each formula; exact."""

from decimal import Decimal, Inexact, Rounded
from typing import NamedTuple

from meterdrop.domain.codes import Formula
from meterdrop.domain.stored_contribution import StoredContribution
from meterdrop.domain.value import EXACT

EXTREMES = frozenset({Formula.MAX, Formula.MIN, Formula.LAST})
"""What a cancel cannot be subtracted from: where there is one, the events that are left have to be looked at."""


class SumNotExactError(Exception):
    """A sum has more than the 38 digits that can be kept: no number is better than a wrong one."""


class Summary(NamedTuple):
    """The usage from `start` on, up to but without `end`, both in epoch seconds."""

    start: int
    end: int
    value: Decimal
    event_count: int


class Aggregate:
    """Adds up contributions, in any order."""

    __slots__ = ("_last", "_last_order", "_max", "_min", "_sum", "event_count")

    def __init__(self) -> None:
        """Begin with nothing."""
        self.event_count = 0
        self._sum = self._min = self._max = self._last = _NONE
        self._last_order: tuple[int, int, str, int] | None = None

    def add(self, found: StoredContribution) -> None:
        """Add what an owner contributes or a cancel takes away. Raises SumNotExactError."""
        self.event_count += found.event_count
        if found.sum is None:
            return
        try:
            self._sum = EXACT.add(self._sum, found.sum)
        except (Inexact, Rounded):
            raise SumNotExactError from None
        if found.min is None or found.max is None or found.last is None:
            return
        # A later arrival wins over an earlier one, and the later row of a file; the owner only makes it certain.
        order = (found.last_timestamp, found.received, found.owner, found.last_row)
        if self._last_order is None:
            self._min, self._max, self._last, self._last_order = found.min, found.max, found.last, order
            return
        self._min, self._max = min(self._min, found.min), max(self._max, found.max)
        if order > self._last_order:
            self._last, self._last_order = found.last, order

    def value(self, formula: Formula) -> Decimal:
        """Return what a meter of this formula shows; 0 where no event had a value."""
        match formula:
            case Formula.SUM:
                return self._sum
            case Formula.COUNT:
                return Decimal(self.event_count)
            case Formula.LAST:
                return self._last
            case Formula.MAX:
                return self._max
            case Formula.MIN:
                return self._min


_NONE = Decimal(0)
