"""A meter event, as a row gives it and as it is stored, and when two of one id are the same."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from meterdrop.domain.metering.meter import Meter

Content = tuple[str, str, int, Decimal | None, Mapping[str, str]]
"""Event name, customer, instant, value as a number, other payload: what makes two events of one id the same."""

NO_PAYLOAD: Mapping[str, str] = {}


class Event(NamedTuple):
    """A good row. `timestamp` is in epoch seconds; `payload` holds what is neither customer nor value."""

    id: str
    row: int
    meter: Meter
    customer: str
    timestamp: int
    value: Decimal | None
    payload: Mapping[str, str]

    @property
    def content(self) -> Content:
        """What is compared with another event of the same id."""
        return (self.meter.event_name, self.customer, self.timestamp, self.value, self.payload)


class StoredEvent(NamedTuple):
    """An event that is in the store: `upload` and `row` say whose it is.

    `received` is the owner's arrival, `cancelled` when it was taken back, both in epoch seconds.
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

    @property
    def content(self) -> Content:
        """What is compared with another event of the same id."""
        return (self.event_name, self.customer, self.timestamp, self.value, self.payload)
