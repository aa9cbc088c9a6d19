"""The claims that several uploads share, as items of the uploads table."""

from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.items import FORM, check_form
from meterdrop.domain.uploads.claims import CustomersClaim, SharedClaim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


class _ClaimItems:
    """Items with a revision."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from and write to `table`."""
        self._client = client
        self._table = table

    def _get_item(self, name: str) -> "dict[str, AttributeValueTypeDef] | None":
        response = self._client.get_item(TableName=self._table, Key={"id": {"S": name}}, ConsistentRead=True)
        return check_form(response["Item"]) if "Item" in response else None

    def _put_item(self, name: str, revision: int, attributes: "Mapping[str, AttributeValueTypeDef]") -> bool:
        """Store the next revision, starting with 1. Returns False if the item changed since it was read."""
        is_first = revision == 1
        stored = {**attributes, "form": {"N": str(FORM)}, "revision": {"N": str(revision)}}
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"id": {"S": name}},
                UpdateExpression="SET " + ", ".join(f"#{attribute} = :{attribute}" for attribute in stored),
                ConditionExpression="attribute_not_exists(id)" if is_first else "#revision = :read",
                ExpressionAttributeNames={f"#{attribute}": attribute for attribute in stored},
                ExpressionAttributeValues={
                    **{f":{attribute}": value for attribute, value in stored.items()},
                    **({} if is_first else {":read": {"N": str(revision - 1)}}),
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


class SharedClaimTable(_ClaimItems):
    """The claims on contents and on key accounts."""

    def get(self, name: str) -> SharedClaim | None:
        """Return the current claim with this name, or None."""
        item = self._get_item(name)
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
        """Store the next revision of a claim, starting with 1. Returns False if it changed since it was read."""
        return self._put_item(
            name,
            claim.revision,
            {
                "owner": {"S": claim.owner},
                "holders": {"M": {id_: {"S": note} for id_, note in claim.holders.items()}},
                "pages": {"N": str(claim.pages)},
                "latest": {"L": [{"S": each} for each in claim.latest]},
            },
        )


class CustomersClaimTable(_ClaimItems):
    """The claims on the keys of customer files."""

    def get(self, name: str) -> CustomersClaim | None:
        """Return the current claim with this name, or None."""
        item = self._get_item(name)
        if item is None:
            return None
        return CustomersClaim(item["owner"]["S"], item["newest"]["S"], item["order"]["S"], int(item["revision"]["N"]))

    def put(self, name: str, claim: CustomersClaim) -> bool:
        """Store the next revision of a claim, starting with 1. Returns False if it changed since it was read."""
        return self._put_item(
            name,
            claim.revision,
            {"owner": {"S": claim.owner}, "newest": {"S": claim.newest}, "order": {"S": claim.order}},
        )
