"""Reads many items by their ids, consistently."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Key = Mapping[str, Any]
"""A key as the client takes it."""
MOST_KEYS = 100
"""What one BatchGetItem takes."""
_ROUNDS = 8
_FIRST_PAUSE = 0.05  # seconds; doubled each round, so all pauses together stay below 7
_deserialize = TypeDeserializer().deserialize


class ReadThrottledError(Exception):
    """DynamoDB left keys unread, round after round."""


def by_id(id_: str) -> Key:
    """Return the key of an item in a table whose key is `id`."""
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
        """Read from `table`; `key_of` makes an id's key, `pause` waits some seconds between rounds."""
        self._client = client
        self._table = table
        self._key_of = key_of
        self._pause = pause

    def read(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the items that exist, by id, in the resource API's types. Raises ReadThrottledError."""
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), MOST_KEYS):
            self._read_batch(ids[start : start + MOST_KEYS], found)
        return found

    def _read_batch(self, ids: Sequence[str], found: dict[str, dict[str, Any]]) -> None:
        keys: Sequence[Any] = [self._key_of(id_) for id_ in ids]
        for round_ in range(_ROUNDS):
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
            for item in answer["Responses"].get(self._table, []):
                read = {name: _deserialize(value) for name, value in item.items()}
                found[read["id"]] = read
            unread = answer.get("UnprocessedKeys", {}).get(self._table)
            if not unread:
                return
            keys = unread["Keys"]
            # The pause is random so that readers throttled together do not come back together.
            self._pause(random.uniform(0.5, 1) * _FIRST_PAUSE * 2**round_)  # noqa: S311
        raise ReadThrottledError(f"{len(keys)} items of {self._table} stayed unread after {_ROUNDS} rounds.")
