"""What is stored of usage, as a reader finds it."""

from decimal import Decimal
from typing import NamedTuple

from meterdrop.domain.contribution import HOUR, Hour
from meterdrop.domain.event import StoredEvent


class Scope(NamedTuple):
    """Whose usage: of one meter, by one customer or (None) by all of them together."""

    meter: str
    customer: str | None

    def at(self, hour: int) -> Hour:
        """Return one hour of it, counted since 1970."""
        return Hour(self.meter, self.customer, hour)


class StoredContribution(NamedTuple):
    """What one owner, an upload or a hand entry, adds to one hour; or what a cancel takes away from it.

    `sum` to `last` are None where no event had a value. The events are named by `events`, an event list, or by so many
    `parts` of one. A cancel names its event in `cancels`; it has no owner, no list and at most a sum.
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
        """Return what one event adds."""
        value, hour = event.value, event.timestamp // HOUR
        figures = (value, value, value, value, event.timestamp, event.row)
        return cls(hour, event.upload, event.received, 1, *figures)


class Arrival(NamedTuple):
    """That events of a meter arrived with an owner: how many, and in which hours, newest first and maybe not all."""

    received: int
    owner: str
    event_count: int
    hours: tuple[int, ...]
