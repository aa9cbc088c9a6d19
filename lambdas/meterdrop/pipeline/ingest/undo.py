"""Deletes everything that an upload has stored: usage first, then the items with its events.

So all usage still has its events.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from meterdrop.domain.codes import Kind
from meterdrop.domain.ids import event_id
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.uploads.upload import Upload
from meterdrop.domain.validation.row_reference import references_in, row_ids
from meterdrop.pipeline.ingest.identify import Identify
from meterdrop.pipeline.ports import Events, Usage


@dataclass(slots=True)
class Owned:
    """The events that an upload owns, with their contributions."""

    upload_id: str
    items: dict[str, None] = field(default_factory=dict)
    """The keys of the items that hold the events, in order."""
    count: int = 0
    contributions: Contributions = field(default_factory=Contributions)

    def add(self, event: StoredEvent) -> None:
        """Add an event if the upload owns it."""
        if event.upload != self.upload_id:
            return
        self.items[event.item] = None
        self.count += 1
        identifier = None if event.id == event_id(event.upload, event.row) else event.id
        self.contributions.add(event.meter, event.customer, event.timestamp, event.value, event.row, identifier)


def row_ids_of(upload: Upload, data: bytes, identify: Identify) -> Iterator[str]:
    """Yield the IDs of all rows of an upload's file. `identify` must not wait."""
    # The ID of a row with an identifier is that identifier. Its parent is not needed and may be gone.
    emptied = (each for each in references_in(data) if not each.identifier)
    identities = identify.identities(emptied)
    yield from row_ids(data, upload.id)
    yield from (id_ for id_ in identities.ids.values() if isinstance(id_, str))


def may_have_events(upload: Upload) -> bool:
    """Return whether an upload may ever have stored an event. None is stored before the digest of the content."""
    return upload.sha256 is not None and upload.kind is Kind.USAGE and not upload.dry_run


def undo(upload_id: str, ids: Iterable[str], events: Events, usage: Usage) -> None:
    """Delete the contributions and events of an upload. `ids` are the IDs of all rows of its file.

    After a crash, the next attempt repeats all of it: while one contribution is left, all events are left.
    """
    owned = Owned(upload_id)
    for event in events.read_events(dict.fromkeys(ids)):
        owned.add(event)
    usage.remove_contributions(owned.contributions)
    events.delete_events(owned.items)
