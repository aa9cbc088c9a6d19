"""The events table: which event has an ID, and the writes of one upload.

The event of a row without identifier is in a block of its upload, or is an item of its own. Every other event is an
item of its own. No item is ever changed or replaced.
"""

from collections.abc import Iterable, Iterator, Sequence

from meterdrop.adapters.batching import BlockRows, chunks, read_events
from meterdrop.adapters.dynamodb.backoff import Backoff
from meterdrop.adapters.dynamodb.batch import READ_LIMIT, WRITE_LIMIT, get_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.partiql import DUPLICATE, OPERATION, execute
from meterdrop.adapters.metering.event_items import EventItem, EventItems, blocks_of, is_block_key, stored_events
from meterdrop.domain.files.cells import could_be_stored
from meterdrop.domain.ids import unscoped_id
from meterdrop.domain.metering.event import Event, StoredEvent


class EventReader:
    """The events table, read only. Safe to use from many threads. Every read is consistent."""

    read_limit = READ_LIMIT

    def __init__(self, json_client: JsonClient, table: str) -> None:
        """Read from `table`."""
        self._json_client = json_client
        self._table = table

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Return the stored events of any number of IDs, by ID. Raises UnknownFormError."""
        return {event.id: event for event in read_events(self, ids)}

    def read_events(self, ids: Iterable[str]) -> Iterator[StoredEvent]:
        """Yield the stored events of any number of distinct IDs. Raises UnknownFormError."""
        return read_events(self, ids)

    def find(self, id_: str) -> StoredEvent | None:
        """Return the current event of an ID, or None. The ID can be any text of a request."""
        return self.read([id_]).get(id_) if could_be_stored(unscoped_id(id_)) else None

    def read_blocks(self, blocks: Sequence[BlockRows]) -> list[StoredEvent]:
        """Return the events of these rows in at most `read_limit` blocks."""
        rows = dict(blocks)
        items = get_items(self._json_client, self._table, [{"id": {"S": key}} for key in rows]) if rows else ()
        return [event for item in items for event in stored_events(item, rows[item["id"]["S"]])]

    def read_singles(self, ids: Sequence[str]) -> list[StoredEvent]:
        """Return the events in items of their own, of at most `read_limit` IDs."""
        # An old identifier can be spelled like the key of a block.
        keys = [{"id": {"S": id_}} for id_ in ids if not is_block_key(id_)]
        items = get_items(self._json_client, self._table, keys) if keys else ()
        return [event for item in items for event in stored_events(item)]


class EventStore(EventReader):
    """The events of one upload, for inserts, reads and deletes."""

    insert_limit = WRITE_LIMIT

    def __init__(  # noqa: PLR0913  what an item has besides its events
        self,
        json_client: JsonClient,
        table: str,
        upload_id: str,
        received: int,
        *,
        writes_blocks: bool = False,
        partner: str | None = None,
    ) -> None:
        """Write events as those of `upload_id`, received at `received` (epoch seconds), of its partner.

        Only an upload that has never had a final status writes blocks.
        """
        super().__init__(json_client, table)
        self._upload_id = upload_id
        self._items = EventItems(upload_id, received, writes_blocks=writes_blocks, partner=partner)
        names = "'id':?,'upload':?,'form':?,'received':?,'meters':?,'events':?" + (
            "" if partner is None else ",'partner':?"
        )
        self._insert = f'INSERT INTO "{table}" VALUE {{{names}}}'
        self._delete = f'DELETE FROM "{table}" WHERE id=? AND upload=?'  # noqa: S608 (the table's name is ours)

    def items(self, events: Iterable[Event]) -> Iterator[EventItem]:
        """Yield the items of events: blocks and single events."""
        return self._items.items(events)

    def insert(self, items: Sequence[EventItem]) -> dict[str, StoredEvent]:
        """Insert at most `insert_limit` items with different keys.

        Returns the events that were stored already, by ID. After a lost response, they may be the inserted ones. A
        stored block stays as it is: events that it doesn't hold are inserted as single ones.
        """
        # The row of another upload may be in a block of that upload. The caller has read the upload's own rows.
        others = blocks_of(item.key for item in items if not item.key.startswith(self._upload_id))
        stored = {event.id: event for event in self.read_blocks(list(others.items()))}
        pending = [item for item in items if item.key not in stored]
        backoff = Backoff(OPERATION)
        while pending:
            codes = execute(self._json_client, [self._insert_statement(item) for item in pending])
            taken = [item for item, code in zip(pending, codes, strict=True) if code is not None]
            blocks = [(item.key, {event.row for event in item.events}) for item in taken if item.is_block]
            singles = [item.key for item in taken if not item.is_block]
            stored |= {event.id: event for event in (*self.read_blocks(blocks), *self.read_singles(singles))}
            left = [event for item in taken if item.is_block for event in item.events if event.id not in stored]
            for some in chunks(map(self._items.single, left), self.insert_limit):
                stored |= self.insert(some)
            # Deleted since the insert, so insert again.
            pending = [item for item in taken if not item.is_block and item.key not in stored]
            if pending:
                backoff.wait(DUPLICATE)
        return stored

    def delete(self, keys: Sequence[str]) -> None:
        """Delete at most `insert_limit` items, but only those that the upload owns."""
        owner = {"S": self._upload_id}
        execute(self._json_client, [{"Statement": self._delete, "Parameters": [{"S": key}, owner]} for key in keys])

    def _insert_statement(self, item: EventItem) -> dict[str, object]:
        return {"Statement": self._insert, "Parameters": list(self._items.attributes(item).values())}
