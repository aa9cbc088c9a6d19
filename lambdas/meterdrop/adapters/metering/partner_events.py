"""The events of one partner, by the IDs that they have among those of this partner."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from meterdrop.domain.ids import scoped_id, unscoped_id
from meterdrop.domain.metering.event import Event, StoredEvent


class EventReads(Protocol):
    """The events of all partners, read only."""

    def read_events(self, ids: Iterable[str], /) -> Iterator[StoredEvent]:
        """Yield the events that are stored under distinct IDs."""


class EventWrites(EventReads, Protocol):
    """The port `Events`, for the events of all partners."""

    def insert_events(self, events: Iterable[Event], /) -> Iterator[tuple[Event, StoredEvent | None]]:
        """Insert events; see the port."""

    def delete_events(self, items: Iterable[str], /) -> None:
        """Delete items; see the port."""


class PartnerReads:
    """The events table, read only, for the uploads of one partner (None for the owner).

    An upload has no other access to events. So it can't name an event of another partner, whatever its file contains.
    """

    def __init__(self, events: EventReads, partner: str | None) -> None:
        """Read `events` as a partner."""
        self._reads = events
        self._partner = partner

    def read_events(self, ids: Iterable[str]) -> Iterator[StoredEvent]:
        """Yield the partner's stored events of different IDs."""
        if self._partner is None:
            return self._reads.read_events(ids)
        return map(_unscoped, self._reads.read_events(scoped_id(self._partner, id_) for id_ in ids))


class PartnerEvents(PartnerReads):
    """The port `Events`, for the uploads of one partner (None for the owner)."""

    def __init__(self, events: EventWrites, partner: str | None) -> None:
        """Read and write `events` as a partner."""
        super().__init__(events, partner)
        self._events = events

    def insert_events(self, events: Iterable[Event]) -> Iterator[tuple[Event, StoredEvent | None]]:
        """Insert events with different IDs; see the port."""
        if self._partner is None:
            yield from self._events.insert_events(events)
            return
        scoped = (event._replace(id=scoped_id(self._partner, event.id)) for event in events)
        for event, stored in self._events.insert_events(scoped):
            yield event._replace(id=unscoped_id(event.id)), None if stored is None else _unscoped(stored)

    def delete_events(self, items: Iterable[str]) -> None:
        """Delete items; see the port. The keys of items are those of all partners already."""
        self._events.delete_events(items)


def _unscoped(event: StoredEvent) -> StoredEvent:
    return event._replace(id=unscoped_id(event.id))
