"""Serves the month's two tables as DynamoDB would, from memory; counts calls and the read units that AWS would bill."""

import json
import sys
from bisect import bisect_right
from typing import Any, NamedTuple

from bench.item_size import item_size, read_units
from bench.month import Size, event_items, usage_items
from bench.serving import serve

_TARGET = b"dynamodb_20120810."
_PAGE = 1024 * 1024  # bytes of one answer to a Query


class Item(NamedTuple):
    """One item, ready to send, and its size in DynamoDB's own counting."""

    key: str
    json: bytes
    size: int


class Tables:
    """The two tables, and what was read of them."""

    def __init__(self, size: Size) -> None:
        """Fill them."""
        self._usage = sorted(_item(json.loads(text)["sk"]["S"], text) for text in usage_items(size))
        self._events = {id_: _item(id_, text) for id_, text in event_items(size)}
        self._calls = self._units = 0

    def answer(self, operation: str, body: Any) -> bytes:  # noqa: ANN401
        """Answer one call."""
        if operation == "Counts":
            answer, self._calls, self._units = json.dumps([self._calls, self._units]).encode(), 0, 0
            return answer
        self._calls += 1
        return self._query(body) if operation == "Query" else self._read(body)

    def _query(self, body: Any) -> bytes:  # noqa: ANN401
        values = body["ExpressionAttributeValues"]
        after = body["ExclusiveStartKey"]["sk"]["S"] if "ExclusiveStartKey" in body else values[":low"]["S"]
        size, found = 0, list[Item]()
        for item in self._usage[bisect_right(self._usage, (after, b"\xff")) :]:
            if item.key > values[":high"]["S"] or size > _PAGE:
                break
            size += item.size
            found.append(item)
        self._units += read_units(size)
        more = b""
        if size > _PAGE:
            key = {"pk": values[":pk"], "sk": {"S": found[-1].key}}
            more = b',"LastEvaluatedKey":' + json.dumps(key).encode()
        return b'{"Items":[%s]%s}' % (b",".join([item.json for item in found]), more)

    def _read(self, body: Any) -> bytes:  # noqa: ANN401
        found = [self._events[key["id"]["S"]] for key in body["RequestItems"]["events"]["Keys"]]
        self._units += sum(read_units(item.size) for item in found)
        return b'{"Responses":{"events":[%s]}}' % b",".join([item.json for item in found])


def _item(key: str, text: str) -> Item:
    return Item(key, text.encode(), item_size(json.loads(text)))


def main(uploads: str, rows: str) -> None:
    """Serve them."""
    tables = Tables(Size(int(uploads), int(rows)))
    operations = {b"query": "Query", b"counts": "Counts", b"batchgetitem": "BatchGetItem"}

    def answer(head: bytes, body: bytes) -> bytes:
        return tables.answer(operations[head.partition(_TARGET)[2].partition(b"\r\n")[0]], json.loads(body))

    serve(answer)


if __name__ == "__main__":
    main(*sys.argv[1:])
