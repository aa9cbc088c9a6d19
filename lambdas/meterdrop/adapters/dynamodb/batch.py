"""BatchGetItem and BatchWriteItem, repeated until no key or item is unprocessed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

from meterdrop.adapters.dynamodb.backoff import Backoff
from meterdrop.adapters.dynamodb.client import JsonClient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


READ_LIMIT = 100
"""Maximum keys of one BatchGetItem call."""
WRITE_LIMIT = 25
"""Maximum items of one BatchWriteItem call, and statements of one BatchExecuteStatement call."""
Attributes = dict[str, dict[str, Any]]
"""An item in DynamoDB's own JSON."""


def get_items(json_client: JsonClient, table: str, keys: Sequence[Attributes]) -> list[Attributes]:
    """Return the items of at most `READ_LIMIT` different keys. Reads consistently."""
    backoff = Backoff("BatchGetItem")
    found: list[Attributes] = []
    request: Mapping[str, Any] = {"Keys": keys, "ConsistentRead": True}
    while True:
        response = json_client.call("BatchGetItem", {"RequestItems": {table: request}})
        items = response["Responses"].get(table, ())
        found += items
        unread = response.get("UnprocessedKeys", {}).get(table)
        if not unread:
            return found
        request = unread
        if items:
            backoff.progress()
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


Key = Mapping[str, Any]
"""A key, for the boto3 client."""
MAX_KEYS = 100
"""Maximum keys of one BatchGetItem call."""
_deserialize = TypeDeserializer().deserialize


def by_id(id_: str) -> Key:
    """Return the key of an item in a table with the partition key `id`."""
    return {"id": {"S": id_}}


class BatchReader:
    """A table whose items have an attribute `id`."""

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        *,
        key_of: Callable[[str], Key] = by_id,
    ) -> None:
        """Read from `table`; `key_of` makes the key of an ID."""
        self._client = client
        self._table = table
        self._key_of = key_of

    def read(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the items that exist, by ID, in the resource API's types. Raises AwsError."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), MAX_KEYS):
            self._read_batch(ids[start : start + MAX_KEYS], found)
        return found

    def _read_batch(self, ids: Sequence[str], found: dict[str, dict[str, Any]]) -> None:
        keys: Sequence[Any] = [self._key_of(id_) for id_ in ids]
        backoff = Backoff("BatchGetItem")
        while keys:
            response = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
            items = response["Responses"].get(self._table, [])
            for item in items:
                read = {name: _deserialize(value) for name, value in item.items()}
                found[read["id"]] = read
            unread = response.get("UnprocessedKeys", {}).get(self._table)
            keys = unread["Keys"] if unread else ()
            if keys:
                if items:
                    backoff.progress()
                backoff.wait("UnprocessedKeys")
