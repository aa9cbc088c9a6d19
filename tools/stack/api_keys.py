"""API keys in the catalog table: create, list, and revoke them. The table has only a key's SHA-256."""

import hashlib
import secrets
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from tools.setup.trouble import Trouble

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PARTITION = "keys"
_FORM = "1"  # the version of the form of a key
_RANDOM_BYTES = 32


class Role(StrEnum):
    """The permissions of a key: everything, or read."""

    ADMIN = "admin"
    READ = "read"


_PREFIX = {Role.ADMIN: "sk_", Role.READ: "rk_"}


@dataclass(frozen=True, slots=True)
class Key:
    """A stored key. `created` is in epoch seconds."""

    id: str
    role: str
    created: int


def make_key(dynamodb: "DynamoDBClient", table: str, role: Role) -> tuple[Key, str]:
    """Store a new key; return it with its secret, which isn't stored anywhere."""
    secret = _PREFIX[role] + secrets.token_urlsafe(_RANDOM_BYTES)
    digest = hashlib.sha256(secret.encode()).hexdigest()
    key = Key(id=f"key_{digest[:16]}", role=role.value, created=int(time.time()))
    dynamodb.put_item(
        TableName=table,
        Item={
            "pk": {"S": PARTITION},
            "sk": {"S": digest},
            "form": {"N": _FORM},
            "id": {"S": key.id},
            "role": {"S": key.role},
            "created": {"N": str(key.created)},
        },
        ConditionExpression="attribute_not_exists(pk)",
    )
    return key, secret


def list_keys(dynamodb: "DynamoDBClient", table: str) -> list[Key]:
    """Return all keys, oldest first."""
    return sorted((key for _, key in _stored(dynamodb, table)), key=lambda key: (key.created, key.id))


def revoke_key(dynamodb: "DynamoDBClient", table: str, key_id: str) -> Key:
    """Delete a key; raise Trouble if the ID doesn't exist. The next request with the key fails."""
    for digest, key in _stored(dynamodb, table):
        if key.id == key_id:
            try:
                dynamodb.delete_item(
                    TableName=table,
                    Key={"pk": {"S": PARTITION}, "sk": {"S": digest}},
                    ConditionExpression="attribute_exists(pk)",
                )
            except ClientError as error:
                if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                    raise
            else:
                return key
    raise Trouble(f"The API key {key_id} doesn't exist. To list the existing keys, run: make keys")


def _stored(dynamodb: "DynamoDBClient", table: str) -> list[tuple[str, Key]]:
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :keys",
        ExpressionAttributeValues={":keys": {"S": PARTITION}},
        ConsistentRead=True,
    )
    items = [item for page in pages for item in page["Items"]]
    for item in items:
        if item.get("form", {}).get("N") != _FORM:
            raise Trouble(
                f"The API key with the hash {item['sk']['S']} has an unknown form. Use the version of Meterdrop that "
                "created it."
            )
    return [(item["sk"]["S"], Key(item["id"]["S"], item["role"]["S"], int(item["created"]["N"]))) for item in items]
