"""Stored contributions, and the meter event summaries computed from them."""

import base64
import binascii
import hashlib
from decimal import Decimal, Inexact, Rounded
from typing import NamedTuple

from meterdrop.domain.codes import Formula
from meterdrop.domain.decimals import EXACT
from meterdrop.domain.metering.contributions import HOUR, Hour
from meterdrop.domain.metering.event import StoredEvent


class Scope(NamedTuple):
    """The scope of usage: one meter, and one customer or (None) all customers."""

    meter: str
    customer: str | None

    def at(self, hour: int) -> Hour:
        """Return one hour of it, counted since 1970."""
        return Hour(self.meter, self.customer, hour)


class StoredContribution(NamedTuple):
    """The usage that one owner adds to an hour, or that a cancel subtracts. Owners are uploads and API requests.

    `sum` to `last` are None if no event has a value. The event IDs are in `events`, an event list, or in `parts` parts
    of one. A cancel names its event in `cancels`. It has no owner, no list and at most a sum.
    """

    hour: int
    owner: str
    received: int
    event_count: int
    sum: Decimal | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    last: Decimal | None = None
    last_timestamp: int = -1
    last_row: int = -1
    events: str | None = None
    parts: int = 0
    cancels: str | None = None

    @classmethod
    def of(cls, event: StoredEvent) -> "StoredContribution":
        """Return the contribution of one event."""
        value, hour = event.value, event.timestamp // HOUR
        figures = (value, value, value, value, event.timestamp, event.row)
        return cls(hour, event.upload, event.received, 1, *figures)


class Arrival(NamedTuple):
    """The arrival of a meter's events with one owner. `hours` is newest first and may be incomplete."""

    received: int
    owner: str
    event_count: int
    hours: tuple[int, ...]


EXTREMES = frozenset({Formula.MAX, Formula.MIN, Formula.LAST})
"""Formulas from which a cancel can't be subtracted. They need the hour's remaining events."""


class SumNotExactError(Exception):
    """A sum has more than 38 digits, so it can't be stored exactly."""


class Summary(NamedTuple):
    """The usage from `start` (inclusive) to `end` (exclusive), both in epoch seconds."""

    start: int
    end: int
    value: Decimal
    event_count: int


class Aggregate:
    """Adds up contributions, in any order."""

    __slots__ = ("_last", "_last_order", "_max", "_min", "_sum", "event_count")

    def __init__(self) -> None:
        """Create an empty aggregate."""
        self.event_count = 0
        self._sum = self._min = self._max = self._last = _NONE
        self._last_order: tuple[int, int, str, int] | None = None

    def add(self, found: StoredContribution) -> None:
        """Add the contribution of an owner or a cancel. Raises SumNotExactError."""
        self.event_count += found.event_count
        if found.sum is None:
            return
        try:
            self._sum = EXACT.add(self._sum, found.sum)
        except (Inexact, Rounded):
            raise SumNotExactError from None
        if found.min is None or found.max is None or found.last is None:
            return
        # For equal timestamps, the later arrival wins, then the later row. The owner makes the order unique.
        order = (found.last_timestamp, found.received, found.owner, found.last_row)
        if self._last_order is None:
            self._min, self._max, self._last, self._last_order = found.min, found.max, found.last, order
            return
        self._min, self._max = min(self._min, found.min), max(self._max, found.max)
        if order > self._last_order:
            self._last, self._last_order = found.last, order

    def value(self, formula: Formula) -> Decimal:
        """Return the value for a formula, 0 if no event has a value."""
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
_PREFIX = "mtrusg_"
_START_BYTES = 5
_DIGEST_BYTES = 10  # fifteen in all: whole characters of base32, without padding


def summary_id(scope: Scope, start: int, end: int) -> str:
    """Return the ID of a scope's summary from `start` to `end`. The ID is stable and unique."""
    whose = f"{scope.meter}\0{'' if scope.customer is None else scope.customer}\0{start}\0{end}"
    digest = hashlib.sha256(whose.encode()).digest()[:_DIGEST_BYTES]
    return _PREFIX + base64.b32encode(start.to_bytes(_START_BYTES, signed=True) + digest).decode().lower()


def start_of(id_: str) -> int | None:
    """Return the start of the summary with an ID, in epoch seconds. Return None for an invalid ID."""
    try:
        read = base64.b32decode(id_.removeprefix(_PREFIX).upper())
    except (binascii.Error, ValueError):
        return None
    return int.from_bytes(read[:_START_BYTES], signed=True) if len(read) == _START_BYTES + _DIGEST_BYTES else None
