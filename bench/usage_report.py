"""Usage reports of many customers and meters: time, memory, and read units."""

import json
import sys
from typing import Any

from bench.figures import Figure
from bench.processes import output_of, responder
from bench.report_responder import used

_CUSTOMERS, _METERS = 10_000, 10
_UPLOADS = {"one file a month": 1, "one file a day": 30}
_MIB = 1024 * 1024
_SECONDS = 60
_PEAK_MIB = 256


def figures() -> list[Figure]:
    """Measure the report of a month, with one upload a month and with one a day."""
    return [figure for name, uploads in _UPLOADS.items() for figure in _figures(name, uploads)]


def _figures(name: str, uploads: int) -> list[Figure]:
    what = f"{_CUSTOMERS:,} customers, {_METERS} meters, {name}"
    with responder(str(_CUSTOMERS), str(uploads), module="bench.report_responder") as port:
        cost: dict[str, Any] = json.loads(output_of([sys.executable, "-m", "bench.report_process", port, str(_METERS)]))
    if cost["lines"] != _CUSTOMERS * _METERS or cost["sum"] != _METERS * used(_CUSTOMERS, uploads):
        raise AssertionError("A report must have the usage of every customer and meter.")
    return [
        Figure.from_runs(f"report: processor time, {what}", "s", [cost["cpu"]], _SECONDS),
        Figure.from_runs(f"report: time with the responder, {what}", "s", [cost["wall"]]),
        Figure.from_runs(f"report: peak memory, {what}", "MiB", [cost["peak"] / _MIB], _PEAK_MIB),
        Figure.from_runs(f"report: read units, {what}", "units", [cost["units"]]),
        Figure.from_runs(f"report: size of the CSV, {what}", "MiB", [cost["bytes"] / _MIB]),
    ]
