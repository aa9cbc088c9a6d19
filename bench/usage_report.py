"""Usage reports of many customers and meters, and the close of their billing period: time, memory, and read units."""

import json
import sys
from typing import Any

from bench.figures import Figure
from bench.processes import output_of, responder
from bench.report_responder import used

_CUSTOMERS, _METERS = 10_000, 10
_LINES = _CUSTOMERS * _METERS
_UPLOADS = {"one file a month": 1, "one file a day": 30}
_RUNS = {"one file a month": 5, "one file a day": 1}
_MIB = 1024 * 1024
_SECONDS = 60
_PEAK_MIB = 256


def figures() -> list[Figure]:
    """Measure the report of a month, with one upload a month and with one a day."""
    return [figure for name in _UPLOADS for figure in _figures(name)]


def _figures(name: str) -> list[Figure]:
    what, uploads = _what(name), _UPLOADS[name]
    with responder(str(_CUSTOMERS), str(uploads), module="bench.report_responder") as port:
        costs = [_run("bench.report_process", port) for _ in range(_RUNS[name])]
    for cost in costs:
        if cost["lines"] != _LINES or cost["sum"] != _METERS * used(_CUSTOMERS, uploads):
            raise AssertionError("A report must have the usage of every customer and meter.")
    return [
        Figure.from_runs(f"report: processor time, {what}", "s", _each(costs, "cpu"), _SECONDS),
        Figure.from_runs(f"report: time with the responder, {what}", "s", _each(costs, "wall")),
        Figure.from_runs(f"report: peak memory, {what}", "MiB", _each(costs, "peak", _MIB), _PEAK_MIB),
        Figure.from_runs(f"report: read units, {what}", "units", _each(costs[:1], "units")),
        Figure.from_runs(f"report: size of the CSV, {what}", "MiB", _each(costs[:1], "bytes", _MIB)),
    ]


def close_figures() -> list[Figure]:
    """Measure the first close of a month with one upload, and the second close, without any change in between."""
    name = "one file a month"
    with responder(str(_CUSTOMERS), str(_UPLOADS[name]), module="bench.report_responder") as port:
        runs = [_run("bench.close_process", port) for _ in range(_RUNS[name])]
    for first, second in runs:
        if (first["lines"], first["events"], second["lines"]) != (_LINES, _LINES, 0):
            raise AssertionError("Statement 1 must have all usage, and statement 2 none.")
    return [figure for number in range(2) for figure in _close(number, [run[number] for run in runs])]


def _close(number: int, costs: list[dict[str, Any]]) -> list[Figure]:
    what = f"statement {number + 1}, {_what('one file a month')}"
    return [
        Figure.from_runs(f"close: processor time, {what}", "s", _each(costs, "cpu"), _SECONDS),
        Figure.from_runs(f"close: time with the responder, {what}", "s", _each(costs, "wall")),
        Figure.from_runs(f"close: peak memory, {what}", "MiB", _each(costs, "peak", _MIB), _PEAK_MIB),
        Figure.from_runs(f"close: size of the CSV, {what}", "MiB", _each(costs[:1], "bytes", _MIB)),
    ]


def _what(name: str) -> str:
    return f"{_CUSTOMERS:,} customers, {_METERS} meters, {name}"


def _run(module: str, port: str) -> Any:  # noqa: ANN401
    return json.loads(output_of([sys.executable, "-m", module, port, str(_METERS)]))


def _each(costs: list[dict[str, Any]], name: str, unit: int = 1) -> list[float]:
    return [cost[name] / unit for cost in costs]
