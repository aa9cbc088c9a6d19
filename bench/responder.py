"""A stand-in for AWS: every file exists and is new, and every call succeeds.

An object's key has the properties of the file (`bench.files.Shape`). The responder stores nothing, because the
benchmarks measure only its caller.
"""

import json
import sys
from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import unquote

from bench.files import ARRIVAL, METERS, SHORT_METER, Shape, file_of
from bench.serving import Response, serve

BUCKET, CATALOG = "bucket", "catalog"
_VERSION = b"x-amz-version-id: 1\r\n"
_MODIFIED = b"Last-Modified: %s\r\n" % formatdate(ARRIVAL, usegmt=True).encode()


def main(milliseconds: str = "0") -> None:
    """Serve, with a delay of so many milliseconds for each call."""
    serve(_respond, delay_seconds=float(milliseconds) / 1000)


def _respond(head: bytes, body: bytes) -> bytes | Response:
    target = head.partition(b"x-amz-target: ")[2].partition(b"\r\n")[0]
    if not target:
        return _object(*head.split(b" ", 2)[:2])
    return _OPERATIONS.get(target.rpartition(b".")[2], _nothing)(body)


def _object(method: bytes, path: bytes) -> Response:
    if method == b"put":
        return Response(b"", _VERSION)
    if method == b"delete":
        return Response(b"", status=b"204 No Content")
    key = unquote(path.decode().partition("?")[0]).removeprefix(f"/{BUCKET}/")
    data = file_of(Shape.from_key(key))
    return Response(b"" if method == b"head" else data, _VERSION + _MODIFIED, len(data))


def _nothing(_: bytes) -> bytes:
    return b"{}"


def _executed(body: bytes) -> bytes:
    return b'{"Responses":[%s]}' % b",".join([b'{"TableName":"t"}'] * body.count(b'"Statement"'))


def _read(body: bytes) -> bytes:
    requests = json.loads(body)["RequestItems"]
    keys = requests.get(CATALOG, {}).get("Keys", [])
    items = [{**key, "form": {"N": "1"}, "id": {"S": key["pk"]["S"].partition("#")[2]}} for key in keys]
    return json.dumps({"Responses": {CATALOG: items} if items else {}, "UnprocessedKeys": {}}).encode()


def _meters(_: bytes) -> bytes:
    names = {meter.event_name: "sum" for meter in METERS} | {SHORT_METER: "count"}
    items = [
        {"form": {"N": "1"}}
        | {
            name: {"S": text}
            for name, text in {
                "pk": "meters",
                "sk": f"mtr_{event_name}",
                "id": f"mtr_{event_name}",
                "event_name": event_name,
                "display_name": event_name,
                "status": "active",
                "formula": formula,
                "customer_key": "stripe_customer_id",
                "value_key": "value",
            }.items()
        }
        for event_name, formula in names.items()
    ]
    return json.dumps({"Items": items, "Count": len(items), "ScannedCount": len(items)}).encode()


_OPERATIONS: dict[bytes, Callable[[bytes], bytes]] = {
    b"batchexecutestatement": _executed,
    b"batchwriteitem": lambda _: b'{"UnprocessedItems":{}}',
    b"batchgetitem": _read,
    b"query": _meters,
    b"putevents": lambda _: b'{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}',
}

if __name__ == "__main__":
    main(*sys.argv[1:])
