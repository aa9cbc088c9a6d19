"""Reads events by their ids, consistently."""

from collections.abc import Iterable
from decimal import Decimal
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from meterdrop.adapters.batches import READ_LIMIT, Attributes, get_items
from meterdrop.adapters.wire import Wire
from meterdrop.domain.files.cells import could_be_stored
from meterdrop.domain.metering.event import StoredEvent


class EventReader:
    """The events table, read only. Safe to use from many threads."""

    read_limit = READ_LIMIT

    def __init__(self, wire: Wire, table: str) -> None:
        """Read from `table`."""
        self._wire = wire
        self._table = table

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Return the events that are stored under at most `read_limit` ids, as of now."""
        keys = [f'{{"id":{{"S":{quoted(id_)}}}}}' for id_ in dict.fromkeys(ids)]
        return {event.id: event for event in map(_stored, get_items(self._wire, self._table, keys))} if keys else {}

    def find(self, id_: str) -> StoredEvent | None:
        """Return the event of an id that a request names, whatever that is, as of now; None where there is none."""
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
