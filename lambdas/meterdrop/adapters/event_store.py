"""The events: each item is its own claim, and no write ever replaces one.

INSERT refuses a key that exists, row by row, at the price of one write. Whose the stored event is tells its upload and
row, so that an answer lost on the way is told from a stranger's event.
"""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from meterdrop.adapters.batches import READ_LIMIT, WRITE_LIMIT, Attributes, get_items
from meterdrop.adapters.errors import AwsError
from meterdrop.adapters.event_statement import EventStatements
from meterdrop.adapters.wire import Pacer, Wire
from meterdrop.domain.event import Event, StoredEvent

_OPERATION = "BatchExecuteStatement"
_THROTTLED = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "TransactionConflict",
    }
)
_DUPLICATE = "DuplicateItem"


class EventStore:
    """Inserts and reads the events of one upload."""

    insert_limit = WRITE_LIMIT
    read_limit = READ_LIMIT

    def __init__(self, wire: Wire, table: str, upload_id: str, received: int) -> None:
        """Write events as those of `upload_id`, received at `received` (epoch seconds)."""
        self._wire = wire
        self._table = table
        self._statements = EventStatements(table, upload_id, received)

    def insert(self, events: Sequence[Event]) -> list[StoredEvent | None]:
        """Insert at most `insert_limit` events with different ids.

        Returns, in their order, None for each that was inserted, or what is stored under its id already, which may be
        the event itself where an earlier answer was lost.
        """
        outcomes: list[StoredEvent | None] = [None] * len(events)
        pacer = Pacer(_OPERATION)
        pending = list(range(len(events)))
        while pending:
            again, taken = self._try([events[at] for at in pending])
            if taken:
                stored = self.read(events[pending[at]].id for at in taken)
                for at in taken:
                    found = outcomes[pending[at]] = stored.get(events[pending[at]].id)
                    if found is None:  # gone since: free to be inserted
                        again.append((at, _DUPLICATE))
            if len(again) < len(pending):
                pacer = Pacer(_OPERATION)  # throttled, but getting on
            pending = [pending[at] for at, _ in again]
            if again:
                pacer.wait(again[0][1])
        return outcomes

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Read the events that are stored under at most `read_limit` ids, consistently."""
        keys = [f'{{"id":{{"S":{quoted(id_)}}}}}' for id_ in dict.fromkeys(ids)]
        return {event.id: event for event in map(_stored, get_items(self._wire, self._table, keys))} if keys else {}

    def _try(self, events: Sequence[Event]) -> tuple[list[tuple[int, str]], list[int]]:
        """Send the statements once; return those to send again with the reason, and those whose id is taken."""
        statements = ",".join(map(self._statements.write, events))
        answer = self._wire.call(_OPERATION, f'{{"Statements":[{statements}]}}')
        if b'"Error"' not in answer:
            return [], []
        again: list[tuple[int, str]] = []
        taken: list[int] = []
        for at, response in enumerate(json.loads(answer)["Responses"]):
            code = response.get("Error", {}).get("Code")
            if code == _DUPLICATE:
                taken.append(at)
            elif code in _THROTTLED:
                again.append((at, code))
            elif code is not None:
                raise AwsError(_OPERATION, code)
        return again, taken


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
    )
