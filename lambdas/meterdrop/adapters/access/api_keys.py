"""The table of API keys. It has only a key's SHA-256. The functions can only read it."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from meterdrop.adapters.dynamodb.items import FORM, decode, encode
from meterdrop.domain.access.api_key import ApiKey
from meterdrop.domain.access.key_text import is_key_text
from meterdrop.domain.access.permissions import ALL, Level, Resource

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def key_hash(text: str) -> str:
    """Return the hash that is stored. A key is long and random, so a hash without salt is safe."""
    return hashlib.sha256(text.encode()).hexdigest()


def key_id(hash_: str) -> str:
    """Return the ID of the key with this hash: `key_` and 26 characters of a-z and 2-7."""
    return f"key_{base64.b32encode(bytes.fromhex(hash_)).decode().lower()[:26]}"


def to_item(key: ApiKey, hash_: str) -> dict[str, Any]:
    """Return the item of a key."""
    item = {
        "id": key.id,
        "form": FORM,
        "sha256": hash_,
        "type": "secret" if key.is_admin else "restricted",
        "permissions": {} if key.is_admin else {each.value: level.value for each, level in key.permissions.items()},
        "name": key.name,
        "created": key.created,
    }
    optional = {"prefix": key.prefix, "expires": key.expires}
    return encode(item | {name: value for name, value in optional.items() if value is not None})


def from_item(item: Mapping[str, Any]) -> ApiKey:
    """Return the key of an item. Raises UnknownFormError."""
    stored = decode(item)
    is_admin = stored["type"] == "secret"
    levels = {Resource(name): Level(level) for name, level in stored["permissions"].items()}
    return ApiKey(
        id=stored["id"],
        is_admin=is_admin,
        permissions=ALL if is_admin else levels,
        prefix=stored.get("prefix"),
        name=stored["name"],
        created=int(stored["created"]),
        expires=int(stored["expires"]) if "expires" in stored else None,
    )


class ApiKeyTable:
    """The keys, read only. A lookup takes the same time for every wrong key."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from `table` with `client`."""
        self._client = client
        self._table = table

    def find(self, text: str) -> ApiKey | None:
        """Return the key with this text, or None if it is unknown or revoked. It can have expired."""
        if not is_key_text(text):
            return None  # without a read, which anyone on the internet could make the owner pay for
        hash_ = key_hash(text)
        item = self._read(key_id(hash_))
        return from_item(item) if item and hmac.compare_digest(item["sha256"]["S"], hash_) else None

    def get(self, id_: str) -> ApiKey | None:
        """Return the key with this ID, or None if it is unknown or revoked. It can have expired."""
        item = self._read(id_)
        return from_item(item) if item else None

    def list_keys(self) -> list[ApiKey]:
        """Return all keys, oldest first."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        keys = [from_item(item) for page in pages for item in page["Items"]]
        return sorted(keys, key=lambda key: (key.created, key.id))

    def _read(self, id_: str) -> dict[str, Any] | None:
        response = self._client.get_item(
            TableName=self._table,
            Key={"id": {"S": id_}},
            ConsistentRead=True,
        )
        return response.get("Item")
