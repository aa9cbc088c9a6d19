"""How large AWS says items are, and the batches that it cuts for their size: MiniStack cuts pages only."""

import json
from dataclasses import replace
from itertools import accumulate
from typing import Any

from tests.support.aws.messages import AwsResponse, Call

MAX_BATCH = 16 * 1024 * 1024
"""Bytes of the items of a batch that is read, and of the request of one that is written."""
_OF_A_NESTED_VALUE = 3


def item_size(item: dict[str, Any]) -> int:
    """Return the bytes of an item, or of attributes of it."""
    return sum(len(name.encode()) + _size(value) for name, value in item.items())


def _size(value: dict[str, Any]) -> int:
    [(kind, of)] = value.items()
    if kind in {"L", "M"}:
        nested = [("", each) for each in of] if kind == "L" else of.items()
        return _OF_A_NESTED_VALUE + sum(1 + len(name.encode()) + _size(each) for name, each in nested)
    if kind == "N":
        return (len(of.strip("-0.").replace(".", "")) + 1) // 2 + 1
    return sum(len(each.encode()) for each in of) if kind == "SS" else len(str(of).encode())


def cut(call: Call, answer: AwsResponse) -> AwsResponse:
    """Return an answer as AWS gives it: of a batch that is too large, some keys are unprocessed."""
    if call.operation != "BatchGetItem" or answer.status != 200 or len(answer.body) < MAX_BATCH:
        return answer
    body = json.loads(answer.body)
    [(table, items)] = body["Responses"].items()
    sizes = accumulate(map(item_size, items))
    fitting = sum(size <= MAX_BATCH for size in sizes)
    left = [key_of(item) for item in items[fitting:]]
    del items[fitting:]
    body["UnprocessedKeys"] = {table: {**call.json["RequestItems"][table], "Keys": left}} if left else {}
    return replace(answer, body=json.dumps(body).encode())


def key_of(item: dict[str, Any]) -> dict[str, Any]:
    """Return the key of an item of a table; of an item of an index all there is, which are its keys."""
    return {name: item[name] for name in (("pk", "sk") if "pk" in item else ("id",))}
