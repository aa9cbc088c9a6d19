"""The deployed stack on the emulator: from a dropped file to its final status, against the emulator's own floor."""

from concurrent.futures import ThreadPoolExecutor

import urllib3
from botocore.credentials import Credentials

from bench.alternating import alternate, ratios, wall_seconds
from bench.figures import Figure
from bench.files import Shape, file_of
from bench.processes import NAIVE, Function, function_in
from bench.recorded import Call, record
from bench.stack import EVENTS, USAGE, Stack
from meterdrop.adapters.batching import THREADS
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient

ROWS = 20_000
FILE = Shape(ROWS, days=1)
_MOST = 1.3


def figures(stack: Stack) -> list[Figure]:
    """Measure ours, the same items by bare calls, and the naive Lambda, in turns."""
    data, floor = file_of(FILE), _Floor(stack)
    bucket = f"bench-{stack.fresh()}"
    stack.running.clients.s3().create_bucket(Bucket=bucket)
    with function_in(stack.environment(bucket, EVENTS), NAIVE) as naive, ThreadPoolExecutor(THREADS) as executor:
        # Not the same bytes twice: those would be duplicates.
        costs = alternate(
            {
                "ours": lambda: _dropped(stack, data),
                "floor": lambda: floor.seconds(executor),
                "naive": lambda: _naive(stack, naive, bucket, data),
            }
        )
    what = f"{ROWS:,} rows, one day"
    return [
        Figure.of(
            f"emulator: dropped to final against the emulator's floor, {what}",
            "times as long",
            ratios(costs["ours"], costs["floor"]),
            _MOST,
        ),
        Figure.of(
            f"emulator: dropped to final against the naive Lambda, {what}",
            "times as long",
            ratios(costs["ours"], costs["naive"]),
        ),
        *(Figure.of(f"emulator: {name}, {what}", "s", costs[name]) for name in costs),
    ]


class _Floor:
    """The calls that write an upload's rows, sent as they are; each time under another upload's id."""

    def __init__(self, stack: Stack) -> None:
        self._upload_id, self._calls = record(file_of(FILE), events=EVENTS, usage=USAGE)
        running = stack.running
        credentials = Credentials(str(running.clients.access_key_id), str(running.clients.secret_access_key))
        endpoint = Endpoint(running.endpoint_url, running.region, credentials, urllib3.Timeout(60))
        self._json_client = JsonClient(endpoint, connections=THREADS, before_call=lambda: None)
        self._fresh = stack.fresh

    def seconds(self, executor: ThreadPoolExecutor) -> float:
        """Send all, on as many threads as an upload does; returns how long that takes."""
        id_ = f"upl_{self._fresh():a>26}"
        calls = [Call(operation, body.replace(self._upload_id, id_)) for operation, body in self._calls]
        return wall_seconds(lambda: list(executor.map(self._send, calls)))

    def _send(self, call: Call) -> None:
        if b'"Error"' in self._json_client.call(call.operation, call.body):
            raise AssertionError("every item must be new")


def _dropped(stack: Stack, data: bytes) -> float:
    key, blank_lines = f"uploads/{stack.fresh()}.csv", b"\n" * int(stack.fresh())
    return wall_seconds(lambda: stack.drop(key, data + blank_lines))


def _naive(stack: Stack, naive: Function, bucket: str, data: bytes) -> float:
    key = f"{stack.fresh()}.csv"
    stack.put(bucket, key, data)
    return naive.take((key, "null")).wall
