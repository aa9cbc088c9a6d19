"""BatchGetItem and BatchWriteItem over ready-made JSON, until nothing is left unprocessed."""

import json
from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from meterdrop.adapters.wire import Pacer, Wire

READ_LIMIT = 100
"""Keys of one BatchGetItem."""
WRITE_LIMIT = 25
"""Items of one BatchWriteItem, and statements of one BatchExecuteStatement."""

Attributes = dict[str, dict[str, Any]]
"""An item in DynamoDB's own JSON."""


def get_items(wire: Wire, table: str, keys: Sequence[str]) -> list[Attributes]:
    """Read the items that exist under at most `READ_LIMIT` different keys, each given as JSON; consistently."""
    pacer = Pacer("BatchGetItem")
    found: list[Attributes] = []
    request = f'{{"Keys":[{",".join(keys)}],"ConsistentRead":true}}'
    while True:
        answer = json.loads(wire.call("BatchGetItem", f'{{"RequestItems":{{{quoted(table)}:{request}}}}}'))
        found += answer["Responses"].get(table, ())
        unread = answer.get("UnprocessedKeys", {}).get(table)
        if not unread:
            return found
        request = json.dumps(unread)
        pacer.wait("UnprocessedKeys")


def put_items(wire: Wire, table: str, items: Sequence[str]) -> None:
    """Put at most `WRITE_LIMIT` items with different keys, each given as JSON; what stood there is replaced."""
    _write(wire, table, [f'{{"PutRequest":{{"Item":{item}}}}}' for item in items])


def delete_items(wire: Wire, table: str, keys: Sequence[str]) -> None:
    """Delete what stands under at most `WRITE_LIMIT` different keys, each given as JSON; nothing may stand there."""
    _write(wire, table, [f'{{"DeleteRequest":{{"Key":{key}}}}}' for key in keys])


def _write(wire: Wire, table: str, requests: Sequence[str]) -> None:
    pacer = Pacer("BatchWriteItem")
    request = f"[{','.join(requests)}]"
    while True:
        answer = json.loads(wire.call("BatchWriteItem", f'{{"RequestItems":{{{quoted(table)}:{request}}}}}'))
        unwritten = answer.get("UnprocessedItems", {}).get(table)
        if not unwritten:
            return
        request = json.dumps(unwritten)
        pacer.wait("UnprocessedItems")
