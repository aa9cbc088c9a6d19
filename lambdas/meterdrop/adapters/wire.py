"""DynamoDB calls with ready-made JSON.

For 100,000 items most of a client's time goes into validating and serializing parameters that are known to be right.
Here botocore signs, urllib3 sends, and the caller writes the body.
"""

import json
import random
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import get_cert_path

from meterdrop.adapters.errors import AwsError

_TRIES = 8
_FIRST_PAUSE = 0.05  # seconds; doubled each time
_LONGEST_PAUSE = 2.0
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


class Pacer:
    """Waits between tries, longer each time; raises AwsError after the last."""

    __slots__ = ("_code", "_operation", "_pause", "_tries")

    def __init__(self, operation: str) -> None:
        """Take the operation's name for the error."""
        self._operation = operation
        self._tries = 0
        self._pause = _FIRST_PAUSE

    def wait(self, code: str) -> None:
        """Wait after a try that failed with `code`."""
        self._tries += 1
        if self._tries >= _TRIES:
            raise AwsError(self._operation, code)
        # Random, so that senders throttled together do not come back together.
        time.sleep(random.uniform(self._pause / 2, self._pause))  # noqa: S311 (not for secrets)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where DynamoDB is, and as whom to speak to it."""

    url: str
    region: str
    credentials: Credentials = field(repr=False)
    timeout: urllib3.Timeout


class Wire:
    """One region's DynamoDB. Safe to use from many threads at once."""

    def __init__(self, endpoint: Endpoint, *, connections: int, before_call: Callable[[], None]) -> None:
        """Take where to send; `before_call` runs before every try and raises where there is no time for one."""
        self._endpoint = endpoint
        self._url = endpoint.url.rstrip("/") + "/"
        self._before_call = before_call
        tls = {"ca_certs": get_cert_path(verify=True)} if endpoint.url.startswith("https:") else {}
        self._pool = urllib3.connection_from_url(
            endpoint.url, maxsize=connections, block=False, timeout=endpoint.timeout, retries=False, **tls
        )

    def call(self, operation: str, body: str) -> bytes:
        """Send one request and return the answer's JSON; raises AwsError once tries run out or are of no use."""
        pacer = Pacer(operation)
        data = body.encode()
        while True:
            self._before_call()
            try:
                response = self._pool.request(
                    "POST", "/", body=data, headers=self._signed(operation, data), redirect=False
                )
            except urllib3.exceptions.HTTPError as error:
                pacer.wait(type(error).__name__)
                continue
            answer = response.data
            if response.status == _OK:
                checksum = response.headers.get("x-amz-crc32")
                if checksum is None or int(checksum) == zlib.crc32(answer):
                    return answer
                pacer.wait("ChecksumMismatch")
                continue
            code = _error_code(answer)
            if response.status < _SERVER_ERROR and code not in _RETRIED:
                raise AwsError(operation, code)
            pacer.wait(code)

    def _signed(self, operation: str, data: bytes) -> dict[str, str]:
        headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        request = AWSRequest("POST", self._url, headers, data)
        credentials = self._endpoint.credentials.get_frozen_credentials()
        SigV4Auth(credentials, "dynamodb", self._endpoint.region).add_auth(request)
        return dict(request.headers.items())


def _error_code(answer: bytes) -> str:
    try:
        body: Any = json.loads(answer)
        return str(body["__type"]).rpartition("#")[2]
    except (ValueError, KeyError, TypeError):
        return "UnreadableAnswer"
