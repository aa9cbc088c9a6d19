"""Events and contributions in memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

from meterdrop.adapters.batching import BlockRows
from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.adapters.metering import event_items
from meterdrop.adapters.metering.event_items import EventItem, EventItems, blocks_of, is_block_key, stored_events
from meterdrop.domain.ids import event_id
from meterdrop.domain.metering.contributions import Contributions, Month
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.event_list import read_event_list
from tests.support.fakes.crash import Switch


@dataclass(slots=True)
class FakeEvents:
    """Fits `EventBatches`: the writes of one upload to events that all uploads share.

    Each event says in which item it is. DynamoDB would keep the same ID in a block and in an item of its own, and count
    it twice. Here that raises.
    """

    switch: Switch
    stored: dict[str, StoredEvent]
    upload_id: str
    received: int = 0
    insert_limit: int = 25
    read_limit: int = 100
    writes_blocks: bool = False
    partner: str | None = None

    def items(self, events: Iterable[Event]) -> Iterator[EventItem]:
        """Make items as the real adapter does."""
        return EventItems(self.upload_id, self.received, writes_blocks=self.writes_blocks).items(events)

    def insert(self, items: Sequence[EventItem]) -> dict[str, StoredEvent]:
        """Insert items one by one, as DynamoDB does: a crash may leave some of a batch."""
        if not 0 < len(items) == len({item.key for item in items}) <= self.insert_limit:
            raise ValueError("DynamoDB takes 1 to 25 statements, all of different ids")
        others = blocks_of(item.key for item in items if not item.key.startswith(self.upload_id))
        found = {event.id: event for event in self.read_blocks(list(others.items()))} if others else {}
        for item in items:
            if item.key not in found and not self._insert(item):
                held = (self.stored.get(event.id) for event in item.events)
                found |= {event.id: event for event in held if event is not None}
                for event in item.events:
                    if event.id not in found:
                        self._insert(EventItems(self.upload_id, self.received).single(event))
        return found

    def delete(self, keys: Sequence[str]) -> None:
        """Delete items one by one, where they are the upload's."""
        if not 0 < len(keys) == len(set(keys)) <= self.insert_limit:
            raise ValueError("DynamoDB takes 1 to 25 statements, all of different ids")
        for key in keys:
            with self.switch.call("events.delete"):
                for event in self._events_in(key):
                    if event.upload == self.upload_id:
                        del self.stored[event.id]

    def read_blocks(self, blocks: Sequence[BlockRows]) -> list[StoredEvent]:
        """Read rows of blocks."""
        if not 0 < len(blocks) <= self.read_limit:
            raise ValueError("DynamoDB takes 1 to 100 keys")
        with self.switch.call("events.read"):
            ids = [(key, event_id(key.partition("/")[0], row)) for key, rows in blocks for row in sorted(rows)]
            return [self.stored[id_] for key, id_ in ids if id_ in self.stored and _item(self.stored[id_]) == key]

    def read_singles(self, ids: Sequence[str]) -> list[StoredEvent]:
        """Read items with one event."""
        if not 0 < len(ids) == len(set(ids)) <= self.read_limit:
            raise ValueError("DynamoDB takes 1 to 100 keys")
        with self.switch.call("events.read"):
            return [self.stored[id_] for id_ in ids if id_ in self.stored and _item(self.stored[id_]) == id_]

    def _events_in(self, key: str) -> list[StoredEvent]:
        """Return the events of an item."""
        upload_id, _, number = key.partition("/")
        size = event_items.BLOCK_ROWS
        rows = range(int(number) * size + 1, (int(number) + 1) * size + 1) if is_block_key(key) else ()
        ids = [key, *(event_id(upload_id, row) for row in rows)]
        return [self.stored[id_] for id_ in ids if id_ in self.stored and _item(self.stored[id_]) == key]

    def _insert(self, item: EventItem) -> bool:
        with self.switch.call("events.insert"):
            if self._events_in(item.key):
                return False
            if taken := [event.id for event in item.events if event.id in self.stored]:
                raise AssertionError(f"stored twice: {taken}")
            # Written as text and read back, so that nothing is kept that the item doesn't hold.
            attributes = EventItems(self.upload_id, self.received, partner=self.partner).attributes(item)
            self.stored.update((event.id, event) for event in stored_events(attributes))
            return True


def _item(event: StoredEvent) -> str:
    """Return the key of an event's item; an event that a test put there is in one of its own."""
    return event.item or event.id


class Share(NamedTuple):
    """What a contribution is of. `customer` is None for that of all customers."""

    meter: str
    customer: str | None
    hour: int
    upload: str


class Figures(NamedTuple):
    """What a contribution holds; sum to last are None where no event had a value, `ids` are those of the events."""

    ids: tuple[str, ...]
    events: int
    sum: Decimal | None
    min: Decimal | None
    max: Decimal | None
    last: Decimal | None


@dataclass(slots=True)
class FakeUsage:
    """Fits `ports.Usage`: the contributions of one upload, among those of all uploads."""

    switch: Switch
    stored: dict[Share, Figures]
    upload_id: str
    put_limit: int = 25
    partner: str | None = None

    def stages(self, contributions: Contributions) -> Iterator[Iterator[Attributes]]:
        """Return every item to put."""
        yield (
            {
                "of": _share(of, used.hour),
                "used": {"M": [read_event_list(used.events(), self.upload_id, self.partner), used.figures]},
            }
            for of, hours in chain(contributions.of_customers(), contributions.of_all())
            for used in hours
        )

    def removals(self, contributions: Contributions) -> Iterator[Iterator[Attributes]]:
        """Return the keys of all contributions."""
        yield (
            {"of": _share(of, used.hour)}
            for of, hours in chain(contributions.of_customers(), contributions.of_all())
            for used in hours
        )

    def stamps(self, _: Contributions) -> Iterator[Attributes]:
        """Return nothing: nobody reads from here."""
        return iter(())

    def remove(self, keys: Sequence[Attributes]) -> None:
        """Delete items one by one; nothing may stand there."""
        if not 0 < len(keys) <= self.put_limit:
            raise ValueError("DynamoDB takes 1 to 25 items")
        for key in keys:
            with self.switch.call("usage.remove"):
                self.stored.pop(self._share(key), None)

    def put(self, items: Sequence[Attributes]) -> None:
        """Put items one by one, over what stood there."""
        if not 0 < len(items) <= self.put_limit:
            raise ValueError("DynamoDB takes 1 to 25 items")
        for item in items:
            ids, figures = item["used"]["M"]
            numbers = (figures.sum, figures.min, figures.max, figures.last)
            with self.switch.call("usage.put"):
                self.stored[self._share(item)] = Figures(tuple(ids), figures.count, *numbers)

    def _share(self, key: Attributes) -> Share:
        meter, customer, hour = key["of"]["M"]
        return Share(meter, customer, hour, self.upload_id)


def _share(of: Month, hour: int) -> dict[str, Any]:
    return {"M": (of.meter, of.customer, hour)}
