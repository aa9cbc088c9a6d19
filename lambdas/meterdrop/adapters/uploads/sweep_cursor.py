"""The cursor of the sweep, with a lease against parallel runs: one item of the uploads table."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.items import FORM, check_form, decode, encode
from meterdrop.domain.uploads.objects import RecountCursor, RecountPlace, SweepCursor, VersionCursor, VersionWalk

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

    def take(self, token: str, now: int, until: int) -> SweepCursor | None:
        """Lease the cursor until `until` (epoch seconds) and return it, or None if another run holds the lease.

        Raises UnknownFormError.
        """
        try:
            response = self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": SWEEP_ID}},
                UpdateExpression="SET form = :form, lease_token = :token, lease_until = :until",
                # After a lost response, the client retries the call and may find its own lease.
                ConditionExpression=(
                    "attribute_not_exists(id) OR (form = :form AND "
                    "(attribute_not_exists(lease_until) OR lease_until <= :now OR lease_token = :token))"
                ),
                ExpressionAttributeValues={
                    ":form": {"N": str(FORM)},
                    ":token": {"S": token},
                    ":now": {"N": str(now)},
                    ":until": {"N": str(until)},
                },
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            item = self._client.get_item(TableName=self._table, Key={"id": {"S": SWEEP_ID}}, ConsistentRead=True)
            check_form(item["Item"])
            return None
        stored = decode(response["Attributes"]).get("mark")
        if stored is None:
            return SweepCursor()
        walk = stored["walk"]
        return SweepCursor(
            VersionCursor(**stored["versions"]),
            dict(stored["passing"]),
            stored["outbox"],
            VersionWalk(int(walk["began_at"]), int(walk["known_until"]), walk["has_missed"]),
            int(stored["known_until"]),
            int(stored["checked_at"]),
            # Versions of Meterdrop that don't recount store none.
            RecountCursor(
                **{
                    name: RecountPlace(place["after"], int(place["spare"]))
                    for name, place in stored.get("recount", {}).items()
                }
            ),
        )

    def put(self, cursor: SweepCursor, token: str) -> bool:
        """Store the cursor of this run. Returns False if the run no longer holds the lease."""
        return self._update("SET mark = :mark", token, encode({":mark": asdict(cursor)}))

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
