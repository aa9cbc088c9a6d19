"""The uploads that the sweep reprocesses, by time: one item for each failure, stored together with it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.items import FORM, check_form
from meterdrop.domain.uploads.transitions import Retry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

RETRY_PREFIX = "retry#"
_MONTH = "retry"  # not a month, so no list of uploads reads this partition
_INDEX = "by_month"


def retry_item(retry: Retry) -> "dict[str, AttributeValueTypeDef]":
    """Return the item of a retry."""
    return {
        **_key(retry),
        "form": {"N": str(FORM)},
        "month": {"S": _MONTH},
        "created_id": {"S": f"{retry.due:010d}#{retry.upload_id}#{retry.revision}"},
    }


class RetryTable:
    """The retries of the uploads table."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from and delete in `table`."""
        self._client = client
        self._table = table

    def due(self, until: int, limit: int) -> Iterator[Retry]:
        """Yield at most `limit` retries that are due at `until` (epoch seconds), those that waited longest first."""
        found = self._client.query(
            TableName=self._table,
            IndexName=_INDEX,
            KeyConditionExpression="#month = :month AND created_id < :after",
            ExpressionAttributeNames={"#month": "month"},
            ExpressionAttributeValues={":month": {"S": _MONTH}, ":after": {"S": f"{until + 1:010d}"}},
            Limit=limit,
        )["Items"]
        for key in found:
            item = self._client.get_item(TableName=self._table, Key={"id": key["id"]}, ConsistentRead=True).get("Item")
            # The index is eventually consistent, so it may still contain retries that were removed recently.
            if item is not None:
                yield _from_sort_key(check_form(item)["created_id"]["S"])

    def remove(self, retry: Retry) -> None:
        """Delete a retry."""
        self._client.delete_item(TableName=self._table, Key=_key(retry))


def _key(retry: Retry) -> "dict[str, AttributeValueTypeDef]":
    return {"id": {"S": f"{RETRY_PREFIX}{retry.upload_id}#{retry.revision}"}}


def _from_sort_key(sort_key: str) -> Retry:
    due, upload_id, revision = sort_key.split("#")
    return Retry(upload_id, int(revision), int(due))
