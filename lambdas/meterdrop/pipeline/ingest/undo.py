"""Deletes everything that an upload has stored: usage first, then events, so that all usage still has its events."""

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
    ids: list[str] = field(default_factory=list)
    contributions: Contributions = field(default_factory=Contributions)
    cancelled: list[StoredEvent] = field(default_factory=list)

    def add(self, event: StoredEvent) -> None:
        """Add an event if the upload owns it."""
        if event.upload != self.upload_id:
            return
        self.ids.append(event.id)
        identifier = None if event.id == event_id(event.upload, event.row) else event.id
        self.contributions.add(event.meter, event.customer, event.timestamp, event.value, event.row, identifier)
        if event.cancelled is not None:
            self.cancelled.append(event)


def undo(upload_id: str, ids: Iterable[str], events: Events, usage: Usage) -> None:
    """Delete the contributions, cancels and events of an upload. `ids` are the IDs of all rows of its file.

    After a crash, the next attempt repeats all of it: while one contribution is left, all events are left.
    """
    owned = Owned(upload_id)
    for event in events.read_events(dict.fromkeys(ids)):
        owned.add(event)
    usage.remove_contributions(owned.contributions)
    events.delete_events(owned.ids)
