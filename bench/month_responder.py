"""A program that serves the month's two tables from memory like DynamoDB, and counts calls and units."""

import json
import sys
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from bench.item_size import item_size, read_units, write_units
from bench.month import Size, counters, owner, owners
from bench.serving import serve

_TARGET = b"dynamodb_20120810."
_PAGE_BYTES = 1024 * 1024  # of one response to a Query


class Item(NamedTuple):
    """An item as JSON, and its size by DynamoDB's rules."""

    json: bytes
    size: int


class Tables:
    """The two tables, with counts of calls and units."""

    def __init__(self, size: Size) -> None:
        """Fill the tables."""
        self._size = size
        self._calls = self._read = self._written = 0
        self._usage: defaultdict[str, dict[str, Item]] = defaultdict(dict)
        self._sorted: defaultdict[str, list[str]] = defaultdict(list)
        self._events: dict[str, Item] = {}
        for each in owners(size):
            self.put(each.usage_items())
            self._events |= {item["id"]["S"]: _item(item) for item in each.event_items()}
        self.put(counters(size))

    def respond(self, operation: str, body: Any) -> bytes:  # noqa: ANN401
        """Return the response to one call. `Counts` returns the counts and sets them to zero."""
        match operation:
            case "Counts":
                response = json.dumps({"counts": [self._calls, self._read, self._written]}).encode()
                self._calls = self._read = self._written = 0
                return response
            case "AddUpload":
                self._size = self._size._replace(uploads=self._size.uploads + 1)
                self.put(owner(self._size, self._size.uploads - 1).usage_items())
                return b"{}"
        self._calls += 1
        return {"Query": self._query, "BatchGetItem": self._get, "BatchWriteItem": self._write}[operation](body)

    def _query(self, body: Any) -> bytes:  # noqa: ANN401
        values = {name: value["S"] for name, value in body["ExpressionAttributeValues"].items()}
        items, keys = self._usage[values[":pk"]], self._sorted[values[":pk"]]
        after = body["ExclusiveStartKey"]["sk"]["S"] if "ExclusiveStartKey" in body else None
        first = bisect_left(keys, values[":first"]) if after is None else bisect_right(keys, after)
        size, page = 0, list[str]()
        wanted = keys[first : bisect_right(keys, values[":last"])]
        for key in wanted:
            size += items[key].size
            page.append(key)
            if size > _PAGE_BYTES or len(page) == body.get("Limit"):
                break
        self._read += read_units(size)
        more = b""
        if len(page) < len(wanted) or len(page) == body.get("Limit"):
            last = {"pk": {"S": values[":pk"]}, "sk": {"S": page[-1]}}
            more = b',"LastEvaluatedKey":' + json.dumps(last).encode()
        return b'{"Items":[%s]%s}' % (b",".join([items[key].json for key in page]), more)

    def _get(self, body: Any) -> bytes:  # noqa: ANN401
        [(table, request)] = body["RequestItems"].items()
        found = [item for key in request["Keys"] if (item := self._find(key)) is not None]
        self._read += sum(read_units(item.size) for item in found) + len(request["Keys"]) - len(found)
        return b'{"Responses":{%s:[%s]}}' % (json.dumps(table).encode(), b",".join([item.json for item in found]))

    def _write(self, body: Any) -> bytes:  # noqa: ANN401
        [requests] = body["RequestItems"].values()
        self.put(request["PutRequest"]["Item"] for request in requests)
        return b"{}"

    def _find(self, key: Any) -> Item | None:  # noqa: ANN401
        return self._events.get(key["id"]["S"]) if "id" in key else self._usage[key["pk"]["S"]].get(key["sk"]["S"])

    def put(self, items: Iterable[Any]) -> None:
        """Store items of the usage table."""
        for item in items:
            pk, sk = item["pk"]["S"], item["sk"]["S"]
            if sk not in self._usage[pk]:
                insort(self._sorted[pk], sk)
            self._usage[pk][sk] = stored = _item(item)
            self._written += write_units(stored.size)


def _item(item: Any) -> Item:  # noqa: ANN401
    return Item(json.dumps(item).encode(), item_size(item))


def serve_tables(tables: Tables) -> None:
    """Serve tables until the standard input ends."""
    operations = {
        name.lower().encode(): name for name in ("Query", "Counts", "BatchGetItem", "BatchWriteItem", "AddUpload")
    }

    def respond(head: bytes, body: bytes) -> bytes:
        return tables.respond(operations[head.partition(_TARGET)[2].partition(b"\r\n")[0]], json.loads(body))

    serve(respond)


def main(*size: str) -> None:
    """Serve a month of this size."""
    uploads, rows, entries, whole = map(int, size)
    serve_tables(Tables(Size(uploads, rows, entries, whole=bool(whole))))


if __name__ == "__main__":
    main(*sys.argv[1:])
