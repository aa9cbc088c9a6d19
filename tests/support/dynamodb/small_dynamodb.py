"""A DynamoDB of one process over real HTTP: the four operations that senders of ready-made JSON use.

It refuses what AWS refuses and emulators let pass, and it fails on demand in the ways that AWS fails.
"""

import json
import threading
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import MAX_PREC, Context, Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.support.dynamodb.small_partiql import Statement, statement

Item = dict[str, dict[str, Any]]
Json = dict[str, Any]

_ALL_DIGITS = Context(prec=MAX_PREC)
"""Python's own context would round at 28."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How one request goes wrong."""

    status: int = 200
    code: str = ""
    """AWS's error code; empty for an answer that is no JSON, as a load balancer gives."""
    lost: bool = False
    """The request is carried out, and its answer never arrives."""
    damaged: bool = False
    """The answer arrives changed, so that its checksum is wrong."""
    rows: tuple[int, ...] = ()
    """Those statements, keys or items of the request that are throttled, from 0; the others are carried out."""
    row_code: str = "ThrottlingError"
    """What AWS says of those statements."""


class RefusedError(Exception):
    """What AWS answers with ValidationException."""


@dataclass
class SmallDynamoDb:
    """Tables by name, of items by key as JSON."""

    tables: dict[str, dict[str, Item]] = field(default_factory=dict)
    faults: deque[Fault | None] = field(default_factory=deque)
    """What goes wrong with the next requests; None is a request that succeeds."""
    requests: list[tuple[str, int]] = field(default_factory=list)
    """Operation and number of statements, keys or items of every request."""
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, operation: str, body: Json, fault: Fault) -> Json:
        """Carry a request out."""
        operations: dict[str, Callable[[Json, Fault], tuple[int, Json]]] = {
            "BatchExecuteStatement": self._execute,
            "BatchGetItem": self._read,
            "BatchWriteItem": self._write,
            "Query": self._query,
        }
        with self.lock:
            count, answer = operations[operation](body, fault)
            self.requests.append((operation, count))
        return answer

    def get(self, table: str, item: Item) -> Item | None:
        """Return the item that has the key of `item`."""
        return self.tables.get(table, {}).get(_key_of(item))

    def put(self, table: str, item: Item) -> None:
        """Store an item."""
        self.tables.setdefault(table, {})[_key_of(item)] = _checked(item)

    def _execute(self, body: Json, fault: Fault) -> tuple[int, Json]:
        statements = body["Statements"]
        _refuse(not 1 <= len(statements) <= 25, "1 to 25 statements")
        parsed = [_statement(each) for each in statements]
        keys = [_key(each.key) for each in parsed]
        _refuse(len(set(keys)) != len(keys), "one key in two statements")
        return len(keys), {
            "Responses": [
                self._execute_one(each, fault.row_code if at in fault.rows else None) for at, each in enumerate(parsed)
            ]
        }

    def _execute_one(self, statement: Statement, failed: str | None) -> Json:
        items, key = self.tables.setdefault(statement.table, {}), _key(statement.key)
        code = failed or statement.refused(items.get(key))
        if code:
            return {"Error": {"Code": code, "Message": "as the test wants it"}, "TableName": statement.table}
        applied = statement.applied(items.get(key))
        if applied is None:
            items.pop(key, None)
        else:
            items[key] = _checked(applied)
        return {"TableName": statement.table}

    def _read(self, body: Json, fault: Fault) -> tuple[int, Json]:
        [(table, request)] = body["RequestItems"].items()
        keys = request["Keys"]
        _refuse(not 1 <= len(keys) <= 100 or len({_key(key) for key in keys}) != len(keys), "1 to 100 different keys")
        _refuse(request.get("ConsistentRead") is not True, "a read that may be old")
        items = self.tables.get(table, {})
        found = [items[_key(key)] for at, key in enumerate(keys) if at not in fault.rows and _key(key) in items]
        left = [keys[at] for at in fault.rows]
        unread = {table: {**request, "Keys": left}} if left else {}
        return len(keys), {"Responses": {table: found}, "UnprocessedKeys": unread}

    def _write(self, body: Json, fault: Fault) -> tuple[int, Json]:
        [(table, requests)] = body["RequestItems"].items()
        puts = [_checked(request["PutRequest"]["Item"]) if "PutRequest" in request else None for request in requests]
        given = [put or request["DeleteRequest"]["Key"] for put, request in zip(puts, requests, strict=True)]
        keys = [_key_of(each) for each in given]
        _refuse(not 1 <= len(keys) <= 25 or len(set(keys)) != len(keys), "1 to 25 different keys")
        items = self.tables.setdefault(table, {})
        for at, put in enumerate(puts):
            if at in fault.rows:
                continue
            if put is None:
                items.pop(keys[at], None)
            else:
                items[keys[at]] = put
        left = [requests[at] for at in fault.rows]
        return len(keys), {"UnprocessedItems": {table: left} if left else {}}

    def _query(self, body: Json, _: Fault) -> tuple[int, Json]:
        """Answer a query of one partition between two sort keys, of at most 1 MB."""
        _refuse(body.get("ConsistentRead") is not True or "IndexName" in body, "a read that may be old")
        _refuse(body["KeyConditionExpression"] != "pk = :pk AND sk BETWEEN :first AND :last", "another condition")
        values = {name: value["S"] for name, value in body["ExpressionAttributeValues"].items()}
        _refuse("" in values.values(), "an empty key")
        is_reverse, after = not body["ScanIndexForward"], body.get("ExclusiveStartKey", {}).get("sk", {}).get("S")
        wanted = sorted(
            (
                item
                for item in self.tables.get(body["TableName"], {}).values()
                if item["pk"]["S"] == values[":pk"]
                and _utf8(values[":first"]) <= _utf8(item["sk"]["S"]) <= _utf8(values[":last"])
            ),
            key=lambda item: _utf8(item["sk"]["S"]),
            reverse=is_reverse,
        )
        page, size = list[Item](), 0
        for item in wanted:
            sort_key = item["sk"]["S"]
            if after is not None and (
                _utf8(sort_key) >= _utf8(after) if is_reverse else _utf8(sort_key) <= _utf8(after)
            ):
                continue
            page.append(item)
            size += len(json.dumps(item))
            if len(page) == body.get("Limit") or size > 1_000_000:
                key = {"pk": item["pk"], "sk": item["sk"]}
                return len(page), {"Items": page, "LastEvaluatedKey": key}
        return len(page), {"Items": page}


def _utf8(text: str) -> bytes:
    """Return a key as DynamoDB compares it."""
    return text.encode()


def _refuse(is_refused: bool, words: str) -> None:
    if is_refused:
        raise RefusedError(words)


def _key(key: Item) -> str:
    return key["id"]["S"] if "id" in key else json.dumps(key, sort_keys=True)


def _key_of(item: Item) -> str:
    return _key({"pk": item["pk"], "sk": item["sk"]} if "pk" in item else {"id": item["id"]})


def _statement(given: Json) -> Statement:
    try:
        return statement(given["Statement"], [_checked({"?": each})["?"] for each in given["Parameters"]])
    except ValueError as error:
        raise RefusedError(str(error)) from None


def _checked(item: Item) -> Item:
    """Refuse what AWS would; numbers come back as AWS writes them."""
    for name, attribute in item.items():
        [(kind, value)] = attribute.items()
        if kind == "M":
            _checked(value)
        _refuse(kind in {"S", "N"} and not isinstance(value, str), f"{name} is no text in JSON")
        _refuse(name in {"id", "pk", "sk"} and value == "", f"the key {name} is empty")
        if kind == "N":
            number = Decimal(value).normalize(_ALL_DIGITS)
            _refuse(not number.is_finite() or len(number.as_tuple().digits) > 38, f"{name}: {value}")
            attribute["N"] = f"{number:f}"
    return item


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    database: SmallDynamoDb

    def do_POST(self) -> None:
        """Answer one request."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        operation = self.headers["X-Amz-Target"].removeprefix("DynamoDB_20120810.")
        database = self.database
        database.headers.append(dict(self.headers.items()))
        fault = (database.faults.popleft() if database.faults else None) or Fault()
        if fault.status != 200:
            text = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{fault.code}"}) if fault.code else "<html>"
            database.requests.append((operation, 0))
            self._send(fault.status, text.encode(), 0)
            return
        try:
            answer = json.dumps(database.answer(operation, body, fault)).encode()
        except RefusedError as error:
            cell_error = {"__type": "com.amazon.coral.validate#ValidationException", "message": str(error)}
            self._send(400, json.dumps(cell_error).encode(), 0)
            return
        if fault.lost:
            self.close_connection = True
            return
        self._send(200, answer[:-1] + b" }" if fault.damaged else answer, zlib.crc32(answer))

    def _send(self, status: int, answer: bytes, checksum: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("x-amz-crc32", str(checksum or zlib.crc32(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the library's
        """Say nothing."""


@contextmanager
def running(database: SmallDynamoDb) -> Iterator[str]:
    """Serve a database on a free port of this machine; gives its address."""

    class Handler(_Handler):
        pass

    Handler.database = database
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
