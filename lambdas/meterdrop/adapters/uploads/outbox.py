"""The outbox: status events not yet sent, in the uploads table. Each is stored together with its status."""

from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.items import FORM, check_form
from meterdrop.domain.uploads.status_event import StatusEvent

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

OUTBOX_PREFIX = "outbox#"
_MONTH = "outbox"  # not a month, so no list of uploads reads this partition
_INDEX = "by_month"


def outbox_item(status_event: StatusEvent) -> "dict[str, AttributeValueTypeDef]":
    """Return the outbox item of a status event."""
    return {
        **_key(status_event),
        "form": {"N": str(FORM)},
        "month": {"S": _MONTH},
        "created_id": {"S": status_event.sort_key},
        "upload": {"S": status_event.subject},
        "revision": {"N": str(status_event.revision)},
        "at": {"N": str(status_event.ended_at)},
        "type": {"S": status_event.type},
        "detail": {"S": status_event.detail},
    }


class OutboxTable:
    """The outbox."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from and delete in `table`."""
        self._client = client
        self._table = table

    def unsent(self, before: int, after: str | None, limit: int) -> tuple[list[StatusEvent], str | None]:
        """Return status events made before `before` (epoch seconds), oldest first, starting after the cursor `after`.

        Returns at most `limit` status events, and the next cursor, or None if there are no more.
        """
        # The range includes both bounds, but no sort key equals one: `#` makes the lower bound longer.
        low, high = "#" if after is None else f"{after}#", f"{before:010d}"
        if low > high:  # after a run with a shorter minimum age; DynamoDB refuses such a range
            return [], None
        places = self._client.query(
            TableName=self._table,
            IndexName=_INDEX,
            KeyConditionExpression="#month = :month AND created_id BETWEEN :after AND :before",
            ExpressionAttributeNames={"#month": "month"},
            ExpressionAttributeValues={
                ":month": {"S": _MONTH},
                ":after": {"S": low},
                ":before": {"S": high},
            },
            Limit=limit,
        )["Items"]
        found = [self._read(place["id"]["S"]) for place in places]
        # The index is eventually consistent, so it may still contain status events that were sent recently.
        left = [status_event for status_event in found if status_event is not None]
        return left, places[-1]["created_id"]["S"] if len(places) == limit else None

    def remove(self, status_event: StatusEvent) -> None:
        """Delete a status event that was sent."""
        self._client.delete_item(TableName=self._table, Key=_key(status_event))

    def _read(self, id_: str) -> StatusEvent | None:
        item = self._client.get_item(TableName=self._table, Key={"id": {"S": id_}}, ConsistentRead=True).get("Item")
        if item is None:
            return None
        check_form(item)
        return StatusEvent(
            subject=item["upload"]["S"],
            revision=int(item["revision"]["N"]),
            ended_at=int(item["at"]["N"]),
            type=item["type"]["S"],
            detail=item["detail"]["S"],
        )


def _key(status_event: StatusEvent) -> "dict[str, AttributeValueTypeDef]":
    return {"id": {"S": f"{OUTBOX_PREFIX}{status_event.subject}#{status_event.revision}"}}
