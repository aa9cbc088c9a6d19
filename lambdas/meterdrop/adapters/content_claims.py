"""Who owns a file's content: one item per SHA-256, in the uploads table, changed only from the owner that was read."""

from typing import TYPE_CHECKING

from meterdrop.domain.content_claim import ContentClaim

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class ContentClaims:
    """The claims; `before_call` runs before every call and raises where there is no time for one."""

    def __init__(self, client: "DynamoDBClient", table: str, before_call: "Callable[[], None]") -> None:
        """Read from and write to `table`."""
        self._client = client
        self._table = table
        self._before_call = before_call

    def get(self, sha256: str) -> ContentClaim | None:
        """Return who claimed this content, or None."""
        self._before_call()
        item = self._client.get_item(TableName=self._table, Key=_key(sha256), ConsistentRead=True).get("Item")
        return ContentClaim(item["owner"]["S"], frozenset(item.get("others", {}).get("SS", ()))) if item else None

    def own(self, sha256: str, upload_id: str, instead_of: str | None) -> bool:
        """Make an upload the owner of content owned by `instead_of`, or by nobody; False where that changed."""
        values: dict[str, AttributeValueTypeDef] = {":new": {"S": upload_id}}
        if instead_of is not None:
            values[":read"] = {"S": instead_of}
        condition = "attribute_not_exists(#owner)" if instead_of is None else "#owner = :read"
        return self._update(sha256, "SET #owner = :new", condition, values)

    def join(self, sha256: str, upload_id: str, owner: str) -> bool:
        """Add an upload to content owned by `owner`; False where that changed."""
        values: dict[str, AttributeValueTypeDef] = {":read": {"S": owner}, ":new": {"SS": [upload_id]}}
        return self._update(sha256, "ADD #others :new", "#owner = :read", values)

    def _update(self, sha256: str, update: str, condition: str, values: "dict[str, AttributeValueTypeDef]") -> bool:
        self._before_call()
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(sha256),
                UpdateExpression=update,
                ConditionExpression=condition,
                # Both are reserved words, and a name that is not used is refused too.
                ExpressionAttributeNames={
                    f"#{name}": name for name in ("owner", "others") if f"#{name}" in update + condition
                },
                ExpressionAttributeValues=values,
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _key(sha256: str) -> "dict[str, AttributeValueTypeDef]":
    return {"id": {"S": f"content#{sha256}"}}
