"""Ready-made requests: how they are signed, when they are sent again, and when not."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import urllib3
from botocore.credentials import Credentials

from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError
from tests.support.dynamodb.small_dynamodb import Fault
from tests.unit.adapters.conftest import Calls, Wired

READ = {"RequestItems": {"events": {"Keys": [{"id": {"S": "ü"}}], "ConsistentRead": True}}}


def test_requests_are_signed(wired: Wired) -> None:
    """Each carries botocore's own signature, for DynamoDB in the endpoint's region."""
    wired.json_client.call("BatchGetItem", READ)
    [headers] = wired.database.headers
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")
    assert "/eu-central-1/dynamodb/aws4_request" in headers["authorization"]
    assert headers["x-amz-target"] == "DynamoDB_20120810.BatchGetItem"
    assert headers["content-type"] == "application/x-amz-json-1.0"


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500, code="InternalServerError"),
        Fault(status=500),
        Fault(status=503, code="ServiceUnavailable"),
        Fault(status=400, code="ThrottlingException"),
        Fault(lost=True),
        Fault(damaged=True),
    ],
)
def test_tried_again(wired: Wired, calls: Calls, fault: Fault) -> None:
    """What passes by itself is tried again after a pause, announced each time."""
    wired.database.faults.extend([fault, fault])
    answer = wired.json_client.call("BatchGetItem", READ)
    assert answer["Responses"] == {"events": []}
    assert len(wired.pauses) == 2
    assert calls.count == 3


def test_gives_up(wired: Wired) -> None:
    """Tries come to an end, with AWS's code."""
    wired.database.faults.extend([Fault(status=503, code="ServiceUnavailable")] * 100)
    with pytest.raises(AwsError, match="BatchGetItem: ServiceUnavailable") as caught:
        wired.json_client.call("BatchGetItem", READ)
    assert (caught.value.operation, caught.value.code) == ("BatchGetItem", "ServiceUnavailable")
    assert sum(wired.pauses) < 15


@pytest.mark.parametrize("code", ["AccessDeniedException", "ExpiredTokenException", "ValidationException", ""])
def test_not_tried_again(wired: Wired, code: str) -> None:
    """A refusal stays one, and raises at once."""
    wired.database.faults.append(Fault(status=400, code=code))
    with pytest.raises(AwsError):
        wired.json_client.call("BatchGetItem", READ)
    assert wired.pauses == []


def test_no_time_left(wired: Wired, calls: Calls) -> None:
    """A try that could outlast the attempt is not begun."""
    calls.is_over = True
    with pytest.raises(TimeoutError):
        wired.json_client.call("BatchGetItem", READ)
    assert wired.database.requests == []


def test_nobody_there(wired: Wired) -> None:
    """An address where nobody answers is trouble to try again, then an error."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        endpoint = Endpoint(url, "eu-central-1", Credentials("a", "b"), urllib3.Timeout(0.2, 0.2))
        with pytest.raises(AwsError, match="BatchGetItem: "):
            JsonClient(endpoint, connections=1).call("BatchGetItem", READ)
    assert len(wired.pauses) > 3


def test_many_threads(wired: Wired) -> None:
    """More threads than connections: all are answered."""
    with ThreadPoolExecutor(16) as executor:
        answers = list(executor.map(lambda _: wired.json_client.call("BatchGetItem", READ), range(100)))
    assert len(answers) == 100


def test_credentials_do_not_show() -> None:
    """Where the endpoint is shown, in a log or a traceback, its credentials are not."""
    endpoint = Endpoint("http://127.0.0.1:1", "r", Credentials("AKIAEXAMPLE", "secret"), urllib3.Timeout(1, 1))
    assert "Credentials" not in repr(endpoint)
    assert "secret" not in repr(endpoint)
