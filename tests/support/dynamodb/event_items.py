"""The events in items of the events table, whose attributes are plain values."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from meterdrop.adapters.metering.event_items import stored_events
from meterdrop.domain.metering.event import StoredEvent


def events_in(items: Iterable[Mapping[str, Any]]) -> Iterator[StoredEvent]:
    """Yield the events of blocks and single events."""
    for item in items:
        attributes = {
            name: {"S": value} if isinstance(value, str) else {"N": str(value)} for name, value in item.items()
        }
        yield from stored_events(attributes)
