"""The cost of a million events, from measured units and times and the price list."""

from collections.abc import Mapping

from bench import capacity
from bench.figures import Figure
from bench.files import Shape
from bench.lambda_memory import ONE_CORE_MB, SETTINGS, cheapest, gb_seconds, seconds
from bench.prices import dollars
from bench.processes import Cost
from bench.stack import Stack
from bench.whole_job import BASELINE_LAMBDA, FILES, LARGE, NAMED, OF_ONE, USUAL

_MILLION = 1_000_000
_MIB = 1024 * 1024
_OVERHEAD = 100  # bytes that DynamoDB bills for each stored item in addition to its size
_GB = 1_000_000_000
# The calls of an upload without retries. Queue: send, receive, change visibility, delete. S3: the upload itself, then
# head, get, and the deletion of an earlier run's error file. EventBridge: one status event.
_CALLS_PER_FILE = {"invocation": 1, "queue request": 4, "object put": 1, "object get": 3, "bus event": 1}
_BASELINE_CALLS = ("invocation", "object put", "object get")
_FILES_PER_MINUTE = 1_000
_MOST_UNITS = {USUAL: 0.22, LARGE: 0.5, OF_ONE: 0.08, NAMED: 1.3}
_MOST_DOLLARS = {USUAL: 0.15}


def figures(stack: Stack, costs: Mapping[str, list[Cost]]) -> list[Figure]:
    """Count the units on the stack, and calculate the cost with the measured times."""
    reported = capacity.reported(stack, FILES)
    by_file = []
    for name, shape in FILES.items():
        counted = _counted(shape, reported[name])
        by_file += _units(name, shape, counted, reported[name])
        by_file += _bill(name, shape, counted, costs[name])
    return [*by_file, *_baseline(costs[BASELINE_LAMBDA]), *_memory(costs[USUAL]), *_storage()]


def _counted(shape: Shape, reported: Mapping[str, float]) -> dict[str, float]:
    """Return the units of a file: as reported, but of events and usage by size.

    For an INSERT, the emulator reports one unit, whatever its size.
    """
    events, usage = capacity.calculated_sizes(shape)
    return {**reported, "events write": capacity.units(events), "usage write": capacity.units(usage)}


def _units(name: str, shape: Shape, counted: Mapping[str, float], reported: Mapping[str, float]) -> list[Figure]:
    each = {
        "write units per event, all tables": write_units(counted) / shape.rows,
        "write units per event, events table": counted["events write"] / shape.rows,
        "write units per event, usage table": counted["usage write"] / shape.rows,
        "write units per event, usage table, as reported": reported["usage write"] / shape.rows,
        "write units per file, uploads table with its indexes": _of(counted, "uploads", "write"),
        "read units per event, all tables": read_units(counted) / shape.rows,
        # Meterdrop reads an event only if a repeated insert finds it.
        "read units per event, events table": counted.get("events read", 0) / shape.rows,
    }
    first = next(iter(each))
    return [
        Figure.from_runs(f"cost: {what}, {name}", "units", [value], _MOST_UNITS.get(name) if what == first else None)
        for what, value in each.items()
    ]


def write_units(reported: Mapping[str, float]) -> float:
    """Return all write units, including those of indexes."""
    return sum(amount for what, amount in reported.items() if what.endswith(" write"))


def read_units(reported: Mapping[str, float]) -> float:
    """Return all read units."""
    return sum(amount for what, amount in reported.items() if what.endswith(" read"))


def _of(reported: Mapping[str, float], table: str, direction: str) -> float:
    return reported.get(f"{table} {direction}", 0) + reported.get(f"{table} index {direction}", 0)


def _bill(name: str, shape: Shape, reported: Mapping[str, float], costs: list[Cost]) -> list[Figure]:
    times = _MILLION / shape.rows
    bills = [
        {
            "writes": dollars({"write unit": times * write_units(reported)}),
            "reads": dollars({"read unit": times * read_units(reported)}),
            "Lambda": dollars({"GB-second": times * gb_seconds(ONE_CORE_MB, wall=cost.wall, cpu=cost.cpu)}),
            "requests": dollars({what: times * amount for what, amount in _CALLS_PER_FILE.items()}),
        }
        for cost in costs
    ]
    walls, writes = [cost.wall for cost in costs], write_units(reported)
    return [
        Figure.from_runs(
            f"cost: a million events, {name}",
            "dollars",
            [sum(bill.values()) for bill in bills],
            _MOST_DOLLARS.get(name),
        ),
        *(
            Figure.from_runs(f"cost: a million events, only {part}, {name}", "dollars", [bill[part] for bill in bills])
            for part in bills[0]
        ),
        Figure.from_runs(
            f"scale: concurrent ingests, {_FILES_PER_MINUTE:,} files per minute, {name}",
            "invocations",
            [_FILES_PER_MINUTE / 60 * wall for wall in walls],
        ),
        Figure.from_runs(
            f"scale: write units per second, {_FILES_PER_MINUTE:,} files per minute, {name}",
            "units/s",
            [_FILES_PER_MINUTE / 60 * writes],
        ),
        Figure.from_runs(
            f"scale: write units per second of one ingest, {name}", "units/s", [writes / wall for wall in walls]
        ),
    ]


def _baseline(costs: list[Cost]) -> list[Figure]:
    """Calculate the cost of the baseline Lambda: one write for each event, and its duration."""
    rows = FILES[USUAL].rows
    bills = [
        dollars({"write unit": _MILLION})
        + dollars({"GB-second": _MILLION / rows * gb_seconds(ONE_CORE_MB, wall=cost.wall, cpu=cost.cpu)})
        + dollars(
            {what: _MILLION / rows * _CALLS_PER_FILE[what] for what in ("invocation", "object put", "object get")}
        )
        for cost in costs
    ]
    return [Figure.from_runs(f"cost: a million events, baseline Lambda, {USUAL}", "dollars", bills)]


def _memory(costs: list[Cost]) -> list[Figure]:
    """Calculate the cost of the function's duration at each memory setting."""
    rows = FILES[USUAL].rows
    least = [cheapest(wall=cost.wall, cpu=cost.cpu, peak_mb=cost.peak / _MIB) for cost in costs]
    by_setting = [Figure.from_runs(f"cost: cheapest memory setting, {USUAL}", "MB", least)]
    for setting in SETTINGS:
        billed = [gb_seconds(setting, wall=cost.wall, cpu=cost.cpu) for cost in costs]
        durations = [seconds(setting, wall=cost.wall, cpu=cost.cpu) for cost in costs]
        price = [dollars({"GB-second": _MILLION / rows * one}) for one in billed]
        by_setting += [
            Figure.from_runs(f"cost: Lambda for a million events, {setting:,} MB", "dollars", price),
            Figure.from_runs(f"cost: Lambda's time for {rows:,} rows, {setting:,} MB", "s", durations),
        ]
    return by_setting


def _storage() -> list[Figure]:
    events, usage = capacity.calculated_sizes(FILES[USUAL])
    stored = sum(size + _OVERHEAD for size in (*events, *usage)) / FILES[USUAL].rows
    month = dollars({"stored GB-month": stored * _MILLION / _GB})
    return [
        Figure.from_runs(f"cost: stored bytes per event, {USUAL}", "bytes", [stored]),
        Figure.from_runs(f"cost: monthly storage of a million events, {USUAL}", "dollars", [month]),
    ]
