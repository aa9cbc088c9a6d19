"""The events table: reads for any caller, and writes of one upload."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from meterdrop.adapters.dynamodb.backoff import Backoff
from meterdrop.adapters.dynamodb.batch import READ_LIMIT, WRITE_LIMIT, Attributes, get_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.partiql import DUPLICATE, OPERATION, execute
from meterdrop.adapters.metering.event_items import EventStatements
from meterdrop.domain.files.cells import could_be_stored
from meterdrop.domain.metering.event import Event, StoredEvent


class EventReader:
    """The events table, read only. Safe to use from many threads."""

    read_limit = READ_LIMIT

    def __init__(self, json_client: JsonClient, table: str) -> None:
        """Read from `table`."""
        self._json_client = json_client
        self._table = table

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Return the stored events of at most `read_limit` IDs, by ID. Reads consistently."""
        keys = [{"id": {"S": id_}} for id_ in dict.fromkeys(ids)]
        return (
            {event.id: event for event in map(_stored, get_items(self._json_client, self._table, keys))} if keys else {}
        )

    def find(self, id_: str) -> StoredEvent | None:
        """Return the current event of an ID, or None. The ID can be any text of a request."""
        return self.read([id_]).get(id_) if could_be_stored(id_) else None


def _stored(item: Attributes) -> StoredEvent:
    event: dict[str, Any] = item["event"]["M"]
    return StoredEvent(
        item["id"]["S"],
        item["upload"]["S"],
        int(event["row"]["N"]),
        event["meter"]["S"],
        event["event_name"]["S"],
        event["customer"]["S"],
        int(event["timestamp"]["N"]),
        Decimal(event["value"]["N"]) if "value" in event else None,
        {key: text["S"] for key, text in event["payload"]["M"].items()} if "payload" in event else {},
        int(event["received"]["N"]),
        int(item["cancelled"]["N"]) if "cancelled" in item else None,
    )


class EventStore(EventReader):
    """The events of one upload, for inserts, reads and deletes."""

    insert_limit = WRITE_LIMIT

    def __init__(self, json_client: JsonClient, table: str, upload_id: str, received: int) -> None:
        """Write events as those of `upload_id`, received at `received` (epoch seconds)."""
        super().__init__(json_client, table)
        self._statements = EventStatements(table, upload_id, received)

    def insert(self, events: Sequence[Event]) -> list[StoredEvent | None]:
        """Insert at most `insert_limit` events with different IDs.

        Returns in order None for each event that was inserted, or the event already stored under its ID. After a lost
        response, the stored event may be the inserted one.
        """
        outcomes: list[StoredEvent | None] = [None] * len(events)
        pending = list(range(len(events)))
        backoff = Backoff(OPERATION)
        while True:
            codes = execute(self._json_client, [json.loads(self._statements.write(events[at])) for at in pending])
            taken = [at for at, code in zip(pending, codes, strict=True) if code is not None]
            if not taken:
                return outcomes
            stored = self.read(events[at].id for at in taken)
            for at in taken:
                outcomes[at] = stored.get(events[at].id)
            pending = [at for at in taken if outcomes[at] is None]  # deleted since the insert, so insert again
            if not pending:
                return outcomes
            backoff.wait(DUPLICATE)

    def delete(self, ids: Sequence[str]) -> None:
        """Delete at most `insert_limit` events, but only those that the upload owns."""
        execute(self._json_client, [json.loads(self._statements.delete(id_)) for id_ in ids])
