"""Summaries equal a plain recount of all stored events, after whatever may happen to files and to events.

The real adapters on the deployed tables; files, meters and customers alone are in memory.
"""

import csv
import io
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterdrop.adapters.batching import BatchedEvents, BatchedUsage, Threads
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.metering.event_table import EventReader, EventStore
from meterdrop.adapters.metering.single_events import SingleEventTable
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.domain.changes import Change
from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.contributions import HOUR
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.summary import Scope
from meterdrop.domain.uploads.transitions import UnexpectedStateError, to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Upload
from meterdrop.domain.validation.single_event import MeterEventInput
from meterdrop.pipeline.attempt import Attempt, BusyError
from meterdrop.pipeline.ingest.run import Ingest
from meterdrop.pipeline.requeue import Requeue
from meterdrop.usage.cancel_event import CancelInput, NotFinalError, cancel
from meterdrop.usage.create_event import EventCreation, IdentifierTakenError, MeterEventRefusedError
from meterdrop.usage.summaries import Summaries, Wanted
from meterdrop.usage.time_periods import Equal, Months, Periods
from meterdrop.usage.window_figures import DAY
from tests.support.event_items import ReadEvent, cancelled_ids, read_events
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.catalog import ARRIVAL
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.world import LIFE, World
from tests.unit.pipeline.test_revert import Sent
from tools.stack.local_stack import LocalStack

START = ARRIVAL - ARRIVAL % DAY - DAY
"""Events lie in the two days before the files arrive, few enough hours for them to meet."""
CUSTOMERS = ("cus_a", "cus_a#1", "ü")
_deserialize = TypeDeserializer().deserialize

Row = tuple[str, int, str, str]
_rows = st.tuples(
    st.sampled_from([*CUSTOMERS, "nobody"]),
    st.sampled_from([START, START + 59, START + 60, START + HOUR - 1, START + HOUR, START + DAY + 7 * HOUR + 90]),
    st.sampled_from(["1", "-2.5", "0.000000000001", "999999999999999", "400", "x", ""]),
    st.sampled_from(["", "", "", "a", "b", "c"]),
)
_steps = st.one_of(
    st.tuples(st.just("file"), st.lists(_rows, min_size=1, max_size=8)),
    st.tuples(st.just("file that crashes"), st.lists(_rows, min_size=1, max_size=8), st.integers(1, 14), st.booleans()),
    st.tuples(st.just("by hand"), _rows),
    st.tuples(st.just("cancel"), st.integers(0, 30)),
    st.tuples(st.just("deliver again"), st.integers(0, 5)),
    st.tuples(st.just("revert"), st.integers(0, 5)),
    st.tuples(st.just("reprocess"), st.integers(0, 5)),
    st.tuples(st.just("revert that crashes"), st.integers(0, 5), st.integers(1, 6), st.booleans()),
    st.tuples(st.just("customer comes or goes")),
)


@dataclass(slots=True)
class Account:
    """One meter of each formula with its customers, on tables that other accounts share."""

    stack: LocalStack
    json_client: JsonClient
    formula: Formula
    name: str = field(default_factory=lambda: secrets.token_hex(6))
    world: World = field(default_factory=World)
    ingest: Ingest = field(init=False)

    def __post_init__(self) -> None:
        """Put the real tables under the pipeline."""
        tables, client = self.stack.outputs, self.stack.clients.dynamodb()
        world, json_client = self.world, self.json_client
        world.meters.stored = {self.meter.id: self.meter}
        for customer in CUSTOMERS:
            world.customers.add(customer)
        uploads = UploadTable(client, tables.uploads_table)

        threads = Threads()
        ports = world.ports_on(threads)

        def events(upload: Upload) -> BatchedEvents:
            store = EventStore(
                json_client, tables.events_table, upload.id, upload.created, writes_blocks=not upload.has_ended
            )
            table: Any = Switched(store, world)
            return BatchedEvents(table, threads)

        def usage(upload: Upload) -> BatchedUsage:
            table: Any = Switched(UsageTable(json_client, tables.usage_table, upload.id, upload.created), world)
            return BatchedUsage(table, threads)

        self.ingest = Ingest(
            replace(ports, uploads=uploads, events=events, usage=usage),
            BUCKET,
            None,
        )

    @property
    def meter(self) -> Meter:
        """The one meter."""
        return Meter(id=f"mtr_{self.name}", event_name=self.name, display_name="", formula=self.formula)

    @property
    def entries(self) -> SingleEventTable:
        """The events to add to and to cancel."""
        tables = self.stack.outputs
        return SingleEventTable(
            self.json_client,
            self.stack.clients.dynamodb(),
            events=tables.events_table,
            usage=tables.usage_table,
            uploads=tables.uploads_table,
        )

    def drop(self, rows: list[Row]) -> None:
        """Drop a file; its bytes are no other's."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["timestamp", "event_name", "payload_stripe_customer_id", "payload_value", "identifier"])
        for customer, timestamp, value, identifier in rows:
            writer.writerow([timestamp, self.name, customer, value, self.identifier(identifier)])
        count = len(self.world.objects.dropped)
        self.world.drop(text.getvalue().encode(), f"uploads/{self.name}/{count}.csv", allow_duplicate=True)

    def identifier(self, identifier: str) -> str:
        """Return an identifier that no other account has."""
        return identifier and f"{self.name}-{identifier}"

    def deliver(self, number: int = -1) -> None:
        """Deliver the notification of a file until there is nothing to do any more."""
        versions = list(self.world.objects.dropped)
        if not versions:
            return
        self._see_through(lambda attempt: self.ingest.run(versions[number % len(versions)], ARRIVAL, attempt))

    def begin(self, number: int, change: Callable[[Upload], Upload]) -> str | None:
        """Bring a file on its way again; returns its upload's id, None where that cannot be."""
        versions = list(self.world.objects.dropped)
        if not versions:
            return None
        upload_id = versions[number % len(versions)].upload_id
        requeue = Requeue(self.ingest.ports.uploads, self.world.objects, Sent(), BUCKET)
        with suppress(UnexpectedStateError):
            requeue.begin(upload_id, change, Change("test"))
            return upload_id
        return None

    def resume(self, upload_id: str | None) -> None:
        """Deliver the message that a file is to go on."""
        if upload_id is not None:
            self._see_through(lambda attempt: self.ingest.resume(upload_id, attempt))

    def _see_through(self, go_on: Callable[[Attempt], object]) -> None:
        for _ in range(3):
            try:
                go_on(self.world.attempt())
            except BusyError as busy:
                self.world.now += busy.seconds + 1
            else:
                return
        raise AssertionError("the file is never taken up")

    def events(self) -> list[ReadEvent]:
        """Return all events that are stored of the meter."""
        found = (event for item in self._scan(self.stack.outputs.events_table) for event in read_events(item))
        return [event for event in found if event.meter == self.meter.id]

    def counted(self) -> list[ReadEvent]:
        """Return those that are not cancelled."""
        cancelled = cancelled_ids(self._scan(self.stack.outputs.usage_table))
        return [event for event in self.events() if event.id not in cancelled]

    def _scan(self, table: str) -> Iterator[dict[str, Any]]:
        pages = self.stack.clients.dynamodb().get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        for page in pages:
            for item in page["Items"]:
                yield {name: _deserialize(value) for name, value in item.items()}


class Switched:
    """An adapter whose calls go through the world's switch, so that one of them can break."""

    def __init__(self, adapter: Any, world: World) -> None:
        """Stand before an adapter."""
        self._adapter = adapter
        self._world = world

    def __getattr__(self, name: str) -> Any:
        """Return what the adapter has; its calls behind the switch."""
        found = getattr(self._adapter, name)
        if name not in {"insert", "read_blocks", "read_singles", "put", "delete", "remove"}:
            return found

        def call(*arguments: Any) -> Any:
            with self._world.switch.call(name):
                return found(*arguments)

        return call


def take(account: Account, step: tuple[Any, ...]) -> None:
    """Take one step."""
    match step:
        case ["file", rows]:
            account.drop(rows)
            account.deliver()
        case ["file that crashes", rows, at, took_effect]:
            account.drop(rows)
            account.world.switch.plan(Crash(at, took_effect=took_effect, kills=True))
            with suppress(CrashError):
                account.deliver()
            account.world.switch.plan(None)
            account.world.now += LIFE + 60
            account.deliver()
        case ["by hand", [customer, timestamp, value, identifier]]:
            world = account.world
            payload = {"stripe_customer_id": customer, "value": value}
            entry = MeterEventInput(
                timestamp=str(timestamp),
                event_name=account.name,
                identifier=account.identifier(identifier),
                payload=payload,
            )
            with suppress(MeterEventRefusedError, IdentifierTakenError, NotFinalError):
                adding = EventCreation(world.meters, world.customers, world.periods, account.entries, None)
                adding.add(entry, f"req_{secrets.token_hex(13)}", int(world.now))
        case ["cancel", number]:
            if found := sorted(event.id for event in account.events()):
                cancel(account.entries, CancelInput(account.name, found[number % len(found)]), int(account.world.now))
        case ["deliver again", number]:
            account.deliver(number)
        case _:
            bring_on(account, step)


def bring_on(account: Account, step: tuple[Any, ...]) -> None:
    """Take a step that brings a final upload on its way again, or one that changes what comes of it."""
    match step:
        case ["revert", number]:
            account.resume(account.begin(number, to_revert))
        case ["reprocess", number]:
            account.resume(account.begin(number, to_reprocess))
        case ["revert that crashes", number, at, took_effect]:
            upload_id = account.begin(number, to_revert)
            account.world.switch.plan(Crash(at, took_effect=took_effect, kills=True))
            with suppress(CrashError):
                account.resume(upload_id)
            account.world.switch.plan(None)
            account.world.now += LIFE + 60
            account.resume(upload_id)
        case ["customer comes or goes"]:
            customers = account.world.customers
            if customers.stored.pop("nobody", None) is None:
                customers.add("nobody")


def recounted(events: list[ReadEvent], formula: Formula, customer: str | None, start: int, end: int) -> Any:
    """Return the value of a window's events, and their number."""
    found = [event for event in events if customer in (None, event.customer) and start <= event.timestamp < end]
    found.sort(key=lambda event: (event.timestamp, event.received, event.owner, event.row))
    values = [event.value for event in found if event.value is not None]
    plain: dict[Formula, Callable[[], Decimal]] = {
        Formula.SUM: lambda: sum(values, Decimal(0)),
        Formula.COUNT: lambda: Decimal(len(found)),
        Formula.LAST: lambda: values[-1] if values else Decimal(0),
        Formula.MAX: lambda: max(values, default=Decimal(0)),
        Formula.MIN: lambda: min(values, default=Decimal(0)),
    }
    return plain[formula](), len(found)


def windows() -> Iterator[tuple[Periods, int, int, bool]]:
    """Give ways to ask: whole, cut, by hour, day, month; and whether periods without events are left out."""
    yield Equal(3 * DAY, START), START, START + 3 * DAY, False
    yield Equal(HOUR, START + 60), START + 60, START + HOUR + 60, False
    yield Equal(60, START), START, START + 60, False
    yield Equal(HOUR), START, START + 2 * DAY, True
    yield Equal(DAY), START, START + 2 * DAY, True
    yield Months(START + 90), START, START + 2 * DAY, False


def touched(periods: Periods, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give the periods that touch a window."""
    while start < end:
        period = periods.at(start)
        yield period.start, period.end
        start = period.end


@given(st.sampled_from(Formula), st.lists(_steps, min_size=1, max_size=9))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_summaries_equal_a_recount(
    stack: LocalStack, json_client: JsonClient, formula: Formula, steps: list[tuple[Any, ...]]
) -> None:
    """By every formula, of one customer and of all, in whatever periods."""
    account = Account(stack, json_client, formula)
    for step in steps:
        take(account, step)
    events = account.counted()
    tables = stack.outputs
    with ThreadPoolExecutor(2) as executor:
        usage = UsageReader(json_client, tables.usage_table, executor)
        summaries = Summaries(usage, EventReader(json_client, tables.events_table), executor)
        for customer in (*CUSTOMERS, None):
            for periods, start, end, only_used in windows():
                wanted = Wanted(
                    scope=Scope(account.meter.id, customer),
                    formula=formula,
                    periods=periods,
                    start=start,
                    end=end,
                    only_used=only_used,
                )
                given = {
                    (summary.start, summary.end): (summary.value, summary.event_count)
                    for summary in summaries.walk(wanted, now=int(account.world.now))
                }
                expected = {
                    period: recounted(events, formula, customer, *period) for period in touched(periods, start, end)
                }
                assert {period: figures for period, figures in expected.items() if figures[1] or not only_used} == given
