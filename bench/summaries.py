"""The summary of a month over 200 uploads against reading every event of it, side by side, with the real adapters."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from typing import NamedTuple

import urllib3
from botocore.credentials import Credentials

from bench.figures import Figure
from bench.month import CUSTOMER, END, METER, ROWS, START, UPLOADS, event_items, used
from meterdrop.adapters.batches import READ_LIMIT
from meterdrop.adapters.event_reader import EventReader
from meterdrop.adapters.usage_reader import UsageReader
from meterdrop.adapters.wire import Endpoint, Wire
from meterdrop.domain.codes import Formula
from meterdrop.domain.stored_contribution import Scope
from meterdrop.ledger.periods import Equal
from meterdrop.ledger.summaries import Summaries, Wanted

_RUNS = 5
_THREADS = 8
_CUT = 1_800  # half an hour: the window begins and ends within one
_WINDOWS = {"whole month": (START, END), "month that cuts two hours": (START + _CUT, END - _CUT)}


class Run(NamedTuple):
    """What one way cost."""

    value: Decimal
    seconds: float
    calls: int
    units: int


class Reading:
    """Both ways of reading the month."""

    def __init__(self, wire: Wire, pool: ThreadPoolExecutor) -> None:
        """Read with the real adapters."""
        self._wire = wire
        self._pool = pool
        self._events = EventReader(wire, "events")
        self._usage = UsageReader(wire, "usage", pool)
        self._ids = [id_ for id_, _ in event_items()]

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
        begin = time.perf_counter()
        value = call()
        seconds = time.perf_counter() - begin
        calls, units = json.loads(self._wire.call("Counts", "{}"))
        return Run(value, seconds, calls, units)


def figures() -> list[Figure]:
    """Measure a whole month, and one whose window cuts two hours, each beside reading all events."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.month_responder"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as responder:
        port = responder.stdout.readline().strip() if responder.stdout else ""
        endpoint = Endpoint(f"http://127.0.0.1:{port}", "local", Credentials("a", "b"), urllib3.Timeout(30))
        with ThreadPoolExecutor(_THREADS) as pool:
            reading = Reading(Wire(endpoint, connections=_THREADS, before_call=lambda: None), pool)
            rounds = [_round(reading) for _ in range(_RUNS)]
        responder.communicate("")
    expected = [*(used(*window) for window in _WINDOWS.values()), used(START, END)]
    if any([run.value for run in runs] != expected for runs in rounds):
        raise AssertionError("every way must come to what was used")
    return [_figure(place, rounds) for place in range(len(_WINDOWS))]


def _round(reading: Reading) -> list[Run]:
    """Run each way once: by contributions for each window, then by events, which costs the same for all."""
    runs = [reading.measured(partial(reading.by_contributions, *window)) for window in _WINDOWS.values()]
    every = reading.measured(partial(reading.by_events, START, END))
    return [*runs, every]


def _figure(place: int, rounds: list[list[Run]]) -> Figure:
    name = list(_WINDOWS)[place]
    for way, at in ((f"summary of a {name}", place), ("every event of it", -1)):
        seconds = statistics.median(runs[at].seconds for runs in rounds)
        print(f"  {way}: {rounds[0][at].calls:,} calls, {rounds[0][at].units:,} read units, {seconds:.3f} s")
    ratios = tuple(runs[-1].seconds / runs[place].seconds for runs in rounds)
    title = f"{name} of {UPLOADS} uploads against {UPLOADS * ROWS:,} events"
    return Figure(title, statistics.median(ratios), "times as fast", 10, at_least=True, runs=ratios)
