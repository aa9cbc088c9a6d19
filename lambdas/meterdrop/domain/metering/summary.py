"""Stored usage, and the meter event summaries computed from it."""

import base64
import binascii
import hashlib
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from meterdrop.domain.metering.contributions import Month
from meterdrop.domain.metering.figures import Figures


class Scope(NamedTuple):
    """The scope of usage: one meter, and one customer or (None) all customers.

    `partner` narrows it to the events of a partner or of the owner (`OWNER`). None means any.
    """

    meter: str
    customer: str | None
    partner: str | None = None

    def in_month(self, month: str) -> Month:
        """Return one month of it, such as `2024-09`."""
        return Month(self.meter, self.customer, month)


@dataclass(slots=True)
class UsedHour:
    """The usage of one hour (hours since 1970).

    Cancelled events are subtracted from the count and the sum. They still count in the extremes.
    """

    hour: int
    figures: Figures = field(default_factory=Figures)
    has_cancels: bool = False


class OwnerEvents(NamedTuple):
    """The events of one owner (an upload or an API request) in one hour. `received` is the owner's arrival.

    `ids` is None if the event list was not read, because it is stored apart.
    """

    received: int
    owner: str
    hour: int
    ids: list[str] | None = None
    partner: str | None = None
    """The partner of an upload, None for the owner."""


class UsageShare(NamedTuple):
    """The figures that an upload, events from the API, or a cancel add to an hour. `owner` is the upload, else None."""

    owner: str | None
    is_cancel: bool
    hour: int
    figures: Figures
    partner: str | None = None
    """The partner of the upload, None for the owner."""


class Arrival(NamedTuple):
    """The arrival of a meter's events with one owner. `hours` is newest first and may be incomplete.

    `ids` are those of all events that an API request created, oldest hour first, and None for an upload.
    """

    received: int
    owner: str
    event_count: int
    hours: tuple[int, ...]
    ids: tuple[str, ...] | None = None
    partner: str | None = None
    """The partner of an upload, None for the owner."""


class UsageChangingError(Exception):
    """Usage and events do not match, because another process is writing or deleting them. Read them again."""


class Summary(NamedTuple):
    """The usage from `start` (inclusive) to `end` (exclusive), both in epoch seconds."""

    start: int
    end: int
    value: Decimal
    event_count: int


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
