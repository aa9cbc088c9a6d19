"""BatchGetItem and BatchWriteItem, repeated until no key or item is unprocessed."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from meterdrop.adapters.dynamodb.backoff import Backoff
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import Attributes

READ_LIMIT = 100
"""Maximum keys of one BatchGetItem call."""
WRITE_LIMIT = 25
"""Maximum items of one BatchWriteItem call, and statements of one BatchExecuteStatement call."""


def get_items(
    json_client: JsonClient, table: str, keys: Sequence[Attributes], *, attributes: Sequence[str] = ()
) -> list[Attributes]:
    """Return the items of different keys, `READ_LIMIT` a call, or only some of their attributes. Reads consistently."""
    names = {f"#{number}": name for number, name in enumerate(attributes)}
    only = {"ProjectionExpression": ", ".join(names), "ExpressionAttributeNames": names} if names else {}
    found: list[Attributes] = []
    for start in range(0, len(keys), READ_LIMIT):
        request = {"Keys": keys[start : start + READ_LIMIT], "ConsistentRead": True, **only}
        _read(json_client, table, request, found)
    return found


def _read(json_client: JsonClient, table: str, request: Mapping[str, Any], found: list[Attributes]) -> None:
    backoff = Backoff("BatchGetItem")
    while True:
        response = json_client.call("BatchGetItem", {"RequestItems": {table: request}})
        found += response["Responses"].get(table, ())
        unread = response.get("UnprocessedKeys", {}).get(table)
        if not unread:
            return
        # A key without an item is progress too.
        if len(unread["Keys"]) < len(request["Keys"]):
            backoff.progress()
        request = unread
        backoff.wait("UnprocessedKeys")


def put_items(json_client: JsonClient, table: str, items: Iterable[Attributes]) -> None:
    """Put at most `WRITE_LIMIT` items with different keys. Replaces existing items."""
    _write(json_client, table, [{"PutRequest": {"Item": item}} for item in items])


def delete_items(json_client: JsonClient, table: str, keys: Iterable[Attributes]) -> None:
    """Delete the items of at most `WRITE_LIMIT` different keys. Items may be missing."""
    _write(json_client, table, [{"DeleteRequest": {"Key": key}} for key in keys])


def _write(json_client: JsonClient, table: str, requests: Sequence[Mapping[str, Any]]) -> None:
    backoff = Backoff("BatchWriteItem")
    while True:
        response = json_client.call("BatchWriteItem", {"RequestItems": {table: requests}})
        unwritten = response.get("UnprocessedItems", {}).get(table)
        if not unwritten:
            return
        if len(unwritten) < len(requests):
            backoff.progress()
        requests = unwritten
        backoff.wait("UnprocessedItems")
