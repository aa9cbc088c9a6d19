"""A program that serves the month's two tables from memory like DynamoDB, and counts calls and read units."""

import json
import sys
from bisect import bisect_right
from typing import Any, NamedTuple

from bench.item_size import item_size, read_units
from bench.month import Size, event_items, usage_items
from bench.serving import serve

_TARGET = b"dynamodb_20120810."
_PAGE_BYTES = 1024 * 1024  # of one response to a Query


class Item(NamedTuple):
    """An item as JSON, and its size by DynamoDB's rules."""

    key: str
    json: bytes
    size: int


class Tables:
    """The two tables, with counts of calls and read units."""

    def __init__(self, size: Size) -> None:
        """Fill the tables."""
        self._usage = sorted(_item(json.loads(text)["sk"]["S"], text) for text in usage_items(size))
        self._events = {id_: _item(id_, text) for id_, text in event_items(size)}
        self._calls = self._units = 0

    def respond(self, operation: str, body: Any) -> bytes:  # noqa: ANN401
        """Return the response to one call. `Counts` returns both counts and sets them to zero."""
        if operation == "Counts":
            response, self._calls, self._units = json.dumps([self._calls, self._units]).encode(), 0, 0
            return response
        self._calls += 1
        return self._query(body) if operation == "Query" else self._read(body)

    def _query(self, body: Any) -> bytes:  # noqa: ANN401
        values = body["ExpressionAttributeValues"]
        after = body["ExclusiveStartKey"]["sk"]["S"] if "ExclusiveStartKey" in body else values[":low"]["S"]
        size, page = 0, list[Item]()
        for item in self._usage[bisect_right(self._usage, (after, b"\xff")) :]:
            if item.key > values[":high"]["S"] or size > _PAGE_BYTES:
                break
            size += item.size
            page.append(item)
        self._units += read_units(size)
        more = b""
        if size > _PAGE_BYTES:
            key = {"pk": values[":pk"], "sk": {"S": page[-1].key}}
            more = b',"LastEvaluatedKey":' + json.dumps(key).encode()
        return b'{"Items":[%s]%s}' % (b",".join([item.json for item in page]), more)

    def _read(self, body: Any) -> bytes:  # noqa: ANN401
        items = [self._events[key["id"]["S"]] for key in body["RequestItems"]["events"]["Keys"]]
        self._units += sum(read_units(item.size) for item in items)
        return b'{"Responses":{"events":[%s]}}' % b",".join([item.json for item in items])


def _item(key: str, text: str) -> Item:
    return Item(key, text.encode(), item_size(json.loads(text)))


def main(uploads: str, rows: str) -> None:
    """Serve a month of this size."""
    tables = Tables(Size(int(uploads), int(rows)))
    operations = {b"query": "Query", b"counts": "Counts", b"batchgetitem": "BatchGetItem"}

    def respond(head: bytes, body: bytes) -> bytes:
        return tables.respond(operations[head.partition(_TARGET)[2].partition(b"\r\n")[0]], json.loads(body))

    serve(respond)


if __name__ == "__main__":
    main(*sys.argv[1:])
