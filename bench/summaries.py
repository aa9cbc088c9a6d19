"""The summary of a month against reading every event, and its growth with uploads, with the real adapters."""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import urllib3
from botocore.credentials import Credentials

from bench.alternating import ROUNDS
from bench.figures import TIMES_AS_FAST, Figure
from bench.growing import curve
from bench.month import CUSTOMER, END, METER, START, Size, event_items, used
from bench.processes import responder
from meterdrop.adapters.dynamodb.batch import READ_LIMIT
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.summary import Scope
from meterdrop.usage.billing_periods import Equal
from meterdrop.usage.summaries import Summaries, Wanted

_THREADS = 8
_MONTH = Size(uploads=200, rows=500)
_UPLOADS = (1, 10, 100, 1_000)
_ROWS_OF_EACH = 50
_TARGET = 10
_HALF_HOUR_SECONDS = 1_800
_WINDOWS = {
    "whole month": (START, END),
    "month with two partial hours": (START + _HALF_HOUR_SECONDS, END - _HALF_HOUR_SECONDS),
}


class Run(NamedTuple):
    """The result of one way to read the month, and its cost."""

    value: Decimal
    seconds: float
    cpu: float
    calls: int
    units: int


class MonthReader:
    """Both ways to read the month."""

    def __init__(self, json_client: JsonClient, pool: ThreadPoolExecutor, size: Size) -> None:
        """Create the real adapters."""
        self._json_client = json_client
        self._pool = pool
        self._events = EventReader(json_client, "events")
        self._usage = UsageReader(json_client, "usage", pool)
        self._ids = [id_ for id_, _ in event_items(size)]

    def by_contributions(self, start: int, end: int) -> Decimal:
        """Calculate the summary like the API."""
        wanted = Wanted(
            scope=Scope(METER.id, CUSTOMER),
            formula=Formula.SUM,
            periods=Equal(end - start, origin=start),
            start=start,
            end=end,
            only_used=False,
        )
        [summary] = Summaries(self._usage, self._events, self._pool).walk(wanted, now=END)
        return summary.value

    def by_events(self, start: int, end: int) -> Decimal:
        """Read every event of the month by its ID, which costs nothing to find here; add up those in the window."""
        chunks = [self._ids[start : start + READ_LIMIT] for start in range(0, len(self._ids), READ_LIMIT)]
        return sum(
            (
                event.value
                for stored in self._pool.map(self._events.read, chunks)
                for event in stored.values()
                if event.value is not None and start <= event.timestamp < end
            ),
            Decimal(0),
        )

    def measure(self, call: Callable[[], Decimal]) -> Run:
        """Run one way to read the month."""
        wall, cpu = time.perf_counter(), time.process_time()
        value = call()
        seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
        calls, units = json.loads(self._json_client.call("Counts", "{}"))
        return Run(value, seconds, cpu, calls, units)


def figures() -> list[Figure]:
    """Compare a whole month, and a window with two partial hours, with reading all events; then measure the growth."""
    return [*_against_events(), *_growth()]


def _against_events() -> list[Figure]:
    with _month_reader(_MONTH) as reader:
        rounds = [_round(reader) for _ in range(ROUNDS)]
    expected = [*(used(_MONTH, *window) for window in _WINDOWS.values()), used(_MONTH, START, END)]
    if any([run.value for run in runs] != expected for runs in rounds):
        raise AssertionError("Every way must return the usage of the month.")
    return [figure for index in range(len(_WINDOWS)) for figure in _figures(index, rounds)]


def _growth() -> list[Figure]:
    whole = _WINDOWS["whole month"]
    with ExitStack() as stack:
        readers = {n: stack.enter_context(_month_reader(Size(n, _ROWS_OF_EACH))) for n in _UPLOADS}
        for reader in readers.values():
            reader.by_contributions(*whole)  # creates the connections
        ways = {
            n: partial(lambda reader: reader.measure(partial(reader.by_contributions, *whole)).cpu, reader)
            for n, reader in readers.items()
        }
        return curve("uploads in a summary", ways, None)


@contextmanager
def _month_reader(size: Size) -> Iterator[MonthReader]:
    with (
        responder(str(size.uploads), str(size.rows), module="bench.month_responder") as port,
        ThreadPoolExecutor(_THREADS) as pool,
    ):
        endpoint = Endpoint(f"http://127.0.0.1:{port}", "local", Credentials("a", "b"), urllib3.Timeout(30))
        yield MonthReader(JsonClient(endpoint, connections=_THREADS), pool, size)


def _round(reader: MonthReader) -> list[Run]:
    """Run each way once: the summary of each window, then all events, which cost the same for every window."""
    runs = [reader.measure(partial(reader.by_contributions, *window)) for window in _WINDOWS.values()]
    every = reader.measure(partial(reader.by_events, START, END))
    return [*runs, every]


def _figures(index: int, rounds: list[list[Run]]) -> list[Figure]:
    what = f"{list(_WINDOWS)[index]}, {_MONTH.uploads} uploads, {_MONTH.events:,} events"
    return [
        Figure.from_runs(
            f"summary: against reading every event, {what}",
            TIMES_AS_FAST,
            [runs[-1].seconds / runs[index].seconds for runs in rounds],
            _TARGET,
        ),
        Figure.from_runs(f"summary: {what}", "s", [runs[index].seconds for runs in rounds]),
        Figure.from_runs(f"summary: read units, {what}", "units", [rounds[0][index].units]),
        Figure.from_runs(f"summary: read units of every event, {what}", "units", [rounds[0][-1].units]),
    ]
