"""Meter events: from a row and as stored. Two events with the same ID are duplicates if their content is equal."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from meterdrop.domain.changes import Change
from meterdrop.domain.ids import unscoped_id
from meterdrop.domain.metering.meter import Meter

Content = tuple[str, str, int, Decimal | None, Mapping[str, str]]
"""Event name, customer, timestamp in epoch seconds, value and other payload."""

NO_PAYLOAD: Mapping[str, str] = {}


class Event(NamedTuple):
    """A valid row. `timestamp` is in epoch seconds. `payload` excludes the customer and the value."""

    id: str
    row: int
    meter: Meter
    customer: str
    timestamp: int
    value: Decimal | None
    payload: Mapping[str, str]

    @property
    def content(self) -> Content:
        """The content, to compare with another event of the same ID."""
        return (self.meter.event_name, self.customer, self.timestamp, self.value, self.payload)


class Cancel(NamedTuple):
    """The cancel of an event: its time in epoch seconds, and the request that made it."""

    at: int
    change: Change | None


class StoredEvent(NamedTuple):
    """A stored event. `upload` and `row` name its owner. `id` is unique among the events of all partners.

    `received` is the owner's arrival, `cancelled` the time of the cancellation. Both are in epoch seconds. `item` is
    the key of the item that holds the event. An upload deletes its events by these keys. `partner` is that of the
    upload, None for the owner and the API.
    """

    id: str
    upload: str
    row: int
    meter: str
    event_name: str
    customer: str
    timestamp: int
    value: Decimal | None
    payload: Mapping[str, str]
    received: int
    cancelled: int | None = None
    item: str = ""
    change: Change | None = None
    """The request that created or cancelled it. None for an event of a file that isn't cancelled."""
    partner: str | None = None

    @property
    def identifier(self) -> str:
        """The ID that people see. Events of two partners can have the same one."""
        return unscoped_id(self.id)

    @property
    def cursor(self) -> str:
        """The ID that people see in lists, which is unique among the events of all partners."""
        return self.id if self.id == self.identifier else f"{self.upload}:={self.identifier}"

    @property
    def content(self) -> Content:
        """The content, to compare with another event of the same ID."""
        return (self.event_name, self.customer, self.timestamp, self.value, self.payload)

    def with_cancel(self, cancel: Cancel | None) -> "StoredEvent":
        """Return the event as cancelled, if there is a cancel."""
        return self if cancel is None else self._replace(cancelled=cancel.at, change=cancel.change)
