"""API keys in their table: create, list, and revoke them. The table has only a key's SHA-256."""

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from meterdrop.adapters.access.api_keys import ApiKeyTable, key_hash, key_id, to_item
from meterdrop.adapters.access.key_uses import KeyUseTable
from meterdrop.adapters.dynamodb.items import UnknownFormError
from meterdrop.domain.access.api_key import ApiKey
from meterdrop.domain.access.key_text import new_key_text
from meterdrop.domain.access.permissions import ALL, OF_OBJECT_KEYS, PRESETS, Level, Permissions, Resource
from meterdrop.domain.uploads.keys import UPLOAD_PREFIX, nfc, plain_name
from tools.setup.trouble import Trouble

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_NAME_LENGTH = 100
MAX_DAYS = 3_650
MAX_PREFIX_BYTES = 100
"""Maximum bytes of a prefix after `uploads/`, so that the keys of files with the longest names fit into S3's limit."""
_DAY_SECONDS = 24 * 3_600
_DAY_FOLDER = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""The folders of files that are uploaded with a key without a prefix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """The wanted key, as the variables of `make key` have it."""

    role: str
    name: str = ""
    days: str = ""
    prefix: str = ""


def make_key(dynamodb: "DynamoDBClient", table: str, request: KeyRequest) -> tuple[ApiKey, str]:
    """Store a new key; return it with its secret, which isn't stored. Raises Trouble for an invalid request."""
    key, text = new_key(request)
    store_key(dynamodb, table, key, text)
    return key, text


def new_key(request: KeyRequest) -> tuple[ApiKey, str]:
    """Return a new key with its secret. Neither is stored yet. Raises Trouble for an invalid request."""
    permissions, is_admin, now = parse_role(request.role), request.role == "admin", int(time.time())
    days = _days(request.days)
    text = new_key_text(is_admin=is_admin)
    key = ApiKey(
        id=key_id(key_hash(text)),
        is_admin=is_admin,
        permissions=permissions,
        prefix=_prefix(request.prefix, permissions) if request.prefix else None,
        name=_name(request.name),
        created=now,
        expires=None if days is None else now + days * _DAY_SECONDS,
    )
    return key, text


def store_key(dynamodb: "DynamoDBClient", table: str, key: ApiKey, text: str) -> None:
    """Store a new key. Its secret `text` is stored only as a hash."""
    dynamodb.put_item(
        TableName=table, Item=to_item(key, key_hash(text)), ConditionExpression="attribute_not_exists(id)"
    )


def list_keys(dynamodb: "DynamoDBClient", table: str, uses_table: str) -> list[tuple[ApiKey, int | None]]:
    """Return all keys, oldest first, each with the hour of its last use (epoch seconds), None if that is unknown."""
    try:
        keys = ApiKeyTable(dynamodb, table).list_keys()
    except UnknownFormError as error:
        raise Trouble(str(error)) from None
    uses = KeyUseTable(dynamodb, uses_table).last_uses([key.id for key in keys])
    return [(key, uses.get(key.id)) for key in keys]


def revoke_key(dynamodb: "DynamoDBClient", table: str, id_: str) -> None:
    """Delete a key; raise Trouble if the ID doesn't exist. The next request with the key fails."""
    try:
        dynamodb.delete_item(TableName=table, Key={"id": {"S": id_}}, ConditionExpression="attribute_exists(id)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        raise Trouble(f"The API key {id_} doesn't exist. To list the existing keys, run: make keys") from None


def role_of(key: ApiKey) -> str:
    """Return the ROLE of a key: the name of a preset, or its permissions."""
    presets = (name for name, permissions in PRESETS.items() if permissions == key.permissions)
    # Only an admin key can also list API keys.
    name = next((name for name in presets if key.is_admin is (name == "admin")), None)
    return name or ",".join(f"{resource.value}:{level.value}" for resource, level in sorted(key.permissions.items()))


def parse_role(text: str) -> Permissions:
    """Return the permissions that ROLE names: a preset, or permissions such as `uploads:read,files:write`."""
    if text in PRESETS:
        return PRESETS[text]
    permissions: dict[Resource, Level] = {}
    for part in text.split(","):
        name, _, level = part.strip().partition(":")
        if name not in set(Resource) or level not in set(Level):
            raise Trouble(
                f"ROLE is {text!r}. It must be {', '.join(PRESETS)}, or permissions such as uploads:read,files:write. "
                f"The resources are {', '.join(Resource)}. The levels are {' and '.join(Level)}."
            )
        if Resource(name) in permissions:
            raise Trouble(f"ROLE is {text!r}. It must name each resource once. Remove one of the levels of {name}.")
        permissions[Resource(name)] = Level(level)
    return permissions


def _prefix(text: str, permissions: Permissions) -> str:
    if permissions is ALL:
        raise Trouble("PREFIX can't limit an admin key. Leave out PREFIX, or choose another ROLE, such as upload.")
    others = sorted(set(permissions) - OF_OBJECT_KEYS)
    if others:
        raise Trouble(
            f"PREFIX can't limit the permissions for {', '.join(others)}, because they belong to no object key. "
            "Remove them from ROLE, or leave out PREFIX."
        )
    folders = text.removeprefix(UPLOAD_PREFIX).removesuffix("/").split("/")
    is_plain = all(folder == plain_name(folder) for folder in folders)
    is_below = text.startswith(UPLOAD_PREFIX) and text.endswith("/") and _DAY_FOLDER.fullmatch(folders[0]) is None
    if not (is_plain and is_below and nfc(text) == text):
        raise Trouble(
            f"PREFIX is {text!r}. It must be a folder under uploads/ that ends with a slash, such as uploads/acme/. "
            "Its first folder can't be a day such as 2026-01-31, because files of other keys are there."
        )
    if len(text.encode()) > len(UPLOAD_PREFIX) + MAX_PREFIX_BYTES:
        raise Trouble(f"PREFIX is {text!r}. It can have at most {MAX_PREFIX_BYTES} bytes after uploads/. Shorten it.")
    return text


def _name(text: str) -> str:
    if len(text) > MAX_NAME_LENGTH or not text.isprintable() or text != text.strip():
        raise Trouble(
            f"NAME is {text!r}. It must be up to {MAX_NAME_LENGTH} printable characters, without spaces around them."
        )
    return text


def _days(text: str) -> int | None:
    if not text:
        return None
    if re.fullmatch("[0-9]{1,4}", text) is None or not 1 <= int(text) <= MAX_DAYS:
        raise Trouble(
            f"DAYS is {text!r}. It must be a whole number from 1 to {MAX_DAYS}. For a key that doesn't expire, leave "
            "out DAYS."
        )
    return int(text)
