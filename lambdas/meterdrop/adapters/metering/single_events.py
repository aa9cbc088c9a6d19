"""Events created with the API, and cancels of events: each with its usage in one transaction."""

import json
from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.transactions import transact_write
from meterdrop.adapters.metering.event_items import EventItems
from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.adapters.metering.usage_items import UsageItems, cancel_item
from meterdrop.domain.codes import Status
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.metering.contributions import HOUR, Contributions, Hour
from meterdrop.domain.metering.event import Event, StoredEvent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_COUNTING = {":succeeded": Status.SUCCEEDED, ":with_errors": Status.SUCCEEDED_WITH_ERRORS}


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
        """Store an event of `owner`, received at `received` (epoch seconds), with its usage contributions.

        Returns False if its ID exists, even if an earlier attempt of the same request stored it.
        """
        contributions = Contributions()
        identifier = None if event.id.startswith(f"{owner}:") else event.id
        contributions.add(event.meter.id, event.customer, event.timestamp, event.value, event.row, identifier)
        items = UsageItems(owner, received)
        stored = EventItems(owner, received)
        usage = [items.figures(of, found, lines) for of, found, lines in contributions.named()]
        usage.append(items.feed(event.meter.id, [event.timestamp // HOUR], 1))
        return not transact_write(
            self._client,
            [
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": stored.attributes(stored.single(event)),
                        "ConditionExpression": "attribute_not_exists(id)",
                    }
                },
                *map(self._put_usage, usage),
            ],
        )

    def cancel(self, event: StoredEvent, at: int) -> bool:
        """Cancel an event at `at` (epoch seconds), and subtract it from usage.

        Returns False if the event is already cancelled or deleted, or if the events of its upload do not count.
        """
        hour = event.timestamp // HOUR
        writes: list[TransactWriteItemTypeDef] = [
            {
                "Update": {
                    "TableName": self._table,
                    "Key": {"id": {"S": event.id}},
                    "UpdateExpression": "SET cancelled = :at",
                    "ConditionExpression": "upload = :owner AND attribute_not_exists(cancelled)",
                    "ExpressionAttributeValues": {":at": {"N": str(at)}, ":owner": {"S": event.upload}},
                }
            },
            self._put_usage(cancel_item(Hour(event.meter, event.customer, hour), event, at)),
            self._put_usage(cancel_item(Hour(event.meter, None, hour), event, at)),
        ]
        if UPLOAD_ID.fullmatch(event.upload):
            writes.append(self._is_counting(event.upload))
        return not transact_write(self._client, writes)

    def _put_usage(self, item: str) -> "TransactWriteItemTypeDef":
        return {"Put": {"TableName": self._usage, "Item": json.loads(item)}}

    def _is_counting(self, upload_id: str) -> "TransactWriteItemTypeDef":
        """Return the check that an upload is final and its events count. It prevents a cancel during an undo."""
        return {
            "ConditionCheck": {
                "TableName": self._uploads,
                "Key": {"id": {"S": upload_id}},
                "ConditionExpression": f"#status IN ({', '.join(_COUNTING)})",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {name: {"S": status.value} for name, status in _COUNTING.items()},
            }
        }
