"""Batches of which AWS carries out a part, and says so in the answer."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.aws.account import CarryOut
from tests.support.aws.messages import AwsResponse, Call

Chosen = Callable[[int, int], bool]
"""Tells of an item's index in a batch, and of the batch's length, whether it is carried out."""


def partly(call: Call, carry_out: CarryOut, chosen: Chosen) -> AwsResponse:
    """Carry out a part of a batch of one table; the answer names the rest as throttled."""
    body = call.json
    if call.operation == "BatchExecuteStatement":
        return _statements(call, carry_out, chosen)
    [(table, asked)] = body["RequestItems"].items()
    if call.operation == "BatchWriteItem":
        done, left = _split(asked, chosen)
        answer = _carried_out(call, carry_out, {"RequestItems": {table: done}}) if done else {}
        return in_json(answer | {"UnprocessedItems": {table: left} if left else {}})
    done, left = _split(asked["Keys"], chosen)
    answer = {"Responses": {table: []}}
    if done:
        answer = _carried_out(call, carry_out, {"RequestItems": {table: asked | {"Keys": done}}})
    cut = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
    return in_json(answer | {"UnprocessedKeys": {table: asked | {"Keys": cut + left}} if cut + left else {}})


def _statements(call: Call, carry_out: CarryOut, chosen: Chosen) -> AwsResponse:
    statements = call.json["Statements"]
    done, _ = _split(statements, chosen)
    answer = _carried_out(call, carry_out, {"Statements": done}) if done else {"Responses": []}
    results = iter(answer["Responses"])
    throttled = {"Error": {"Code": "ThrottlingError", "Message": ""}}
    count = len(statements)
    return in_json({"Responses": [next(results) if chosen(at, count) else throttled for at in range(count)]})


def _split(items: list[Any], chosen: Chosen) -> tuple[list[Any], list[Any]]:
    """Return what is carried out, and what is left."""
    is_done = [chosen(at, len(items)) for at in range(len(items))]
    done = [item for item, done in zip(items, is_done, strict=True) if done]
    return done, [item for item, done in zip(items, is_done, strict=True) if not done]


def _carried_out(call: Call, carry_out: CarryOut, body: dict[str, Any]) -> dict[str, Any]:
    answered: dict[str, Any] = json.loads(carry_out(call.with_body(body)).body)
    return answered


def in_json(body: dict[str, Any], status: int = 200) -> AwsResponse:
    """Return an answer of a service that speaks JSON."""
    return AwsResponse(status, {"content-type": "application/x-amz-json-1.0"}, json.dumps(body).encode())
