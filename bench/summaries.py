"""Summaries of a month with the real adapters: against reading every event, and with many uploads or API events."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from bench.alternating import ROUNDS
from bench.clients import json_client
from bench.figures import TIMES_AS_FAST, Figure
from bench.growing import curve
from bench.month import CUSTOMER, END, METER, START, Size, upload_id, used
from bench.processes import responder
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.summary import Scope
from meterdrop.usage.summaries import Summaries, Wanted
from meterdrop.usage.time_periods import Equal

_THREADS = 8
_MONTH = Size(uploads=200, rows=500)
_UPLOADS = (1, 10, 100, 1_000)
_ROWS_OF_EACH = 50
_TARGET = 8
_HALF_HOUR_SECONDS = 1_800
_WINDOWS = {
    "whole month": (START, END),
    "month with two partial hours": (START + _HALF_HOUR_SECONDS, END - _HALF_HOUR_SECONDS),
}
# Of about the same size: a roll-up has longer numbers if there is more usage.
_ONE, _MANY = Size(1, 100_000, whole=True), Size(10_000, 24, whole=True)
_ENTRIES = Size(1, 1_440, entries=1_000_000, whole=True)
_EQUAL, _AFTER_UPLOAD_CALLS, _SECONDS = 1.05, 40, 1.0


class Run(NamedTuple):
    """The result of one way to read the month, and its cost."""

    value: Decimal
    seconds: float
    cpu: float
    calls: int
    units: int


class MonthReader:
    """The ways to read the month."""

    def __init__(self, client: JsonClient, pool: ThreadPoolExecutor, size: Size) -> None:
        """Create the real adapters."""
        self._client = client
        self._pool = pool
        self._events = EventReader(client, "events")
        self._usage = UsageReader(client, "usage", pool)
        self._ids = [f"{upload_id(number)}:{row}" for number in range(size.uploads) for row in range(1, size.rows + 1)]

    def summary(self, start: int, end: int, customer: str | None = CUSTOMER) -> Decimal:
        """Calculate the summary like the API."""
        wanted = Wanted(
            scope=Scope(METER.id, customer),
            formula=Formula.SUM,
            periods=Equal(end - start, origin=start),
            start=start,
            end=end,
            only_used=False,
        )
        [summary] = Summaries(self._usage, self._events, self._pool).walk(wanted, now=END)
        return summary.value

    def every_event(self, start: int, end: int) -> Decimal:
        """Read every event of the month by its ID, which costs nothing to find here; add up those in the window."""
        events = self._events.read(self._ids).values()
        return sum(
            (event.value for event in events if event.value is not None and start <= event.timestamp < end), Decimal(0)
        )

    def add_upload(self) -> None:
        """Add one more upload."""
        self._client.call("AddUpload", {})

    def measure(self, call: Callable[[], Decimal]) -> Run:
        """Run one way to read the month."""
        wall, cpu = time.perf_counter(), time.process_time()
        value = call()
        seconds, cpu = time.perf_counter() - wall, time.process_time() - cpu
        calls, units, _ = self._client.call("Counts", {})["counts"]
        return Run(value, seconds, cpu, calls, units)


def figures() -> list[Figure]:
    """Compare windows with reading all events; measure growth; then months of many uploads and API events."""
    return [*_against_events(), *_growth(), *_many_uploads(), *_many_entries()]


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
            reader.summary(*whole)  # creates the connections
        ways = {
            n: partial(lambda reader: reader.measure(partial(reader.summary, *whole)).cpu, reader)
            for n, reader in readers.items()
        }
        return curve("uploads in a summary of one customer", ways, None)


def _many_uploads() -> list[Figure]:
    """Compare a month of many uploads with a month of one, over all customers."""
    with _month_reader(_ONE) as one, _month_reader(_MANY) as many:
        first = {name: _of_all(reader) for name, reader in (("one", one), ("many", many))}
        again = [(_of_all(one), _of_all(many)) for _ in range(ROUNDS)]
        many.add_upload()
        after = _of_all(many)
    sizes = {"one": _ONE, "many": _MANY}
    if any(run.value != used(sizes[name], START, END) for name, run in first.items()) or any(
        (runs[0].value, runs[1].value) != (first["one"].value, first["many"].value) for runs in again
    ):
        raise AssertionError("Every summary must return the usage of the month.")
    expected = used(_MANY._replace(uploads=_MANY.uploads + 1), START, END)
    if after.value <= first["many"].value or after.value != expected:
        raise AssertionError("A summary must have the usage of the new upload.")
    what = f"month over all customers, {_MANY.uploads:,} uploads"
    return [
        Figure.from_runs(
            f"summary: calls against one upload, {what}", "times", [b.calls / a.calls for a, b in again], _EQUAL
        ),
        Figure.from_runs(
            f"summary: read units against one upload, {what}", "times", [b.units / a.units for a, b in again], _EQUAL
        ),
        Figure.from_runs(f"summary: processor time, {what}", "s", [b.cpu for _, b in again]),
        Figure.from_runs(f"summary: calls after one more upload, {what}", "calls", [after.calls], _AFTER_UPLOAD_CALLS),
        Figure.from_runs(f"summary: read units after one more upload, {what}", "units", [after.units]),
        Figure.from_runs(f"summary: calls without a roll-up, {what}", "calls", [first["many"].calls]),
    ]


def _many_entries() -> list[Figure]:
    """Read a month with many events from the API."""
    with _month_reader(_ENTRIES) as reader:
        _of_all(reader)
        runs = [_of_all(reader) for _ in range(ROUNDS)]
    if any(run.value != used(_ENTRIES, START, END) + _ENTRIES.entries for run in runs):
        raise AssertionError("Every summary must return the usage of the month.")
    what = f"month over all customers, {_ENTRIES.entries:,} API events"
    return [
        Figure.from_runs(f"summary: processor time, {what}", "s", [run.cpu for run in runs], _SECONDS),
        Figure.from_runs(f"summary: read units, {what}", "units", [runs[0].units]),
    ]


def _of_all(reader: MonthReader) -> Run:
    return reader.measure(partial(reader.summary, START, END, None))


@contextmanager
def _month_reader(size: Size) -> Iterator[MonthReader]:
    arguments = map(str, (size.uploads, size.rows, size.entries, int(size.whole)))
    with responder(*arguments, module="bench.month_responder") as port, ThreadPoolExecutor(_THREADS) as pool:
        yield MonthReader(json_client(f"http://127.0.0.1:{port}"), pool, size)


def _round(reader: MonthReader) -> list[Run]:
    """Run each way once: the summary of each window, then all events, which cost the same for every window."""
    runs = [reader.measure(partial(reader.summary, *window)) for window in _WINDOWS.values()]
    every = reader.measure(partial(reader.every_event, START, END))
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
