"""A Lambda process: takes objects, a line of them at a time, and answers with a line of what they cost.

Started with the module of a handler; the first line holds the function's environment.
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

_MOST = 600_000  # milliseconds that an invocation may take
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
    """What Lambda says about an invocation."""

    function_name: str = "bench"
    memory_limit_in_mb: int = 1_769
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:bench"
    aws_request_id: str = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left."""
        return _MOST


def batch(key: str, version_id: str) -> dict[str, Any]:
    """Make the batch that SQS hands over for one object."""
    stored = {"key": quote_plus(key, safe="/"), "size": 1, "versionId": version_id}
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": "2025-01-01T00:00:00.000Z",
        "s3": {"bucket": {"name": os.environ["UPLOAD_BUCKET"]}, "object": stored},
    }
    return {"Records": [{"messageId": "1", "receiptHandle": "1", "body": json.dumps({"Records": [record]})}]}


def environment(port: str) -> dict[str, str]:
    """Give a function's environment, with all of AWS at a responder's port."""
    endpoint = f"http://127.0.0.1:{port}"
    return ENVIRONMENT | {
        "AWS_ENDPOINT_URL": endpoint,
        "QUEUE_URL": f"{endpoint}/000000000000/queue",
        "DEAD_LETTER_QUEUE_URL": f"{endpoint}/000000000000/dead-letters",
    }


def main(module: str) -> None:
    """Serve until the standard input ends."""
    os.environ |= json.loads(sys.stdin.readline())
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (where the function's log goes, to the end)
    handler = importlib.import_module(module).handler
    for line in sys.stdin:
        events = [batch(key, version_id) for key, version_id in json.loads(line)]
        cpu, wall = time.process_time(), time.perf_counter()
        given = [handler(event, Context()) for event in events]
        cost: dict[str, Any] = {
            "wall": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "peak": peak_bytes(),
            "units": next((one["units"] for one in given if one and "units" in one), {}),
        }
        if any(one and one["batchItemFailures"] for one in given):
            raise AssertionError("every file must be taken")
        answers.write(json.dumps(cost) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
