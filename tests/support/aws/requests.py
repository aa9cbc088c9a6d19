"""Requests to the API by a client that repeats what was not answered well. Paths are percent-encoded."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.support.api.client import http_api_path, sample
from tests.support.api.store import SECRET_KEY
from tests.support.aws.functions import Functions
from tests.support.aws.messages import DiedError

_LATER = 40
"""Seconds between two tries: longer than the function may run, so that no other is at work on the same."""
_TRIES = 6


def post(  # noqa: PLR0913  what makes up a request
    functions: Functions,
    path: str,
    fields: Mapping[str, Any],
    *,
    key: str = "a-key-of-the-client",
    repeats: bool = True,
    authorization: str = SECRET_KEY,
) -> dict[str, Any]:
    """Post JSON under one Idempotency-Key until it is answered with success; returns the answer's body."""
    event = _request("POST", path)
    event["headers"] |= {"authorization": f"Bearer {authorization}"}
    event["body"] = json.dumps(fields)
    event["headers"] |= {"content-type": "application/json", "idempotency-key": key}
    return _answer(functions, event, _TRIES if repeats else 1)


def get(functions: Functions, path: str, query: Mapping[str, object] = {}) -> dict[str, Any]:
    """Get a path until it is answered with success; returns the answer's body."""
    event = _request("GET", path)
    event |= {
        "rawQueryString": urlencode(query),
        "queryStringParameters": {name: str(of) for name, of in query.items()},
    }
    return _answer(functions, event, _TRIES)


def delete(functions: Functions, path: str) -> dict[str, Any]:
    """Delete what a path names; returns the answer's body."""
    return _answer(functions, _request("DELETE", path), 1)


def _request(method: str, path: str) -> dict[str, Any]:
    path = http_api_path(path)
    event = sample("without-key")
    event |= {"rawPath": path, "rawQueryString": ""}
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["headers"] |= {"authorization": f"Bearer {SECRET_KEY}"}
    return event


def _answer(functions: Functions, event: dict[str, Any], tries: int) -> dict[str, Any]:
    for _ in range(tries):
        try:
            answer = functions.call("api", json.loads(json.dumps(event)))
        except DiedError:
            answer = {"statusCode": 502, "body": "what the gateway says"}
        if answer["statusCode"] < 300:
            read: dict[str, Any] = json.loads(answer["body"])
            return read
        functions.account.clock.now += _LATER
    raise AssertionError(f"{event['rawPath']}: {answer['statusCode']} {answer['body']}")
