"""DynamoDB calls with ready-made JSON.

For 100,000 items most of a client's time goes into validating and serializing parameters that are known to be right.
Here botocore signs, `connections` sends, and the caller writes the body.
"""

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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
    """Where DynamoDB is, and as whom to speak to it."""

    url: str
    region: str
    credentials: Credentials = field(repr=False)
    timeout: urllib3.Timeout


class JsonClient:
    """One region's DynamoDB. Safe to use from many threads at once."""

    def __init__(self, endpoint: Endpoint, *, connections: int, before_call: Callable[[], None]) -> None:
        """Take where to send; `before_call` runs before every try and raises where there is no time for one."""
        self._signer = Signer(endpoint.url, endpoint.region, endpoint.credentials)
        self._before_call = before_call
        self._connections = Connections(endpoint.url, kept=connections, timeout=endpoint.timeout)

    def call(self, operation: str, body: str) -> bytes:
        """Send one request and return the answer's JSON; raises AwsError once tries run out or are of no use."""
        backoff = Backoff(operation)
        data = body.encode()
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
                    return response.data
                backoff.wait("ChecksumMismatch")
                continue
            code = _error_code(response.data)
            if response.status < _SERVER_ERROR and code not in _RETRIED:
                raise AwsError(operation, code)
            backoff.wait(code)

    def close(self) -> None:
        """Close the connections that nobody uses; a process that ends need not."""
        self._connections.close()


def _error_code(response: bytes) -> str:
    try:
        body: Any = json.loads(response)
        return str(body["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return "UnreadableAnswer"
