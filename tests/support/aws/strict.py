"""What AWS refuses and MiniStack lets pass, and how AWS writes numbers."""

import json
from decimal import Context, Decimal
from typing import Any

from tests.support.aws.messages import AwsResponse, Call
from tests.support.aws.sizes import MAX_BATCH, key_of

_MOST = {"BatchExecuteStatement": 25, "BatchWriteItem": 25, "BatchGetItem": 100, "TransactWriteItems": 100}
_LONGEST_STATEMENT = 8_192
_DIGITS = 38
_EXACT = Context(prec=1_000)


class _RefusedError(Exception):
    pass


def checked(call: Call) -> Call | AwsResponse:
    """Return the call as DynamoDB takes it, or its refusal."""
    if call.service != "dynamodb":
        return call
    body = json.loads(call.request.body)
    try:
        _check_batch(call.operation, body)
        _normalize(body)
        _refuse(call.operation == "BatchWriteItem" and len(call.request.body) > MAX_BATCH, "a batch is too large")
    except _RefusedError as error:
        return cell_error(call, 400, "ValidationException", str(error))
    return call.with_body(body)


def cell_error(call: Call, status: int, code: str, message: str = "as the test wants it") -> AwsResponse:
    """Return how the service refuses a call."""
    if call.service == "s3":
        text = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        return AwsResponse(status, {"content-type": "application/xml"}, text.encode())
    body = json.dumps({"__type": f"com.amazonaws.{call.service}#{code}", "message": message})
    return AwsResponse(status, {"content-type": "application/x-amz-json-1.0"}, body.encode())


def _check_batch(operation: str, body: dict[str, Any]) -> None:
    if operation not in _MOST:
        return
    keys = list(_keys(body))
    _refuse(not 1 <= len(keys) <= _MOST[operation], "too many or none")
    _refuse(len(set(keys)) != len(keys), "one key twice")
    if "Statements" in body:
        texts = [each["Statement"] for each in body["Statements"]]
        _refuse(len({text.startswith("SELECT") for text in texts}) != 1, "reads and writes in one batch")
        _refuse(any(len(text) > _LONGEST_STATEMENT for text in texts), "a statement is too long")


def _keys(body: dict[str, Any]) -> "list[str]":
    found: list[Any] = []
    # Of statements only those that are quite the same are known to be of one key.
    found += body.get("Statements", ())
    for item in body.get("TransactItems", ()):
        [write] = item.values()
        found.append([write["TableName"], write.get("Key") or key_of(write["Item"])])
    for table, asked in body.get("RequestItems", {}).items():
        if isinstance(asked, dict):
            found += [[table, key] for key in asked["Keys"]]
        else:
            for request in asked:
                [(kind, write)] = request.items()
                found.append([table, write["Key"] if kind == "DeleteRequest" else key_of(write["Item"])])
    return [json.dumps(each, sort_keys=True) for each in found]


def _normalize(value: Any) -> None:
    """Write every number as AWS does; refuse those that it refuses."""
    if isinstance(value, list):
        for each in value:
            _normalize(each)
        return
    if not isinstance(value, dict):
        return
    if len(value) == 1 and isinstance(text := value.get("N"), str):
        number = Decimal(text)
        _refuse(not number.is_finite(), f"the number {text}")
        plain = number.normalize(_EXACT)
        _refuse(len(plain.as_tuple().digits) > _DIGITS, f"the number {text}")
        value["N"] = f"{plain:f}"
        return
    for each in value.values():
        _normalize(each)


def _refuse(is_refused: bool, words: str) -> None:
    if is_refused:
        raise _RefusedError(words)
