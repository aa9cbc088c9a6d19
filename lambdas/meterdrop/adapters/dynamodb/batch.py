"""BatchGetItem and BatchWriteItem, repeated until no key or item is unprocessed."""

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted
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


def get_items(json_client: JsonClient, table: str, keys: Sequence[str]) -> list[Attributes]:
    """Return the items of at most `READ_LIMIT` different keys, each key as JSON. Reads consistently."""
    backoff = Backoff("BatchGetItem")
    found: list[Attributes] = []
    request = f'{{"Keys":[{",".join(keys)}],"ConsistentRead":true}}'
    while True:
        response = json.loads(json_client.call("BatchGetItem", f'{{"RequestItems":{{{quoted(table)}:{request}}}}}'))
        found += response["Responses"].get(table, ())
        unread = response.get("UnprocessedKeys", {}).get(table)
        if not unread:
            return found
        request = json.dumps(unread)
        backoff.wait("UnprocessedKeys")


def put_items(json_client: JsonClient, table: str, items: Sequence[str]) -> None:
    """Put at most `WRITE_LIMIT` items with different keys, each as JSON. Replaces existing items."""
    _write(json_client, table, [f'{{"PutRequest":{{"Item":{item}}}}}' for item in items])


def delete_items(json_client: JsonClient, table: str, keys: Sequence[str]) -> None:
    """Delete the items of at most `WRITE_LIMIT` different keys, each key as JSON. Items may be missing."""
    _write(json_client, table, [f'{{"DeleteRequest":{{"Key":{key}}}}}' for key in keys])


def _write(json_client: JsonClient, table: str, requests: Sequence[str]) -> None:
    backoff = Backoff("BatchWriteItem")
    request = f"[{','.join(requests)}]"
    while True:
        response = json.loads(json_client.call("BatchWriteItem", f'{{"RequestItems":{{{quoted(table)}:{request}}}}}'))
        unwritten = response.get("UnprocessedItems", {}).get(table)
        if not unwritten:
            return
        request = json.dumps(unwritten)
        backoff.wait("UnprocessedItems")


Key = Mapping[str, Any]
"""A key, for the boto3 client."""
MAX_KEYS = 100
"""Maximum keys of one BatchGetItem call."""
_ROUNDS = 8
_FIRST_PAUSE = 0.05  # seconds; doubled each round, below 13 in total
_deserialize = TypeDeserializer().deserialize


class ReadThrottledError(Exception):
    """An error for keys that DynamoDB left unread in every round."""


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
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Read from `table`. `key_of` returns the key of an ID; `pause` waits some seconds between rounds."""
        self._client = client
        self._table = table
        self._key_of = key_of
        self._pause = pause

    def read(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the items that exist, by ID, in the resource API's types. Raises ReadThrottledError."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), MAX_KEYS):
            self._read_batch(ids[start : start + MAX_KEYS], found)
        return found

    def _read_batch(self, ids: Sequence[str], found: dict[str, dict[str, Any]]) -> None:
        keys: Sequence[Any] = [self._key_of(id_) for id_ in ids]
        for round_ in range(_ROUNDS):
            response = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
            for item in response["Responses"].get(self._table, []):
                read = {name: _deserialize(value) for name, value in item.items()}
                found[read["id"]] = read
            unread = response.get("UnprocessedKeys", {}).get(self._table)
            if not unread:
                return
            keys = unread["Keys"]
            # The pause is random, so that readers throttled together do not retry together.
            self._pause(random.uniform(0.5, 1) * _FIRST_PAUSE * 2**round_)  # noqa: S311
        raise ReadThrottledError(f"{len(keys)} items of {self._table} stayed unread after {_ROUNDS} rounds.")
