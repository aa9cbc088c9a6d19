"""Who claims a content or a key: one item each, in the uploads table, changed only from the revision that was read."""

from typing import TYPE_CHECKING

from meterdrop.domain.uploads.claims import SharedClaim

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient


class SharedClaimTable:
    """The claims; `before_call` runs before every call and raises where there is no time for one."""

    def __init__(self, client: "DynamoDBClient", table: str, before_call: "Callable[[], None]") -> None:
        """Read from and write to `table`."""
        self._client = client
        self._table = table
        self._before_call = before_call

    def get(self, name: str) -> SharedClaim | None:
        """Return who claims what is named so, or None."""
        self._before_call()
        item = self._client.get_item(TableName=self._table, Key={"id": {"S": name}}, ConsistentRead=True).get("Item")
        if item is None:
            return None
        return SharedClaim(
            owner=item["owner"]["S"],
            holders={id_: note["S"] for id_, note in item["holders"]["M"].items()},
            revision=int(item["revision"]["N"]),
            pages=int(item.get("pages", {"N": "0"})["N"]),
            latest=tuple(each["S"] for each in item.get("latest", {"L": []})["L"]),
        )

    def put(self, name: str, claim: SharedClaim) -> bool:
        """Store the next revision of a claim, 1 the first; returns False where another was stored since it was read."""
        self._before_call()
        is_first = claim.revision == 1
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": name}},
                UpdateExpression=(
                    "SET #owner = :owner, holders = :holders, revision = :next, pages = :pages, latest = :latest"
                ),
                ConditionExpression="attribute_not_exists(id)" if is_first else "revision = :read",
                ExpressionAttributeNames={"#owner": "owner"},  # a reserved word
                ExpressionAttributeValues={
                    ":owner": {"S": claim.owner},
                    ":holders": {"M": {id_: {"S": note} for id_, note in claim.holders.items()}},
                    ":next": {"N": str(claim.revision)},
                    ":pages": {"N": str(claim.pages)},
                    ":latest": {"L": [{"S": each} for each in claim.latest]},
                    **({} if is_first else {":read": {"N": str(claim.revision - 1)}}),
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True
