"""The deployed stack on the emulator: from an upload to its final status, against the emulator's own floor."""

import json
from concurrent.futures import ThreadPoolExecutor

import urllib3
from botocore.credentials import Credentials

from bench.alternating import alternate, ratios, wall_seconds
from bench.figures import Figure
from bench.files import Shape, file_of
from bench.processes import BASELINE, Function, function_in
from bench.recorded import Call, record
from bench.stack import EVENTS, USAGE, Stack
from bench.whole_job import BASELINE_LAMBDA
from meterdrop.adapters.batching import THREADS
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient

ROWS = 20_000
FILE = Shape(ROWS, days=1)
_TARGET = 1.3


def figures(stack: Stack) -> list[Figure]:
    """Measure Meterdrop, bare calls that write the same items, and the baseline Lambda, in turns."""
    data, floor = file_of(FILE), _Floor(stack)
    bucket = f"bench-{stack.unique_text()}"
    stack.running.clients.s3().create_bucket(Bucket=bucket)
    with function_in(stack.environment(bucket, EVENTS), BASELINE) as baseline, ThreadPoolExecutor(THREADS) as executor:
        # The bytes differ from run to run: Meterdrop refuses the same bytes as a duplicate file.
        costs = alternate(
            {
                "Meterdrop": lambda: _upload(stack, data),
                "floor": lambda: floor.seconds(executor),
                BASELINE_LAMBDA: lambda: _baseline(stack, baseline, bucket, data),
            }
        )
    what = f"{ROWS:,} rows, one day"
    return [
        Figure.from_runs(
            f"emulator: upload to final status against the emulator's floor, {what}",
            "times as long",
            ratios(costs["Meterdrop"], costs["floor"]),
            _TARGET,
        ),
        Figure.from_runs(
            f"emulator: upload to final status against the baseline Lambda, {what}",
            "times as long",
            ratios(costs["Meterdrop"], costs[BASELINE_LAMBDA]),
        ),
        *(Figure.from_runs(f"emulator: {name}, {what}", "s", costs[name]) for name in costs),
    ]


class _Floor:
    """The calls that write an upload's rows, sent unchanged except for a new upload ID each time."""

    def __init__(self, stack: Stack) -> None:
        self._upload_id, self._calls = record(file_of(FILE), events=EVENTS, usage=USAGE)
        running = stack.running
        credentials = Credentials(str(running.clients.access_key_id), str(running.clients.secret_access_key))
        endpoint = Endpoint(running.endpoint_url, running.region, credentials, urllib3.Timeout(60))
        self._json_client = JsonClient(endpoint, connections=THREADS)
        self._unique_text = stack.unique_text

    def seconds(self, executor: ThreadPoolExecutor) -> float:
        """Send all calls on as many threads as an upload uses; return the seconds."""
        id_ = f"upl_{self._unique_text():a>26}"
        calls = [
            Call(operation, json.loads(json.dumps(request).replace(self._upload_id, id_)))
            for operation, request in self._calls
        ]
        return wall_seconds(lambda: list(executor.map(self._send, calls)))

    def _send(self, call: Call) -> None:
        if any("Error" in each for each in self._json_client.call(*call).get("Responses", ())):
            raise AssertionError("Every item must be new.")


def _upload(stack: Stack, data: bytes) -> float:
    key, blank_lines = f"uploads/{stack.unique_text()}.csv", b"\n" * int(stack.unique_text())
    return wall_seconds(lambda: stack.upload(key, data + blank_lines))


def _baseline(stack: Stack, baseline: Function, bucket: str, data: bytes) -> float:
    key = f"{stack.unique_text()}.csv"
    stack.put_object(bucket, key, data)
    return baseline.process_objects((key, "null")).wall
