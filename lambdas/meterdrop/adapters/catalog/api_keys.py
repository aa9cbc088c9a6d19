"""API keys as the catalog knows them: by their SHA-256 alone."""

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "keys"


class Role(StrEnum):
    """What a key may do: everything, or read."""

    ADMIN = "admin"
    READ = "read"


PREFIXES = {Role.ADMIN: "sk_", Role.READ: "rk_"}


def key_hash(key: str) -> str:
    """Return what is stored of a key. A key is random and long, so a plain hash of it cannot be guessed back."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeyTable:
    """Looks keys up; a lookup by hash takes the same time however much of a guessed key is right."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from `table` with `client`."""
        self._client = client
        self._table = table

    def find_role(self, key: str) -> Role | None:
        """Return a key's role, or None for one that is unknown or revoked, as of now."""
        if not (key.isascii() and key.startswith(tuple(PREFIXES.values()))):
            return None
        response = self._client.get_item(
            TableName=self._table,
            Key={"pk": {"S": PARTITION}, "sk": {"S": key_hash(key)}},
            ConsistentRead=True,
            ProjectionExpression="#role",
            ExpressionAttributeNames={"#role": "role"},
        )
        item = response.get("Item")
        return Role(item["role"]["S"]) if item else None
