"""DynamoDB calls with ready-made JSON.

For 100,000 items, boto3 spends most of its time on validating and serializing parameters that are known to be valid.
Here the caller writes the body, `signing` signs it with botocore, and `http` sends it.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import urllib3
from botocore.credentials import Credentials

from meterdrop.adapters.dynamodb.backoff import Backoff
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.dynamodb.http import FAILURES, Connections
from meterdrop.adapters.dynamodb.signing import Signer

_RETRIED = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
    }
)
_SERVER_ERROR = 500
_OK = 200


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The address of DynamoDB, and the credentials and timeout for calls."""

    url: str
    region: str
    credentials: Credentials = field(repr=False)
    timeout: urllib3.Timeout


class JsonClient:
    """The DynamoDB client of one region. Safe to use from many threads."""

    def __init__(self, endpoint: Endpoint, *, connections: int, before_call: Callable[[], None]) -> None:
        """Send to `endpoint`. `before_call` runs before each try and raises an error if no time is left."""
        self._signer = Signer(endpoint.url, endpoint.region, endpoint.credentials)
        self._before_call = before_call
        self._connections = Connections(endpoint.url, kept=connections, timeout=endpoint.timeout)

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and return the response. Raises AwsError if all tries fail or none can succeed."""
        backoff = Backoff(operation)
        data = json.dumps(request).encode()
        while True:
            self._before_call()
            headers = self._signer.headers(operation, data)
            try:
                response = self._connections.post(headers, data)
            except FAILURES as error:
                backoff.wait(type(error).__name__)
                continue
            if response.status == _OK:
                if response.checksum is None or int(response.checksum) == zlib.crc32(response.data):
                    return cast("dict[str, Any]", json.loads(response.data))
                backoff.wait("ChecksumMismatch")
                continue
            code = _error_code(response.data)
            if response.status < _SERVER_ERROR and code not in _RETRIED:
                raise AwsError(operation, code)
            backoff.wait(code)

    def close(self) -> None:
        """Close the idle connections. Optional before the process ends."""
        self._connections.close()


def _error_code(response: bytes) -> str:
    try:
        body: Any = json.loads(response)
        return str(body["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return "UnreadableAnswer"
