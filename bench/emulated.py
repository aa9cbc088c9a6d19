"""The deployed stack on the emulator: from an upload to its final status, against the baseline Lambda."""

from collections.abc import Iterator

from bench.alternating import alternate, ratios, wall_seconds
from bench.figures import TIMES_AS_FAST, Figure
from bench.files import ROWS, Shape, file_of
from bench.processes import BASELINE, Function, function_in
from bench.stack import EVENTS, Stack
from bench.whole_job import BASELINE_LAMBDA

_FILES = {"20,000 rows, one day": (Shape(20_000, days=1), 5), "5 MiB file, one day": (Shape(10 * ROWS, days=1), 10)}
"""Each with the target, in times as fast as the baseline Lambda on the same file."""


def figures(stack: Stack) -> list[Figure]:
    """Measure Meterdrop and the baseline Lambda in turns."""
    bucket = f"bench-{stack.unique_text()}"
    stack.running.clients.s3().create_bucket(Bucket=bucket)
    with function_in(stack.environment(bucket, EVENTS), BASELINE) as baseline:
        return [
            figure
            for name, (shape, target) in _FILES.items()
            for figure in _measure(stack, baseline, bucket, name, shape, target)
        ]


def _measure(  # noqa: PLR0913, PLR0917
    stack: Stack, baseline: Function, bucket: str, name: str, shape: Shape, target: float
) -> Iterator[Figure]:
    # With room for blank lines: Meterdrop refuses the same bytes under another key, so each run has other bytes.
    data = file_of(shape)[: -len("\n") * 100].rpartition(b"\n")[0] + b"\n"
    costs = alternate(
        {
            "Meterdrop": lambda: _upload(stack, data),
            BASELINE_LAMBDA: lambda: _baseline(stack, baseline, bucket, data),
        }
    )
    yield Figure.from_runs(
        f"emulator: upload to final status against the baseline Lambda, {name}",
        TIMES_AS_FAST,
        ratios(costs[BASELINE_LAMBDA], costs["Meterdrop"]),
        target,
    )
    for way, seconds in costs.items():
        yield Figure.from_runs(f"emulator: {way}, {name}", "s", seconds)


def _upload(stack: Stack, data: bytes) -> float:
    key, blank_lines = f"uploads/{stack.unique_text()}.csv", b"\n" * (int(stack.unique_text()) % 100)
    return wall_seconds(lambda: stack.upload(key, data + blank_lines))


def _baseline(stack: Stack, baseline: Function, bucket: str, data: bytes) -> float:
    key = f"{stack.unique_text()}.csv"
    stack.put_object(bucket, key, data)
    return baseline.process_objects((key, "null")).wall
