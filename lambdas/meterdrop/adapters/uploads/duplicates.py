"""The uploads with duplicates of each upload: one item per owner, in the uploads table."""

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

MAX_RECORDED_DUPLICATES = 1_000
"""Maximum uploads in one item, since a growing file may be uploaded again every minute."""


class Duplicates:
    """The recorded duplicates."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from and write to `table`."""
        self._client = client
        self._table = table

    def duplicates(self, owner: str) -> list[str]:
        """Return the sorted IDs of uploads with duplicates of the owner's rows; an item that is full gets no more."""
        item = self._client.get_item(TableName=self._table, Key=_key(owner), ConsistentRead=True).get("Item", {})
        return sorted(item.get("uploads", {}).get("SS", ()))

    def record_duplicate(self, owner: str, upload_id: str) -> None:
        """Record that an upload has duplicates of the owner's rows."""
        with suppress(self._client.exceptions.ConditionalCheckFailedException):  # The item is full.
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
