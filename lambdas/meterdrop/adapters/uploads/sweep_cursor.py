"""The cursor of the sweep, with a lease against parallel runs: one item of the uploads table."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from meterdrop.domain.uploads.objects import SweepCursor, VersionCursor

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

SWEEP_ID = "#sweep"


class SweepCursorTable:
    """The item `#sweep`: the cursor and its lease."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from and write to `table`."""
        self._client = client
        self._table = table
        self._serialize = TypeSerializer().serialize
        self._deserialize = TypeDeserializer().deserialize

    def take(self, token: str, now: int, until: int) -> SweepCursor | None:
        """Lease the cursor until `until` (epoch seconds) and return it, or None if another run holds the lease."""
        try:
            response = self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": SWEEP_ID}},
                UpdateExpression="SET lease_token = :token, lease_until = :until",
                # After a lost response, the client retries the call and may find its own lease.
                ConditionExpression=(
                    "attribute_not_exists(lease_until) OR lease_until <= :now OR lease_token = :token"
                ),
                ExpressionAttributeValues={
                    ":token": {"S": token},
                    ":now": {"N": str(now)},
                    ":until": {"N": str(until)},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        item = response["Attributes"].get("mark")
        return SweepCursor() if item is None else self._mark(item)

    def put(self, cursor: SweepCursor, token: str) -> bool:
        """Store the cursor of this run. Returns False if the run no longer holds the lease."""
        return self._update("SET mark = :mark", token, {":mark": self._serialize(asdict(cursor))})

    def give_back(self, token: str) -> None:
        """End the lease, so that the next run can begin."""
        self._update("REMOVE lease_until", token, {})

    def _update(self, expression: str, token: str, values: "dict[str, AttributeValueTypeDef]") -> bool:
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": SWEEP_ID}},
                UpdateExpression=expression,
                ConditionExpression="lease_token = :token",
                ExpressionAttributeValues={**values, ":token": {"S": token}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _mark(self, item: "AttributeValueTypeDef") -> SweepCursor:
        stored = self._deserialize(item)
        return SweepCursor(
            VersionCursor(**stored["versions"]), dict(stored["passing"]), stored["outbox"], int(stored["walked_at"])
        )
