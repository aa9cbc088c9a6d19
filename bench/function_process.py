"""A Lambda process: it reads a line of object keys and versions, processes them, and prints a line with the cost.

Start it with the module of a handler. The first line holds the function's environment.
"""

import importlib
import json
import os
import sys
import time
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from bench.peak import peak_bytes
from bench.responder import BUCKET, CATALOG

_TIMEOUT_MILLISECONDS = 600_000
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "UPLOAD_BUCKET": BUCKET,
    "EVENTS_TABLE": "events",
    "UPLOADS_TABLE": "uploads",
    "USAGE_TABLE": "usage",
    "CATALOG_TABLE": CATALOG,
    "IDEMPOTENCY_TABLE": "idempotency",
    "POWERTOOLS_SERVICE_NAME": "bench",
    "POWERTOOLS_METRICS_NAMESPACE": "bench",
}


class Context(NamedTuple):
    """The context of an invocation, as Lambda passes it."""

    function_name: str = "bench"
    memory_limit_in_mb: int = 1_769
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    aws_request_id: str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the timeout."""
        return _TIMEOUT_MILLISECONDS


def batch(key: str, version_id: str) -> dict[str, Any]:
    """Make the batch that SQS passes to the function for one object."""
    stored = {"key": quote_plus(key, safe="/"), "size": 1, "versionId": version_id}
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": "2025-01-01T00:00:00.000Z",
        "s3": {"bucket": {"name": os.environ["UPLOAD_BUCKET"]}, "object": stored},
    }
    return {"Records": [{"messageId": "1", "receiptHandle": "1", "body": json.dumps({"Records": [record]})}]}


def environment(port: str) -> dict[str, str]:
    """Return a function's environment that sends all AWS calls to a responder's port."""
    endpoint = f"http://127.0.0.1:{port}"
    return ENVIRONMENT | {
        "AWS_ENDPOINT_URL": endpoint,
        "QUEUE_URL": f"{endpoint}/000000000000/queue",
        "DEAD_LETTER_QUEUE_URL": f"{endpoint}/000000000000/dead-letters",
    }


def main(module: str) -> None:
    """Serve until the standard input ends; raise AssertionError if the function doesn't process a file."""
    os.environ |= json.loads(sys.stdin.readline())
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (discards the function's log until the process ends)
    handler = importlib.import_module(module).handler
    for line in sys.stdin:
        events = [batch(key, version_id) for key, version_id in json.loads(line)]
        cpu, wall = time.process_time(), time.perf_counter()
        responses = [handler(event, Context()) for event in events]
        cost: dict[str, Any] = {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "peak": peak_bytes(),
            "units": next((one["units"] for one in responses if one and "units" in one), {}),
        }
        if any(one and one["batchItemFailures"] for one in responses):
            raise AssertionError("The function must process every file.")
        output.write(json.dumps(cost) + "\n")
        output.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
