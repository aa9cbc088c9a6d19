"""Who has duplicates of whom: one item per upload that has been met again, in the uploads table."""

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

MAX_RECORDED_DUPLICATES = 1_000
"""Uploads that one item names. A file that is dropped anew every minute, always longer, must not fill it up."""


class Duplicates:
    """The notes; `before_call` runs before every call and raises where there is no time for one."""

    def __init__(self, client: "DynamoDBClient", table: str, before_call: "Callable[[], None]") -> None:
        """Read from and write to `table`."""
        self._client = client
        self._table = table
        self._before_call = before_call

    def duplicates(self, owner: str) -> list[str]:
        """Return the uploads that have rows which are duplicates of the owner's, the first that came at most."""
        self._before_call()
        item = self._client.get_item(TableName=self._table, Key=_key(owner), ConsistentRead=True).get("Item", {})
        return sorted(item.get("uploads", {}).get("SS", ()))

    def record_duplicate(self, owner: str, upload_id: str) -> None:
        """Note that an upload has rows that are duplicates of the owner's."""
        self._before_call()
        with suppress(self._client.exceptions.ConditionalCheckFailedException):  # full
            self._client.update_item(
                TableName=self._table,
                Key=_key(owner),
                UpdateExpression="ADD uploads :upload",
                ConditionExpression="attribute_not_exists(uploads) OR size(uploads) < :most",
                ExpressionAttributeValues={
                    ":upload": {"SS": [upload_id]},
                    ":most": {"N": str(MAX_RECORDED_DUPLICATES)},
                },
            )


def _key(owner: str) -> "dict[str, AttributeValueTypeDef]":
    return {"id": {"S": f"duplicates#{owner}"}}
