"""What a million events cost, from measured units and times, by the price list."""

from collections.abc import Mapping

from bench import capacity
from bench.figures import Figure
from bench.files import Shape
from bench.lambda_memory import ONE_CORE_MB, SETTINGS, cheapest, gb_seconds, seconds
from bench.prices import dollars
from bench.processes import Cost
from bench.stack import Stack
from bench.whole_job import FILES, NAIVELY, USUAL

_MILLION = 1_000_000
_MIB = 1024 * 1024
_OVERHEAD = 100  # bytes that every stored item is billed beyond its size
_GB = 1_000_000_000
# Of an upload without trouble, each counted in `pipeline` and `handlers`: sent by S3, received, deleted, hidden longer;
# dropped by somebody; looked at, read, and the error file of an earlier run removed; told to the bus.
_OF_A_FILE = {"invocation": 1, "queue request": 4, "object put": 1, "object get": 3, "bus event": 1}
_MINUTE_FILES = 1_000


def figures(stack: Stack, costs: Mapping[str, list[Cost]]) -> list[Figure]:
    """Count on the stack, and price that with the times that were measured."""
    reported = capacity.reported(stack, FILES)
    found = []
    for name, shape in FILES.items():
        found += _units(name, shape, reported[name])
        found += _priced(name, shape, reported[name], costs[name])
    return [*found, *_naive(costs[NAIVELY]), *_memory(costs[USUAL]), *_storage()]


def _units(name: str, shape: Shape, reported: Mapping[str, float]) -> list[Figure]:
    events, usage = capacity.by_size(shape)
    each = {
        "write units an event, all tables": written(reported) / shape.rows,
        "write units an event, events table": reported["events write"] / shape.rows,
        "write units an event, events table, by size": capacity.units(events) / shape.rows,
        "write units an event, usage table": reported["usage write"] / shape.rows,
        "write units an event, usage table, by size": capacity.units(usage) / shape.rows,
        "write units a file, uploads table with its indexes": _of(reported, "uploads", "write"),
        "read units an event, all tables": read(reported) / shape.rows,
        # Only what is sent again after a lost answer is read back.
        "read units an event, events table": reported.get("events read", 0) / shape.rows,
    }
    return [Figure.of(f"cost: {what}, {name}", "units", [value]) for what, value in each.items()]


def written(reported: Mapping[str, float]) -> float:
    """Return all write units, those of indexes too."""
    return sum(amount for what, amount in reported.items() if what.endswith(" write"))


def read(reported: Mapping[str, float]) -> float:
    """Return all read units."""
    return sum(amount for what, amount in reported.items() if what.endswith(" read"))


def _of(reported: Mapping[str, float], table: str, direction: str) -> float:
    return reported.get(f"{table} {direction}", 0) + reported.get(f"{table} index {direction}", 0)


def _priced(name: str, shape: Shape, reported: Mapping[str, float], costs: list[Cost]) -> list[Figure]:
    times = _MILLION / shape.rows
    bills = [
        {
            "writes": dollars({"write unit": times * written(reported)}),
            "reads": dollars({"read unit": times * read(reported)}),
            "Lambda": dollars({"GB-second": times * gb_seconds(ONE_CORE_MB, wall=cost.wall, cpu=cost.cpu)}),
            "requests": dollars({what: times * amount for what, amount in _OF_A_FILE.items()}),
        }
        for cost in costs
    ]
    index = dollars({"write unit": _MILLION})  # one more for each
    walls, writes = [cost.wall for cost in costs], written(reported)
    return [
        Figure.of(f"cost: a million events, {name}", "dollars", [sum(bill.values()) for bill in bills]),
        Figure.of(
            f"cost: a million events with an index on events, {name}",
            "dollars",
            [sum(bill.values()) + index for bill in bills],
        ),
        *(
            Figure.of(f"cost: a million events, of that {part}, {name}", "dollars", [bill[part] for bill in bills])
            for part in bills[0]
        ),
        Figure.of(
            f"scale: ingests at once, {_MINUTE_FILES:,} files a minute, {name}",
            "invocations",
            [_MINUTE_FILES / 60 * wall for wall in walls],
        ),
        Figure.of(
            f"scale: write units a second, {_MINUTE_FILES:,} files a minute, {name}",
            "units/s",
            [_MINUTE_FILES / 60 * writes],
        ),
        Figure.of(f"scale: write units a second of one ingest, {name}", "units/s", [writes / wall for wall in walls]),
    ]


def _naive(costs: list[Cost]) -> list[Figure]:
    """Price one write an event, and the time that its function takes."""
    rows = FILES[USUAL].rows
    bills = [
        dollars({"write unit": _MILLION})
        + dollars({"GB-second": _MILLION / rows * gb_seconds(ONE_CORE_MB, wall=cost.wall, cpu=cost.cpu)})
        + dollars({what: _MILLION / rows * _OF_A_FILE[what] for what in ("invocation", "object put", "object get")})
        for cost in costs
    ]
    return [Figure.of(f"cost: a million events, naive Lambda, {USUAL}", "dollars", bills)]


def _memory(costs: list[Cost]) -> list[Figure]:
    """Price the function's time at every memory setting."""
    rows = FILES[USUAL].rows
    least = [cheapest(wall=cost.wall, cpu=cost.cpu, peak_mb=cost.peak / _MIB) for cost in costs]
    found = [Figure.of(f"cost: memory with the least cost, {USUAL}", "MB", least)]
    for setting in SETTINGS:
        billed = [gb_seconds(setting, wall=cost.wall, cpu=cost.cpu) for cost in costs]
        taken = [seconds(setting, wall=cost.wall, cpu=cost.cpu) for cost in costs]
        price = [dollars({"GB-second": _MILLION / rows * one}) for one in billed]
        found += [
            Figure.of(f"cost: Lambda for a million events, {setting:,} MB", "dollars", price),
            Figure.of(f"cost: Lambda's time for {rows:,} rows, {setting:,} MB", "s", taken),
        ]
    return found


def _storage() -> list[Figure]:
    events, usage = capacity.by_size(FILES[USUAL])
    stored = sum(size + _OVERHEAD for size in (*events, *usage)) / len(events)
    month = dollars({"stored GB-month": stored * _MILLION / _GB})
    return [
        Figure.of(f"cost: stored bytes an event, {USUAL}", "bytes", [stored]),
        Figure.of(f"cost: a month's storage of a million events, {USUAL}", "dollars", [month]),
    ]
