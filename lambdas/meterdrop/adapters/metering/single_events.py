"""Events created with the API, and cancels of events: each with its usage in one transaction."""

import random
from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.batch import get_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.dynamodb.items import Attributes, check_form
from meterdrop.adapters.dynamodb.transactions import transact_write
from meterdrop.adapters.metering.event_items import EventItems
from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.adapters.metering.usage_items import (
    COUNTER_SHARDS,
    UsageItems,
    cancel_item,
    cancel_key,
    counter,
    counter_figures,
    counter_key,
    entry,
    known,
    live_month,
)
from meterdrop.domain.codes import Status
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.metering.contributions import HOUR, month_of
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.figures import Figures
from meterdrop.domain.metering.summary import Scope

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_COUNTING = {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}
_TRIES = 10
_IS_NEW = "attribute_not_exists(pk)"


class SingleEventTable(EventReader):
    """The events table, for the API: creates and cancels single events."""

    def __init__(
        self, json_client: JsonClient, client: "DynamoDBClient", *, events: str, usage: str, uploads: str
    ) -> None:
        """Read with `json_client` and write with `client`. The other parameters are names of tables."""
        super().__init__(json_client, events)
        self._client = client
        self._usage = usage
        self._uploads = uploads

    def add(self, event: Event, owner: str, received: int) -> bool:
        """Store an event of `owner`, received at `received` (epoch seconds), and add it to the counters of its hour.

        The event is new if and only if the transaction succeeds, so it is added once. Returns False if its ID exists,
        even if an earlier attempt of the same request stored it. Raises AwsError if other requests are always faster.
        """
        hour = event.timestamp // HOUR
        order = (event.timestamp, received, owner, event.row)
        lists = [
            entry(event, owner, received),
            UsageItems(owner, received).feed(event.meter.id, [hour], 1, event.id),
        ]
        items = EventItems(owner, received)
        stored = items.attributes(items.single(event))
        for number in range(_TRIES):
            # Requests that meet go to different counters.
            shard = 0 if number == 0 else random.randrange(COUNTER_SHARDS)  # noqa: S311 (no secret)
            keys = [counter_key(Scope(event.meter.id, of), hour, shard) for of in (event.customer, None)]
            found = {item["pk"]["S"]: item for item in get_items(self._json_client, self._usage, keys)}
            writes = [_put(self._table, stored, "attribute_not_exists(id)")]
            for key in keys:
                figures, revision = counter_figures(found.get(key["pk"]["S"]), hour)
                figures.merge(Figures(1, event.value, order))
                writes.append(self._put_counter(counter(key, hour, figures, revision + 1), revision))
            writes += (_put(self._usage, item) for item in lists)
            if keys[-1]["pk"]["S"] not in found:
                writes.append(_put(self._usage, live_month(event.meter.id, month_of(hour))))
            failed = transact_write(self._client, writes)
            if not failed:
                return True
            if 0 in failed:
                return False
        raise AwsError("TransactWriteItems", "TransactionConflict")

    def cancelled_at(self, event: StoredEvent) -> int | None:
        """Return the time at which an event was cancelled, in epoch seconds, or None."""
        key = cancel_key(Scope(event.meter, None), event)
        found = get_items(self._json_client, self._usage, [key])
        return int(known(found[0])["cancelled"]["N"]) if found else None

    def cancel(self, id_: str, at: int) -> bool:
        """Cancel the event of an ID at `at` (epoch seconds): subtract it from usage.

        Returns False if it is already cancelled or deleted, or if the events of its upload do not count now.
        """
        event = self.find(id_)
        if event is None:
            return False
        writes: list[TransactWriteItemTypeDef] = []
        if UPLOAD_ID.fullmatch(event.upload):
            revision = self._counting_revision(event.upload)
            # Read again: the event is one of the upload at this revision.
            if revision is None or self.find(id_) != event:
                return False
            writes.append(self._is_unchanged(event.upload, revision))
        scopes = (Scope(event.meter, None), Scope(event.meter, event.customer))
        writes += (_put(self._usage, cancel_item(scope, event, at), _IS_NEW) for scope in scopes)
        return not transact_write(self._client, writes)

    def _put_counter(self, item: Attributes, revision: int) -> "TransactWriteItemTypeDef":
        """Return the write of a counter, on the condition that it has this revision, 0 if there is none."""
        if not revision:
            return _put(self._usage, item, _IS_NEW)
        write = _put(self._usage, item, "revision = :revision")
        write["Put"]["ExpressionAttributeValues"] = {":revision": {"N": str(revision)}}
        return write

    def _counting_revision(self, upload_id: str) -> str | None:
        """Return the revision of an upload, or None unless its events count."""
        found = get_items(self._json_client, self._uploads, [{"id": {"S": upload_id}}])
        uploads = [check_form(item) for item in found]
        return next((str(item["revision"]["N"]) for item in uploads if item["status"]["S"] in _COUNTING), None)

    def _is_unchanged(self, upload_id: str, revision: str) -> "TransactWriteItemTypeDef":
        """Return the check that an upload has this revision. It prevents a cancel of an event that an undo deletes."""
        return {
            "ConditionCheck": {
                "TableName": self._uploads,
                "Key": {"id": {"S": upload_id}},
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": {":revision": {"N": revision}},
            }
        }


def _put(table: str, item: Attributes, condition: str | None = None) -> "TransactWriteItemTypeDef":
    write: TransactWriteItemTypeDef = {"Put": {"TableName": table, "Item": item}}
    if condition is not None:
        write["Put"]["ConditionExpression"] = condition
    return write
