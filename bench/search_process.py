"""The API function in a process of its own: it reads a line for each request, and prints a line with its cost.

The first line holds the function's environment and an API key.
"""

import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.function_process import Context

_SAMPLE = Path(__file__).parents[1] / "events" / "api-list-uploads.json"


def request(path: str, parameters: dict[str, str], key: str) -> dict[str, Any]:
    """Make the event of a GET request."""
    event: dict[str, Any] = json.loads(_SAMPLE.read_text(encoding="utf-8"))
    event |= {"rawPath": path, "rawQueryString": urlencode(parameters), "queryStringParameters": parameters}
    event["headers"]["authorization"] = f"Bearer {key}"
    event["requestContext"]["http"]["path"] = path
    return event


def main() -> None:
    """Serve until the standard input ends; raise AssertionError if the function refuses a request."""
    environment, key = json.loads(sys.stdin.readline())
    os.environ |= environment
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115 (discards the function's log until the process ends)
    handler = importlib.import_module("meterdrop.handlers.api").handler
    for line in sys.stdin:
        path, parameters = json.loads(line)
        event = request(path, parameters, key)
        cpu, wall = time.process_time(), time.perf_counter()
        response = handler(event, Context())
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        if response["statusCode"] != 200:  # noqa: PLR2004
            raise AssertionError(response["body"])
        found = len(json.loads(response["body"])["data"])
        output.write(json.dumps({"cpu": cpu, "wall": wall, "found": found}) + "\n")
        output.flush()


if __name__ == "__main__":
    main()
