"""DynamoDB calls with ready-made JSON.

For 100,000 items, boto3 spends most of its time on validating and serializing parameters that are known to be valid.
Here botocore only signs, urllib3 sends, and orjson reads and writes the JSON.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import orjson
import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import get_cert_path
from urllib3.util import create_urllib3_context

from meterdrop.adapters.deadline import check_deadline
from meterdrop.adapters.dynamodb.backoff import Backoff
from meterdrop.adapters.dynamodb.errors import AwsError

_RETRIED = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
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


@dataclass(slots=True)
class _Pool:
    """Connections, and whether one of them has ever received a response."""

    connections: urllib3.HTTPConnectionPool
    has_answered: bool = False


class JsonClient:
    """The DynamoDB client of one region. Safe to use from many threads."""

    def __init__(self, endpoint: Endpoint, *, connections: int) -> None:
        """Send to `endpoint`, and keep at most `connections` idle connections open."""
        self._endpoint = endpoint
        self._options: dict[str, Any] = {"maxsize": connections, "timeout": endpoint.timeout, "retries": False}
        if endpoint.url.startswith("https:"):
            # All connections share one context, since reading the certificates takes 20 ms.
            context = create_urllib3_context()
            context.load_verify_locations(get_cert_path(verify=True))
            self._options["ssl_context"] = context
        self._pool = self._new_pool()

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Send a request and return the response. Raises AwsError if all tries fail or none can succeed."""
        backoff = Backoff(operation)
        data = orjson.dumps(request)
        is_first_break = True
        while True:
            check_deadline()
            pool = self._pool
            try:
                response = self._send(pool, operation, data)
            except urllib3.exceptions.HTTPError as error:
                # While Lambda freezes the process, the server forgets the kept connections. It says so only when
                # something is sent. So a break drops all of them, and the first one of a call isn't a failed try.
                if self._pool is pool:
                    self._pool = self._new_pool()
                is_stale = pool.has_answered and isinstance(error, urllib3.exceptions.ProtocolError)
                if not (is_stale and is_first_break):
                    backoff.wait(type(error).__name__)
                is_first_break = False
                continue
            pool.has_answered = True
            if response.status == _OK:
                checksum = response.headers.get("x-amz-crc32")
                if checksum is None or int(checksum) == zlib.crc32(response.data):
                    return cast("dict[str, Any]", orjson.loads(response.data))
                backoff.wait("ChecksumMismatch")
                continue
            code = _error_code(response.data)
            if response.status < _SERVER_ERROR and code not in _RETRIED:
                raise AwsError(operation, code)
            backoff.wait(code)

    def close(self) -> None:
        """Close the idle connections. The next call opens a new one."""
        pool, self._pool = self._pool, self._new_pool()
        pool.connections.close()

    def _new_pool(self) -> _Pool:
        return _Pool(urllib3.connection_from_url(self._endpoint.url, **self._options))

    def _send(self, pool: _Pool, operation: str, data: bytes) -> urllib3.BaseHTTPResponse:
        endpoint = self._endpoint
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"DynamoDB_20120810.{operation}",
            "Accept-Encoding": "identity",
        }
        signed = AWSRequest("POST", f"{endpoint.url}/", headers, data)
        # Frozen for each request, since Lambda's credentials change.
        SigV4Auth(endpoint.credentials.get_frozen_credentials(), "dynamodb", endpoint.region).add_auth(signed)
        return pool.connections.urlopen("POST", "/", data, dict(signed.headers.items()), redirect=False)


def _error_code(response: bytes) -> str:
    try:
        body: Any = orjson.loads(response)
        return str(body["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return "UnreadableAnswer"
