"""A limit on what one request reads, whatever its parameters are and however much is stored."""

from collections.abc import Mapping
from threading import Lock
from typing import Any

import orjson

from meterdrop.adapters.dynamodb.client import JsonClient

MAX_READ_BYTES = 64 * 1024 * 1024
"""Maximum bytes that one request reads, as JSON. This limits its cost, its time, and its memory."""
_CALL_BYTES = 16 * 1024
"""Minimum that a call counts as. So calls that find little are limited too, to 4,096."""
_READS = frozenset({"Query", "BatchGetItem"})


class TooMuchReadError(Exception):
    """The request would read more than `MAX_READ_BYTES`."""


class LimitedClient(JsonClient):
    """The DynamoDB client of one request, which uses the connections of another client. Safe to use from threads."""

    def __init__(self, json_client: JsonClient) -> None:
        """Send with `json_client`."""
        self._json_client = json_client
        self._left = MAX_READ_BYTES
        self._lock = Lock()

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and return the response. Raises TooMuchReadError before the first read past the limit."""
        if operation not in _READS:
            return self._json_client.call(operation, request)
        if self._left <= 0:
            raise TooMuchReadError
        response = self._json_client.call(operation, request)
        # The response's own size isn't known here. Writing 1 MB takes about a millisecond.
        size = max(_CALL_BYTES, len(orjson.dumps(response)))
        with self._lock:
            self._left -= size
        return response
