"""Takes back all that an upload has stored: usage first, then its events, so that no figure is without its events."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

from meterdrop.domain.ids import event_id
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.pipeline.in_order import chunks, in_order
from meterdrop.pipeline.ports import Events, Usage


@dataclass(slots=True)
class Owned:
    """The events that are an upload's."""

    upload_id: str
    ids: list[str] = field(default_factory=list)
    contributions: Contributions = field(default_factory=Contributions)
    cancelled: list[StoredEvent] = field(default_factory=list)

    def add(self, event: StoredEvent) -> None:
        """Add an event where it is the upload's."""
        if event.upload != self.upload_id:
            return
        self.ids.append(event.id)
        identifier = None if event.id == event_id(event.upload, event.row) else event.id
        self.contributions.add(event.meter, event.customer, event.timestamp, event.value, event.row, identifier)
        if event.cancelled is not None:
            self.cancelled.append(event)


def undo(upload_id: str, ids: Iterable[str], events: Events, usage: Usage, executor: Executor) -> None:
    """Delete contributions, cancels and events of an upload; `ids` are those of all rows of its file.

    What crashes half-way is done again from the start: as long as one contribution is left, so are all events.
    """
    owned = Owned(upload_id)
    for _, found in in_order(executor, events.read, chunks(dict.fromkeys(ids), events.read_limit)):
        for event in found.values():
            owned.add(event)
    for stage in usage.removals(owned.contributions, owned.cancelled):
        _all(in_order(executor, usage.remove, chunks(stage, usage.put_limit)))
    _all(in_order(executor, events.delete, chunks(owned.ids, events.insert_limit)))


def _all(done: Iterable[tuple[Sequence[str], None]]) -> None:
    for _ in done:
        pass
