"""Deletes everything that an upload has stored: usage first, then the items with its events.

So all usage still has its events.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from meterdrop.domain.ids import event_id
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.pipeline.ports import Events, Usage


@dataclass(slots=True)
class Owned:
    """The events that an upload owns, with their contributions."""

    upload_id: str
    items: dict[str, None] = field(default_factory=dict)
    """The keys of the items that hold the events, in order."""
    contributions: Contributions = field(default_factory=Contributions)

    def add(self, event: StoredEvent) -> None:
        """Add an event if the upload owns it."""
        if event.upload != self.upload_id:
            return
        self.items[event.item] = None
        identifier = None if event.id == event_id(event.upload, event.row) else event.id
        self.contributions.add(event.meter, event.customer, event.timestamp, event.value, event.row, identifier)


def undo(upload_id: str, ids: Iterable[str], events: Events, usage: Usage) -> None:
    """Delete the contributions and events of an upload. `ids` are the IDs of all rows of its file.

    After a crash, the next attempt repeats all of it: while one contribution is left, all events are left.
    """
    owned = Owned(upload_id)
    for event in events.read_events(dict.fromkeys(ids)):
        owned.add(event)
    usage.remove_contributions(owned.contributions)
    events.delete_events(owned.items)
