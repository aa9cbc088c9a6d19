"""Announcements that are not known to be sent, in the uploads table: each put there together with its final status."""

from typing import TYPE_CHECKING

from meterdrop.domain.uploads.status_event import StatusEvent

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

OUTBOX_PREFIX = "outbox#"
_MONTH = "outbox"  # no month: no list of uploads comes by here
_INDEX = "by_month"


def outbox_item(status_event: StatusEvent) -> "dict[str, AttributeValueTypeDef]":
    """Return the item that holds an announcement."""
    return {
        **_key(status_event),
        "month": {"S": _MONTH},
        "created_id": {"S": status_event.sort_key},
        "upload": {"S": status_event.upload_id},
        "revision": {"N": str(status_event.revision)},
        "at": {"N": str(status_event.ended_at)},
        "type": {"S": status_event.type},
        "detail": {"S": status_event.detail},
    }


class OutboxTable:
    """The outbox; `before_call` runs before every call and raises where there is no time for one."""

    def __init__(self, client: "DynamoDBClient", table: str, before_call: "Callable[[], None]") -> None:
        """Read from and delete in `table`."""
        self._client = client
        self._table = table
        self._before_call = before_call

    def unsent(self, before: int, after: str | None, limit: int) -> tuple[list[StatusEvent], str | None]:
        """Return announcements made before a time (epoch seconds), oldest first, beginning after a `place`.

        At most `limit`; and the place to go on after, None where there are no more.
        """
        self._before_call()
        places = self._client.query(
            TableName=self._table,
            IndexName=_INDEX,
            KeyConditionExpression="#month = :month AND created_id BETWEEN :after AND :before",
            ExpressionAttributeNames={"#month": "month"},
            ExpressionAttributeValues={
                ":month": {"S": _MONTH},
                # Both bounds belong to the range, and no place is like either: `#` makes the lower one longer.
                ":after": {"S": "#" if after is None else f"{after}#"},
                ":before": {"S": f"{before:010d}"},
            },
            Limit=limit,
        )["Items"]
        found = [self._read(place["id"]["S"]) for place in places]
        # The index lags behind the table: what was sent a moment ago may still be in it.
        left = [status_event for status_event in found if status_event is not None]
        return left, places[-1]["created_id"]["S"] if len(places) == limit else None

    def remove(self, status_event: StatusEvent) -> None:
        """Forget an announcement that was sent."""
        self._before_call()
        self._client.delete_item(TableName=self._table, Key=_key(status_event))

    def _read(self, id_: str) -> StatusEvent | None:
        self._before_call()
        item = self._client.get_item(TableName=self._table, Key={"id": {"S": id_}}, ConsistentRead=True).get("Item")
        if item is None:
            return None
        return StatusEvent(
            upload_id=item["upload"]["S"],
            revision=int(item["revision"]["N"]),
            ended_at=int(item["at"]["N"]),
            type=item["type"]["S"],
            detail=item["detail"]["S"],
        )


def _key(status_event: StatusEvent) -> "dict[str, AttributeValueTypeDef]":
    return {"id": {"S": f"{OUTBOX_PREFIX}{status_event.upload_id}#{status_event.revision}"}}
