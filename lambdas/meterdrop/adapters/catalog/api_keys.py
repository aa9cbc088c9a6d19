"""API keys in the catalog, which stores only their SHA-256 hashes."""

import hashlib
import re
from enum import StrEnum
from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.items import check_form

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "keys"


class Role(StrEnum):
    """The permissions of a key: all operations, or read only."""

    ADMIN = "admin"
    READ = "read"


_KEY = re.compile(r"[sr]k_[A-Za-z0-9_-]{43}")
"""The form of every key that `make key` creates: a prefix for the role, and 256 random bits."""


def key_hash(key: str) -> str:
    """Return the hash that is stored. A key is long and random, so a hash without salt is safe."""
    return hashlib.sha256(key.encode()).hexdigest()


class ApiKeyTable:
    """The keys in the catalog. A lookup by hash takes the same time for every wrong key."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from `table` with `client`."""
        self._client = client
        self._table = table

    def find_role(self, key: str) -> Role | None:
        """Return the current role of a key, or None if the key is unknown or revoked."""
        if _KEY.fullmatch(key) is None:
            return None  # without a read, which anyone on the internet could make the owner pay for
        response = self._client.get_item(
            TableName=self._table,
            Key={"pk": {"S": PARTITION}, "sk": {"S": key_hash(key)}},
            ConsistentRead=True,
        )
        item = response.get("Item")
        return Role(check_form(item)["role"]["S"]) if item else None
