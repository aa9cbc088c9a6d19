"""Requests to the API, through its function, by a client that repeats what was not answered well."""

import json
from typing import Any

from tests.support.api.client import sample
from tests.support.api.store import SECRET_KEY
from tests.support.aws.died import DiedError
from tests.support.aws.functions import Functions

_LATER = 40
"""Seconds between two tries: longer than the function may run, so that no other is at work on the same."""
_TRIES = 6


def post(functions: Functions, path: str, fields: dict[str, Any], *, repeats: bool = True) -> dict[str, Any]:
    """Post JSON under one Idempotency-Key until it is answered with success; returns the answer's body."""
    event = sample("without-key")
    event |= {"rawPath": path, "rawQueryString": "", "body": json.dumps(fields)}
    event["requestContext"]["http"] |= {"method": "POST", "path": path}
    event["headers"] |= {
        "authorization": f"Bearer {SECRET_KEY}",
        "content-type": "application/json",
        "idempotency-key": "a-key-of-the-client",
    }
    for _ in range(_TRIES if repeats else 1):
        try:
            answer = functions.call("api", json.loads(json.dumps(event)))
        except DiedError:
            answer = {"statusCode": 502, "body": "what the gateway says"}
        if answer["statusCode"] < 300:
            read: dict[str, Any] = json.loads(answer["body"])
            return read
        functions.account.clock.now += _LATER
    raise AssertionError(f"{path}: {answer['statusCode']} {answer['body']}")
