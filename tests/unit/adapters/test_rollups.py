"""Roll-ups of months: what is read equals a plain recount, whatever is stored, deleted and read at the same time."""

import copy
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterdrop.adapters.dynamodb.batch import delete_items, put_items
from meterdrop.adapters.metering import rollups
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope
from meterdrop.usage.summaries import Summaries, Wanted
from meterdrop.usage.time_periods import Equal
from tests.support.dynamodb.direct import DirectClient
from tests.support.dynamodb.small_dynamodb import SmallDynamoDb
from tests.support.stored_usage import AtOnce, StoredUsage, contributions_of
from tests.support.usage_strategy import CUSTOMERS, METER, in_scope, recount

HOUR = 3_600
FIRST = 1_727_740_800 - 2 * HOUR  # two hours before October 2024
UPLOADS = tuple(f"upl_{letter * 26}" for letter in "abcd")
SCOPES = (Scope(METER, None), *(Scope(METER, customer) for customer in CUSTOMERS))
ALWAYS = range(FIRST // HOUR - 24, FIRST // HOUR + 24 * 60)
VALUES = (Decimal(1), Decimal("-2.5"), None, Decimal("0.000000000001"), Decimal(7), Decimal(7))


def an_event(number: int, row: int) -> StoredEvent:
    """Make a row of the upload of a number. Rows go round customers, hours at the border of two months, and values."""
    owner, time = UPLOADS[number], FIRST + (row + number) % 4 * HOUR + row
    customer, value = CUSTOMERS[(row + number) % 2], VALUES[(row * 5 + number) % 6]
    return StoredEvent(f"{owner}:{row}", owner, row, METER, METER, customer, time, value, {}, received(number))


def received(number: int) -> int:
    """Return the arrival of an upload, each in another bucket."""
    return 1_728_000_000 + number * 600


def is_rollup(item: Mapping[str, Any]) -> bool:
    """Tell whether an item is a roll-up, or a part of one."""
    return str(item["pk"]["S"]).endswith("#rollup")


class World:
    """Stored usage, and the plain list of the events that it should be of."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.stored = StoredUsage()
        self.uploads: dict[int, list[StoredEvent]] = {}
        self.by_api: list[StoredEvent] = []
        self.old_rollups: list[dict[str, Any]] = []

    @property
    def events(self) -> list[StoredEvent]:
        """All events."""
        return [*(event for rows in self.uploads.values() for event in rows), *self.by_api]

    def store(self, number: int, rows: int) -> None:
        """Store an upload, or store it again with more rows."""
        stored = self.uploads.get(number, [])
        more = [an_event(number, row) for row in range(len(stored) + 1, max(rows, len(stored)) + 1)]
        self.uploads[number] = [*stored, *more]
        plain = [event._replace(cancelled=None) for event in self.uploads[number]]
        self.stored.add_upload(UPLOADS[number], received(number), plain)

    def undo(self, number: int, _: int) -> None:
        """Undo an upload."""
        events = self.uploads.pop(number, None)
        if events is not None:
            self.stored.remove_upload(UPLOADS[number], received(number), events)

    def enter(self, number: int, row: int) -> None:
        """Create an event with the API."""
        owner = f"req_{len(self.by_api):026d}"
        event = an_event(number, row)._replace(id=f"{owner}:1", upload=owner, row=1)
        self.stored.add_request(owner, event.received, [event])
        self.by_api.append(event)

    def cancel(self, number: int, row: int) -> None:
        """Cancel one of the events."""
        lists = [events for events in (*self.uploads.values(), self.by_api) if events]
        if not lists:
            return
        events = lists[number % len(lists)]
        place = row % len(events)
        if events[place].cancelled is None:
            events[place] = events[place]._replace(cancelled=9)
            self.stored.cancel([events[place]])

    def read(self, number: int, _: int) -> None:
        """Read all summaries of a scope, and remember the roll-ups."""
        self.assert_exact(SCOPES[number % len(SCOPES)])
        self.old_rollups += copy.deepcopy([item for item in self.stored.items() if is_rollup(item)])

    def lose(self, *_: int) -> None:
        """Delete all roll-ups."""
        for item in filter(is_rollup, self.stored.items()):
            delete_items(self.stored.client, "usage", [{"pk": item["pk"], "sk": item["sk"]}])

    def tear(self, number: int, row: int) -> None:
        """Put old states of some roll-ups and parts back, and delete others."""
        chance = random.Random(number * 7 + row)
        for item in chance.sample(self.old_rollups, min(len(self.old_rollups), 4)):
            put_items(self.stored.client, "usage", [item])
        for item in filter(is_rollup, self.stored.items()):
            if chance.random() < 0.25:
                delete_items(self.stored.client, "usage", [{"pk": item["pk"], "sk": item["sk"]}])

    def assert_exact(self, scope: Scope) -> None:
        """Compare each hour, and all hours together by each formula, with a recount."""
        assert_recounted(self.stored.usage, self.events, scope)
        start, end = ALWAYS.start * HOUR, ALWAYS.stop * HOUR
        for formula in Formula:
            wanted = Wanted(
                scope=scope,
                formula=formula,
                periods=Equal(end - start, origin=start),
                start=start,
                end=end,
                only_used=False,
            )
            summaries = Summaries(self.stored.usage, self.stored.events, AtOnce(), pause=lambda _: None)
            assert [recount(self.events, scope, formula, start, end)] == list(summaries.walk(wanted, now=end))


def figures_by_hour(usage: UsageReader, scope: Scope) -> dict[int, tuple[int, Decimal]]:
    """Read count and sum of each hour."""
    found = usage.hours(scope, ALWAYS, newest_first=False)
    return {used.hour: (used.figures.count, used.figures.sum or Decimal(0)) for used in found}


def recounted_by_hour(events: Iterable[StoredEvent], scope: Scope) -> dict[int, tuple[int, Decimal]]:
    """Count the same."""
    found: dict[int, tuple[int, Decimal]] = {}
    for event in events:
        if in_scope(event, scope):
            count, total = found.get(event.timestamp // HOUR, (0, Decimal(0)))
            is_counted = event.cancelled is None
            value = event.value if event.value is not None and is_counted else Decimal(0)
            found[event.timestamp // HOUR] = (count + is_counted, total + value)
    return found


def assert_recounted(usage: UsageReader, events: Iterable[StoredEvent], scope: Scope) -> None:
    """Compare each hour with a recount."""
    assert recounted_by_hour(events, scope) == figures_by_hour(usage, scope)


steps = st.tuples(
    st.sampled_from(
        [
            World.store,
            World.store,
            World.undo,
            World.enter,
            World.cancel,
            World.read,
            World.read,
            World.lose,
            World.tear,
        ]
    ),
    st.integers(0, len(UPLOADS) - 1),
    st.integers(1, 6),
)


@pytest.mark.parametrize("few", [1, 3])
@settings(max_examples=60, deadline=None)
@given(done=st.lists(steps, max_size=14))
def test_any_steps(few: int, done: list[tuple[Callable[[World, int, int], None], int, int]]) -> None:
    """Summaries equal a recount after any steps, with roll-ups lost, old or of different states at any time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "FEW", few)
        world = World()
        for step, number, row in done:
            step(world, number, row)
        for _ in range(2):
            for scope in SCOPES:
                world.assert_exact(scope)


@pytest.mark.parametrize("change", [World.store, World.undo, World.enter, World.cancel])
def test_a_change_is_seen_at_once(change: Callable[[World, int, int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a month whose roll-ups were current before it."""
    monkeypatch.setattr(rollups, "FEW", 1)
    world = World()
    for number in range(len(UPLOADS)):
        world.store(number, 3)
    for number in range(len(UPLOADS)):
        for scope in SCOPES:
            world.assert_exact(scope)
        change(world, number, 6)
    for scope in SCOPES:
        world.assert_exact(scope)


class Interrupted(DirectClient):
    """Lets a writer make some of its steps before each request of a reader."""

    def __init__(self, database: SmallDynamoDb, writer: Iterator[None], pauses: Iterator[int]) -> None:
        """Read from `database`; `pauses` says how many steps each time."""
        super().__init__(database)
        self._writer = writer
        self._pauses = pauses

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Let the writer go on, then send."""
        for _ in range(next(self._pauses, 0)):
            next(self._writer, None)
        return super().call(operation, request)


def writes_of(table: UsageTable, events: list[StoredEvent], *, is_undo: bool, crash: int | None) -> Iterator[None]:
    """Store or delete the usage of an upload, item by item; of two attempts the first ends after so many items."""
    contributions = contributions_of(UPLOADS[1], events)
    for stop in (crash, None):
        number = 0
        if is_undo:
            stages = [
                *((table.remove, stage) for stage in table.removals(contributions)),
                (table.put, table.stamps(contributions)),
            ]
        else:
            stages = [(table.put, stage) for stage in table.stages(contributions)]
        for write, stage in stages:
            for item in stage:
                if number == stop:
                    break
                number += 1
                write([item])
                yield


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("is_undo", [False, True])
@settings(max_examples=150, deadline=None)
@given(
    pauses=st.lists(st.sampled_from([0, 0, 1, 1, 2, 3, 9]), max_size=30),
    crash=st.one_of(st.none(), st.integers(0, 12)),
    reads=st.lists(st.booleans(), max_size=24),
    is_known=st.booleans(),
)
def test_readers_and_a_writer_at_once(  # noqa: PLR0913  what happens
    *, scope: Scope, is_undo: bool, pauses: list[int], crash: int | None, reads: list[bool], is_known: bool
) -> None:
    """A reader is interrupted before any of its requests, while others read between any two writes.

    What was final before is whole. Usage of the upload is there or not, by the hour. Once the upload is final, no
    reader misses it, or still finds it after an undo.
    """
    own, others = [an_event(1, row) for row in range(1, 7)], [an_event(0, row) for row in range(1, 7)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "FEW", 1)
        stored = StoredUsage([*others, *own] if is_undo else others)
        before, after = ([*others, *own], others) if is_undo else (others, [*others, *own])
        expected = [recounted_by_hour(events, scope) for events in (before, after)]
        if is_known:
            assert_recounted(stored.usage, before, scope)

        def assert_one_of_both(found: Mapping[int, Any]) -> None:
            for hour in set().union(*expected, found):
                assert found.get(hour) in [state.get(hour) for state in expected]

        def writer() -> Iterator[None]:
            turns = iter(reads)
            table = UsageTable(stored.client, "usage", UPLOADS[1], received(1))
            for _ in writes_of(table, own, is_undo=is_undo, crash=crash):
                if next(turns, False):
                    assert_one_of_both(figures_by_hour(stored.usage, scope))
                yield

        writing = writer()
        client: Any = Interrupted(stored.database, writing, iter(pauses))
        reader = UsageReader(client, "usage", AtOnce())
        for _ in range(3):
            assert_one_of_both(figures_by_hour(reader, scope))
        for _ in writing:
            pass
        for _ in range(2):
            assert_recounted(stored.usage, after, scope)
            assert_recounted(reader, after, scope)


def many(count: int) -> StoredUsage:
    """Store uploads of one month in all buckets, each with its own customer and with one that all have."""
    events = [
        StoredEvent(
            f"{number}-{row}",
            f"upl_{number:026d}",
            row,
            METER,
            METER,
            customer,
            FIRST + row,
            Decimal(1),
            {},
            number * 600,
        )
        for number in range(count)
        for row, customer in enumerate((f"cus_{number}", "cus_all"), 1)
    ]
    return StoredUsage(events)


def requests_of(stored: StoredUsage, scope: Scope) -> list[str]:
    """Read a month, and return the operations."""
    stored.client.sent.clear()
    list(stored.usage.hours(scope, ALWAYS, newest_first=False))
    return [operation for operation, _ in stored.client.sent]


@pytest.mark.parametrize("scope", [Scope(METER, None), Scope(METER, "cus_all")])
def test_many_uploads_cost_what_one_costs(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a month was read and nothing changed; after one more upload only its bucket is read again."""
    monkeypatch.setattr(rollups, "FEW", 1)
    one, more = many(1), many(200)
    for stored in (one, more):
        requests_of(stored, scope)
    unchanged = requests_of(more, scope)
    if scope.customer is None:  # a single item of a customer is read without roll-up
        assert requests_of(one, scope) == unchanged
    assert {"Query", "BatchGetItem"} == set(unchanged)
    assert len(unchanged) <= 4
    event = StoredEvent("new", UPLOADS[0], 1, METER, METER, "cus_all", FIRST, Decimal(1), {}, 7 * 600)
    more.add_upload(UPLOADS[0], 7 * 600, [event])
    after_one = requests_of(more, scope)
    assert len(after_one) <= 7
    assert unchanged == requests_of(more, scope)
    [used] = more.usage.hours(scope, ALWAYS, newest_first=False)
    assert (401 if scope.customer is None else 201) == used.figures.count


def test_events_of_the_api_are_few_items() -> None:
    """At most so many counters an hour, however many events are created."""
    events = [
        StoredEvent(f"id-{row}", f"req_{row:026d}", 1, METER, METER, "cus_1", FIRST + row % 7_200, Decimal(1), {}, row)
        for row in range(300)
    ]
    stored = StoredUsage(events)
    counters = [item for item in stored.items() if "hand#" in item["sk"]["S"] and "hours" in item]
    assert len(counters) == 2  # one hour, two scopes
    assert ["Query"] * 2 == requests_of(stored, Scope(METER, None))
    assert ["Query"] * 2 == requests_of(stored, Scope(METER, "cus_1"))
