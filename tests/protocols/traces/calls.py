"""What each call to AWS means to the protocol of uploads, or why it means nothing to it."""

import json
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from meterdrop.domain.ids import ROW_ID
from meterdrop.handlers.sqs import Notification, ResumeRequest, parse_message
from tests.support.aws.messages import AwsResponse, Call

Item = Mapping[str, Any]
EMPTY: Item = MappingProxyType({})


class Effect(NamedTuple):
    """What a call did to an upload that was carried out."""

    what: str
    """The name of a step, `write` of its item, `conflict` of such a write, or `send` of a message."""
    upload: str = ""
    """Empty for the upload of the process."""
    item: Item = EMPTY
    """The item that was written."""
    detail: str = ""


class UnknownCallError(AssertionError):
    """A call of which nobody has said what it means."""


NOT_MODELLED: Mapping[str, str] = {
    "BatchGetItem": "a read",
    "GetItem": "a read",
    "Query": "a read",
    "Scan": "a read",
    "GetObject": "a read",
    "HeadObject": "a read",
    "ListObjectVersions": "a read",
    "GetQueueAttributes": "a read",
    "CreateLogStream": "the audit trail, which changes no upload",
    "PutLogEvents": "the audit trail, which changes no upload",
    "ReceiveMessage": "the trigger of a function; its invocation is a delivery",
    "DeleteMessage": "the trigger of a function; its end is the acknowledgement",
    "ChangeMessageVisibility": "a message may show at any time, also before a lease ends",
    "PutObject": "an error file: at fixed keys, and named by the final status alone; or a statement",
    "DeleteObject": "an error file",
    "UpdateItem #months": "for lists of uploads",
    "UpdateItem #sweep": "the sweep's own lease",
    "UpdateItem matched#": "matched rows: another protocol, of the account of a key",
    "PutItem matched#": "matched rows",
    "DeleteItem matched#": "matched rows",
    "DeleteItem outbox#": "a status event that stays is published again",
    "DeleteItem retry#": "its run is stored by then",
    "BatchExecuteStatement catalog": "customers of a file: they have no events",
    "BatchWriteItem stamps": "stamps, feed and roll-ups: another protocol",
    "PutItem usage": "roll-ups",
    "PutItem idempotency": "responses of the API",
    "UpdateItem idempotency": "responses of the API",
    "DeleteItem idempotency": "responses of the API",
    "PutItem catalog": "meters, customers and billing periods",
    "UpdateItem catalog": "meters and customers",
    "TransactWriteItems usage": "an event from the API, or a cancel",
    "TransactWriteItems catalog": "meters",
    "TransactWriteItems catalog+uploads": "a statement and its event: another protocol, of billing periods",
}
"""Calls that the protocol of uploads doesn't speak of, each with the reason."""
_CLAIMS = ("key#", "content#", "customers#")
_SETS = ("#months", "#sweep", "matched#", "outbox#", "retry#")


def effects_of(call: Call, answer: AwsResponse) -> Iterator[Effect]:
    """Yield what a call did that was carried out. Raises UnknownCallError."""
    if call.service == "sqs" and call.operation == "SendMessage":
        yield from _sent(call.json["MessageBody"], is_dead=call.target == "dead-letters")
    elif call.service == "eventbridge":
        if answer.status == 200 and not json.loads(answer.body)["FailedEntryCount"]:
            ids = [json.loads(each["Detail"])["id"] for each in call.json["Entries"]]
            yield from (Effect("publish", id_) for id_ in ids if id_.startswith("upl_"))  # the others are statements
    elif call.service == "dynamodb" and call.operation in _WRITES:
        yield from _WRITES[call.operation](call, answer)
    else:
        _pass_over(call.operation)


def requests_of(body: str) -> Iterator[tuple[str, str]]:
    """Yield the uploads that a message is about, each with the kind of the message."""
    for each in parse_message(body):
        if isinstance(each, Notification):
            yield each.version.upload_id, "notification"
        elif isinstance(each, ResumeRequest):
            yield each.upload_id, "resume"


def _sent(body: str, *, is_dead: bool) -> Iterator[Effect]:
    for id_, kind in requests_of(body):
        yield Effect("send dead letter" if is_dead else "send", id_, detail=kind)


def _put(call: Call, answer: AwsResponse) -> Iterator[Effect]:
    item = call.json["Item"]
    id_ = item["id"]["S"] if "id" in item and call.target == "uploads" else ""
    if not id_.startswith("upl_"):
        _pass_over(f"PutItem {_kind(id_)}" if id_ else f"PutItem {call.target}")
    elif answer.status == 200:
        yield Effect("write", id_, item)
    else:
        yield Effect("conflict", id_)


def _update(call: Call, answer: AwsResponse) -> Iterator[Effect]:
    if call.target != "uploads":
        _pass_over(f"UpdateItem {call.target}")
        return
    id_ = call.json["Key"]["id"]["S"]
    if id_.startswith(_CLAIMS):
        if answer.status == 200:
            yield Effect("take the claim")
    elif id_.startswith("duplicates#"):
        yield Effect("note duplicate")
    else:
        _pass_over(f"UpdateItem {_kind(id_)}")


def _delete(call: Call, _: AwsResponse) -> Iterator[Effect]:
    id_ = call.json["Key"]["id"]["S"]
    _pass_over(f"DeleteItem {_kind(id_)}" if call.target == "uploads" else f"DeleteItem {call.target}")
    yield from ()


def _transact(call: Call, answer: AwsResponse) -> Iterator[Effect]:
    if call.target != "uploads":
        _pass_over("TransactWriteItems usage" if "usage" in call.target else f"TransactWriteItems {call.target}")
        return
    items = [each["Put"]["Item"] for each in call.json["TransactItems"]]
    [upload] = [item for item in items if item["id"]["S"].startswith("upl_")]
    assert any(item["id"]["S"].startswith("outbox#") for item in items), "a final status without its status event"
    assert _is_conditional(call.json["TransactItems"][items.index(upload)]), "a final status without a condition"
    yield Effect("write", upload["id"]["S"], upload) if answer.status == 200 else Effect("conflict", upload["id"]["S"])


def _is_conditional(write: Item) -> bool:
    return "revision" in write["Put"].get("ConditionExpression", "")


def _execute(call: Call, answer: AwsResponse) -> Iterator[Effect]:
    statements = call.json["Statements"]
    if statements[0]["Statement"].startswith("SELECT"):
        return
    if call.target != "events":
        _pass_over(f"BatchExecuteStatement {call.target}")
        return
    results = json.loads(answer.body)["Responses"] if answer.status == 200 else []
    for statement, result in zip(statements, results, strict=answer.status == 200):
        if "Error" in result:
            continue
        key, upload = (each["S"] for each in statement["Parameters"][:2])
        if statement["Statement"].startswith("DELETE"):
            yield Effect("delete event")
        else:
            is_own = key.startswith(f"{upload}/") or ROW_ID.fullmatch(key) is not None
            yield Effect("insert", upload, detail="own" if is_own else "")


def _write_usage(call: Call, answer: AwsResponse) -> Iterator[Effect]:
    left = json.loads(answer.body).get("UnprocessedItems", {}).get("usage", []) if answer.status == 200 else []
    written = [each for each in call.json["RequestItems"]["usage"] if each not in left and answer.status == 200]
    kinds = dict.fromkeys(filter(None, map(_kind_of_usage, written)))
    if not kinds:
        _pass_over("BatchWriteItem stamps")
    yield from map(Effect, kinds)


def _kind_of_usage(request: Item) -> str:
    [(operation, write)] = request.items()
    key = write.get("Key") or write["Item"]
    if key["pk"]["S"].endswith(("#stamps", "#feed", "#rollup")):
        return ""
    return "delete figure" if operation == "DeleteRequest" else "put figure"


def _kind(id_: str) -> str:
    return next((each for each in _SETS if id_.startswith(each)), id_)


def _pass_over(name: str) -> None:
    if name not in NOT_MODELLED:
        raise UnknownCallError(f"nobody has said what {name!r} means to the protocol of uploads")


_WRITES = {
    "PutItem": _put,
    "UpdateItem": _update,
    "DeleteItem": _delete,
    "TransactWriteItems": _transact,
    "BatchExecuteStatement": _execute,
    "BatchWriteItem": _write_usage,
}
