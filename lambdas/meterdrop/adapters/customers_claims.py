"""Whose turn it is to register customers: one item for each key, in the uploads table."""

from typing import TYPE_CHECKING

from meterdrop.domain.uploads.claims import CustomersClaim

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient


class CustomersClaimTable:
    """The claims; `before_call` runs before every call and raises where there is no time for one."""

    def __init__(self, client: "DynamoDBClient", table: str, before_call: "Callable[[], None]") -> None:
        """Read from and write to `table`."""
        self._client = client
        self._table = table
        self._before_call = before_call

    def get(self, name: str) -> CustomersClaim | None:
        """Return the claim of this name as it is now, or None."""
        self._before_call()
        item = self._client.get_item(TableName=self._table, Key={"id": {"S": name}}, ConsistentRead=True).get("Item")
        if item is None:
            return None
        return CustomersClaim(item["owner"]["S"], item["newest"]["S"], item["order"]["S"], int(item["revision"]["N"]))

    def put(self, name: str, claim: CustomersClaim) -> bool:
        """Store the next revision of a claim, 1 the first; returns False where another was stored since it was read."""
        self._before_call()
        is_first = claim.revision == 1
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": name}},
                UpdateExpression="SET #owner = :owner, newest = :newest, #order = :order, revision = :next",
                ConditionExpression="attribute_not_exists(id)" if is_first else "revision = :read",
                ExpressionAttributeNames={"#owner": "owner", "#order": "order"},  # reserved words
                ExpressionAttributeValues={
                    ":owner": {"S": claim.owner},
                    ":newest": {"S": claim.newest},
                    ":order": {"S": claim.order},
                    ":next": {"N": str(claim.revision)},
                    **({} if is_first else {":read": {"N": str(claim.revision - 1)}}),
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
