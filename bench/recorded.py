"""The calls of an upload: the real adapters make them, and a recording client keeps them instead of sending them."""

from collections.abc import Mapping
from threading import Lock
from typing import Any, NamedTuple

import urllib3
from botocore.credentials import Credentials

from bench.world import ingest
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient

_ENDPOINT = Endpoint("http://127.0.0.1:9", "us-east-1", Credentials("bench", "bench"), urllib3.Timeout(1))


class Call(NamedTuple):
    """A call: its operation and request."""

    operation: str
    request: Mapping[str, Any]


class RecordingClient(JsonClient):
    """A client that sends nothing. Every write succeeds."""

    def __init__(self) -> None:
        """Start without calls."""
        super().__init__(_ENDPOINT, connections=1)
        self.calls: list[Call] = []
        self._lock = Lock()

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Record the call; return a successful response."""
        with self._lock:
            self.calls.append(Call(operation, request))
        return {"Responses": [{} for _ in request["Statements"]]} if "Statements" in request else {}


def record(data: bytes) -> tuple[str, list[Call]]:
    """Ingest a file of new, good rows; return the upload's ID and the calls that write its rows."""
    json_client = RecordingClient()
    upload = ingest(data, json_client)
    return upload.id, json_client.calls
