"""A record of every call that the functions of the deployed stack make, to evaluate their policies by."""

import importlib
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tools.emulator.iam_calls import IamCall, Request, form_field, iam_calls

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

RECORD = "METERDROP_RECORDED_CALLS"
"""The environment variable with the path of the file, if calls should be recorded."""
_REFUSED = 400
_CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/\d+/[^/]+/([^/]+)/")
_MAX_FORM = 16_384  # bytes; the fields of a form precede its file


def recording(app: App, file: Path) -> App:
    """Return an application that writes to `file` which calls of roles reach `app`: `<role> <IamCall as JSON>`.

    A call that `app` refuses counts too. A refused presigned request doesn't, because anyone can change its URL. A
    request whose body isn't complete isn't a call.
    """
    written = set[str]()

    async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        body, status = bytearray(), 0
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}

        async def receive_and_keep() -> Message:
            message = await receive()
            if "x-amz-target" in headers or len(body) < _MAX_FORM:
                body.extend(message.get("body", b""))
            return message

        async def send_and_keep(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        await app(scope, receive_and_keep, send_and_keep)
        if "x-amz-target" in headers and len(body) < int(headers.get("content-length", "0")):
            return  # the process of the function was killed in the middle of its request
        lines = {f"{role} {call.to_json()}" for role, call in _calls(scope, headers, bytes(body), status)}
        if new := lines - written:
            written.update(new)
            with file.open("a", encoding="utf-8") as record:
                record.writelines(f"{line}\n" for line in sorted(new))

    return recorded


def _calls(scope: Scope, headers: Mapping[str, str], body: bytes, status: int) -> Iterator[tuple[str, IamCall]]:
    """Yield the calls of a request that a role has signed, each with the name of the role."""
    query = scope["query_string"].decode()
    credential = _CREDENTIAL.search(headers.get("authorization", ""))
    if credential is None and status < _REFUSED:
        presigned = parse_qs(query).get("X-Amz-Credential", [""])[0]
        if not presigned and "multipart/form-data" in headers.get("content-type", ""):
            presigned = form_field(body, "x-amz-credential")
        credential = _CREDENTIAL.search(f"Credential={presigned}")
    if credential is None:
        return
    caller = importlib.import_module("ministack.core.iam_evaluator").resolve_caller_identity(credential[1])
    _, is_role, name = (caller or {}).get("userArn", "").partition(":assumed-role/")
    if is_role:
        path = scope["raw_path"].decode() + (f"?{query}" if query else "")
        request = Request(credential[2], scope["method"], path, headers, body)
        try:
            calls = list(iam_calls(request, _partition_key))
        except (IndexError, KeyError, TypeError, ValueError) as error:
            calls = [IamCall(f"{request.service}:unreadable request {error!r}", "*")]
        yield from ((name.partition("/")[0], call) for call in calls)


def _partition_key(table: str, index: str | None) -> str:
    stored = importlib.import_module("ministack.services.dynamodb")._tables[table]  # noqa: SLF001 - MiniStack's state
    schemas = {each["IndexName"]: each["KeySchema"] for each in stored.get("GlobalSecondaryIndexes") or []}
    schema = schemas[index] if index else stored["KeySchema"]
    [name] = [each["AttributeName"] for each in schema if each["KeyType"] == "HASH"]
    return str(name)
