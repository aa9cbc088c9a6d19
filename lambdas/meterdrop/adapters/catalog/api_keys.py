"""API keys in the catalog, and the tokens of sessions in another table. Both store only SHA-256 hashes."""

import hashlib
import re
import secrets
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from meterdrop.adapters.dynamodb.items import FORM, check_form

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "keys"


class Role(StrEnum):
    """The permissions of a key: all operations, or read only."""

    ADMIN = "admin"
    READ = "read"


class ApiKey(NamedTuple):
    """A stored key: its ID, its name if it has one, and its role. The ID isn't secret."""

    id: str
    name: str | None
    role: Role


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

    def find(self, key: str) -> ApiKey | None:
        """Return the key as it is now, or None if it is unknown or revoked."""
        if _KEY.fullmatch(key) is None:
            return None  # without a read, which anyone on the internet could make the owner pay for
        return self.find_by_hash(key_hash(key))

    def find_by_hash(self, hash_: str) -> ApiKey | None:
        """Return the key with this hash as it is now, or None if it is unknown or revoked."""
        response = self._client.get_item(
            TableName=self._table,
            Key={"pk": {"S": PARTITION}, "sk": {"S": hash_}},
            ConsistentRead=True,
        )
        item = response.get("Item")
        return ApiKey(check_form(item)["id"]["S"], None, Role(item["role"]["S"])) if item else None


SESSION_SECONDS = 15 * 60
"""How long a session's token is valid."""
_TOKEN = re.compile(r"mest_[A-Za-z0-9_-]{43}")


class Session(NamedTuple):
    """A session: its ID, its token, and when the token expires, in epoch seconds."""

    id: str
    token: str
    expires_at: int


class SessionTable:
    """Sessions of API keys, in the table whose items expire. If you lose them, clients create new ones."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read and write `table` with `client`."""
        self._client = client
        self._table = table

    def create(self, key_hash_: str, now: int) -> Session:
        """Store and return a new session of the API key with this hash."""
        token = f"mest_{secrets.token_urlsafe(32)}"
        hash_, expires_at = key_hash(token), now + SESSION_SECONDS
        self._client.put_item(
            TableName=self._table,
            Item={
                "id": {"S": f"session#{hash_}"},
                "form": {"N": str(FORM)},
                "key": {"S": key_hash_},
                "expiration": {"N": str(expires_at)},
            },
        )
        return Session(f"mes_{hash_[:24]}", token, expires_at)

    def find_key(self, token: str, now: int) -> str | None:
        """Return the hash of the API key that a token's session belongs to, or None if the session has expired."""
        response = self._client.get_item(
            TableName=self._table, Key={"id": {"S": f"session#{key_hash(token)}"}}, ConsistentRead=True
        )
        item = response.get("Item")
        # DynamoDB deletes expired items within days.
        return item["key"]["S"] if item and now < int(check_form(item)["expiration"]["N"]) else None


def is_session_token(text: str) -> bool:
    """Return whether a text has the form of a session's token."""
    return _TOKEN.fullmatch(text) is not None
