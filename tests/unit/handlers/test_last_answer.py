"""Whatever fails in the API function, its response has Stripe's shape: the gateway's own has no `error`.

Each fault is in a process of its own, as a cold start is.
"""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import pytest

from tests.infra.test_bundle import CODE
from tests.support.api.client import sample
from tests.support.api.store import SECRET_KEY

_ENVIRONMENT = {
    **dict.fromkeys(("UPLOAD_BUCKET", "EVENTS_TABLE", "UPLOADS_TABLE", "USAGE_TABLE"), "name"),
    **dict.fromkeys(("CATALOG_TABLE", "KEYS_TABLE", "IDEMPOTENCY_TABLE"), "name"),
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "POWERTOOLS_METRICS_NAMESPACE": "meterdrop-prod",
    "POWERTOOLS_SERVICE_NAME": "api",
    "BUCKET_ORIGIN": "https://bucket.example",
}
_CALL = """
import json, sys, time
from meterdrop.handlers.api import handler

class Context:
    function_name = invoked_function_arn = aws_request_id = "a"
    memory_limit_in_mb = 512
    def get_remaining_time_in_millis(self):
        return 29_000 if "ends" not in globals() else int((ends - time.time()) * 1000)

print(json.dumps(handler(json.loads(sys.argv[1]), Context())))
"""
_SECONDS = 3
_SHORT_OF_TIME = f"""
import time
from botocore.config import Config
from meterdrop import settings

_MANY = {{"mode": "standard", "total_max_attempts": 20}}
settings.READ_TIMEOUT = settings.CONNECT_TIMEOUT = 0.3
settings._CLIENT = settings._CLIENT.merge(Config(read_timeout=0.3, connect_timeout=0.3, retries=_MANY))
settings.LONGEST_TRY = 0.6
ends = time.time() + {_SECONDS}
"""
_A_MODULE_IS_MISSING = "import sys; sys.modules['orjson'] = None\n"
_METRICS_FAIL = "import os; del os.environ['POWERTOOLS_METRICS_NAMESPACE']\n"
_A_SETTING_IS_MISSING = "import os; del os.environ['CATALOG_TABLE']\n"
_NO_MEMORY_FOR_A_REQUEST = """
import meterdrop.api.dispatch
def refuse(_): raise MemoryError
meterdrop.api.dispatch.Request = refuse
"""


@dataclass(frozen=True)
class Answer:
    """A response, and the metrics and lines of the log before it."""

    response: dict[str, Any]
    lines: list[dict[str, Any]]

    @property
    def counted(self) -> dict[str, Any]:
        """The metrics that the function wrote, as CloudWatch reads them."""
        return {
            metric["Name"]: sum(line[metric["Name"]])
            if isinstance(line[metric["Name"]], list)
            else line[metric["Name"]]
            for line in self.lines
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", [])
            for metric in directive["Metrics"]
        }


def call(fault: str, event: dict[str, Any], endpoint: str = "http://127.0.0.1:9") -> Answer:
    """Send a request to a function that has just started and has a fault."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", fault + _CALL, json.dumps(event)],
        env={**_ENVIRONMENT, "AWS_ENDPOINT_URL": endpoint, "PYTHONPATH": str(CODE), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    *lines, response = map(json.loads, done.stdout.splitlines())
    return Answer(response, [line for line in lines if line])


def a_write(**headers: str) -> dict[str, Any]:
    """Return a request that records usage."""
    event = sample("create-meter-event")
    event["headers"] = {"authorization": "Bearer sk_secret", **headers}
    return event


@pytest.mark.parametrize(
    "fault",
    [_A_MODULE_IS_MISSING, _METRICS_FAIL, _A_SETTING_IS_MISSING, _NO_MEMORY_FOR_A_REQUEST],
    ids=["a module is missing", "metrics fail", "a setting is missing", "no memory"],
)
def test_a_fault_of_the_function_is_an_error_as_stripe_has_it(fault: str) -> None:
    """With the request's ID; and the fault is counted and logged, without the key."""
    answer = call(fault, a_write(**{"idempotency-key": "one"}))
    response, error = answer.response, json.loads(answer.response["body"])["error"]
    assert (500, "api_error", "internal_error") == (response["statusCode"], error["type"], error["code"])
    id_ = sample("create-meter-event")["requestContext"]["requestId"]
    assert id_ == response["headers"]["Request-Id"]
    assert id_ in error["message"]
    assert "true" == response["headers"]["Stripe-Should-Retry"]
    assert "no-store" == response["headers"]["Cache-Control"]
    opened = call(fault, a_write(accept="text/html,*/*;q=0.8")).response
    assert (500, "text/html; charset=utf-8") == (opened["statusCode"], opened["headers"]["Content-Type"])
    assert f"search the function&#x27;s log for request {id_}" in opened["body"]
    assert (1, 1) == (answer.counted["Requests"], answer.counted["RequestsBroken"])
    assert [line["request_id"] for line in answer.lines if line.get("message") == "request failed"] == [id_]
    assert "sk_secret" not in json.dumps(answer.lines)


@pytest.mark.parametrize(("method", "key", "should_retry"), [("GET", {}, "true"), ("POST", {}, "false")])
def test_a_client_repeats_what_cannot_be_done_twice(method: str, key: dict[str, str], should_retry: str) -> None:
    """The fault may have come after the write: without a key, nobody can tell."""
    event = a_write(**key)
    event["requestContext"]["http"]["method"] = method
    assert should_retry == call(_METRICS_FAIL, event).response["headers"]["Stripe-Should-Retry"]


def test_a_request_responds_before_its_function_is_killed() -> None:
    """DynamoDB is silent: whatever the client's own retries would take, the last one begins in time."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        event = sample("list-uploads")
        event["headers"]["authorization"] = f"Bearer {SECRET_KEY}"
        answer = call(_SHORT_OF_TIME, event, f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert time.monotonic() - began < 2 * _SECONDS  # with the start of the process
    assert 500 == answer.response["statusCode"]
    assert "internal_error" == json.loads(answer.response["body"])["error"]["code"]
    assert 1 == answer.counted["RequestsBroken"]
    [line] = [line for line in answer.lines if line.get("message") == "request failed"]
    assert "OutOfTimeError" == line["error"]
