"""The summary of a month against reading every event of it, and how it grows with uploads; with the real adapters."""

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

from bench.alternating import RUNS
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
_AT_LEAST = 10
_CUT = 1_800  # half an hour: the window begins and ends within one
_WINDOWS = {"whole month": (START, END), "month that cuts two hours": (START + _CUT, END - _CUT)}


class Run(NamedTuple):
    """What one way cost."""

    value: Decimal
    seconds: float
    cpu: float
    calls: int
    units: int


class Reading:
    """Both ways of reading the month."""

    def __init__(self, json_client: JsonClient, pool: ThreadPoolExecutor, size: Size) -> None:
        """Read with the real adapters."""
        self._json_client = json_client
        self._pool = pool
        self._events = EventReader(json_client, "events")
        self._usage = UsageReader(json_client, "usage", pool)
        self._ids = [id_ for id_, _ in event_items(size)]

    def by_contributions(self, start: int, end: int) -> Decimal:
        """Sum up as the API does."""
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
        """Read every event of the month, whose ids are known here for nothing, and add up those in the window."""
        chunks = [self._ids[at : at + READ_LIMIT] for at in range(0, len(self._ids), READ_LIMIT)]
        return sum(
            (
                event.value
                for found in self._pool.map(self._events.read, chunks)
                for event in found.values()
                if event.value is not None and start <= event.timestamp < end
            ),
            Decimal(0),
        )

    def measured(self, call: Callable[[], Decimal]) -> Run:
        """Run one way."""
        wall, cpu = time.perf_counter(), time.process_time()
        value = call()
        seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
        calls, units = json.loads(self._json_client.call("Counts", "{}"))
        return Run(value, seconds, cpu, calls, units)


def figures() -> list[Figure]:
    """Measure a whole month, and one whose window cuts two hours, each beside reading all events; then the growth."""
    return [*_against_events(), *_growth()]


def _against_events() -> list[Figure]:
    with _reading(_MONTH) as reading:
        rounds = [_round(reading) for _ in range(RUNS)]
    expected = [*(used(_MONTH, *window) for window in _WINDOWS.values()), used(_MONTH, START, END)]
    if any([run.value for run in runs] != expected for runs in rounds):
        raise AssertionError("every way must come to what was used")
    return [figure for place in range(len(_WINDOWS)) for figure in _figures(place, rounds)]


def _growth() -> list[Figure]:
    whole = _WINDOWS["whole month"]
    with ExitStack() as stack:
        readings = {n: stack.enter_context(_reading(Size(n, _ROWS_OF_EACH))) for n in _UPLOADS}
        for reading in readings.values():
            reading.by_contributions(*whole)  # connections are made
        ways = {
            n: partial(lambda reading: reading.measured(partial(reading.by_contributions, *whole)).cpu, reading)
            for n, reading in readings.items()
        }
        return curve("uploads in a summary", ways, None)


@contextmanager
def _reading(size: Size) -> Iterator[Reading]:
    with (
        responder(str(size.uploads), str(size.rows), module="bench.month_responder") as port,
        ThreadPoolExecutor(_THREADS) as pool,
    ):
        endpoint = Endpoint(f"http://127.0.0.1:{port}", "local", Credentials("a", "b"), urllib3.Timeout(30))
        yield Reading(JsonClient(endpoint, connections=_THREADS, before_call=lambda: None), pool, size)


def _round(reading: Reading) -> list[Run]:
    """Run each way once: by contributions for each window, then by events, which costs the same for all."""
    runs = [reading.measured(partial(reading.by_contributions, *window)) for window in _WINDOWS.values()]
    every = reading.measured(partial(reading.by_events, START, END))
    return [*runs, every]


def _figures(place: int, rounds: list[list[Run]]) -> list[Figure]:
    what = f"{list(_WINDOWS)[place]}, {_MONTH.uploads} uploads, {_MONTH.events:,} events"
    return [
        Figure.of(
            f"summary: against reading every event, {what}",
            TIMES_AS_FAST,
            [runs[-1].seconds / runs[place].seconds for runs in rounds],
            _AT_LEAST,
        ),
        Figure.of(f"summary: {what}", "s", [runs[place].seconds for runs in rounds]),
        Figure.of(f"summary: read units, {what}", "units", [rounds[0][place].units]),
        Figure.of(f"summary: read units of every event, {what}", "units", [rounds[0][-1].units]),
    ]
