"""The contract of event stores in memory and on a small DynamoDB; and how the adapter meets AWS's faults."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.dynamodb.items import UnknownFormError
from meterdrop.adapters.metering.event_items import EventItems, stored_events
from meterdrop.adapters.metering.event_table import EventStore
from meterdrop.domain.files.cells import refuse_text
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.meter import Meter
from tests.support.contracts.event_store import RECEIVED, EventStoreContract, Making, Store, insert
from tests.support.dynamodb.small_dynamodb import Fault
from tests.support.fakes.crash import Switch
from tests.support.fakes.usage import FakeEvents
from tests.unit.adapters.conftest import Wired


class TestInMemory(EventStoreContract):
    """The fake that pipeline tests stand on."""

    @pytest.fixture
    def store(self) -> Store:
        """Make it."""
        switch, stored = Switch(), dict[str, StoredEvent]()

        def make(upload: str, *, writes_blocks: bool = False) -> FakeEvents:
            return FakeEvents(switch, stored, upload, RECEIVED, writes_blocks=writes_blocks)

        return make


class TestAdapter(EventStoreContract):
    """The real adapter, against a DynamoDB that is stricter than emulators are."""

    @pytest.fixture
    def store(self, wired: Wired) -> Store:
        """Make it."""

        def make(upload: str, *, writes_blocks: bool = False) -> EventStore:
            return EventStore(wired.json_client, "events", upload, RECEIVED, writes_blocks=writes_blocks)

        return make


@pytest.fixture
def making() -> Making:
    """Make what makes events."""
    return Making()


def a_store(wired: Wired, making: Making) -> EventStore:
    """Make the adapter."""
    return EventStore(wired.json_client, "events", making.upload, RECEIVED)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(rows=(0, 2)),
        Fault(status=500, code="InternalServerError"),
        Fault(status=503),
        Fault(status=400, code="ThrottlingException"),
        Fault(status=400, code="ProvisionedThroughputExceededException"),
        Fault(status=400, code="RequestLimitExceeded"),
    ],
)
def test_what_is_tried_again(wired: Wired, making: Making, fault: Fault) -> None:
    """Throttling, of single statements inside a 200 too, and faults of the service pass by themselves."""
    events = [making.event(name, row) for row, name in enumerate("abc", 1)]
    wired.database.faults.extend([fault, fault])
    store = a_store(wired, making)
    assert insert(store, events) == [None, None, None]
    assert len(store.read(event.id for event in events)) == 3
    assert len(wired.pauses) == 2


def test_only_throttled_statements_are_sent_again(wired: Wired, making: Making) -> None:
    """What was inserted is not sent a second time, which would cost a write."""
    events = [making.event(f"e{row}", row) for row in range(25)]
    wired.database.faults.extend([Fault(rows=(3, 7, 24)), Fault(rows=(1,))])
    assert insert(a_store(wired, making), events) == [None] * 25
    assert [count for _, count in wired.database.requests] == [25, 3, 1]


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(damaged=True)])
def test_a_lost_answer(wired: Wired, making: Making, fault: Fault) -> None:
    """The repeated INSERT meets its own event, and says so: upload and row are ours."""
    events = [making.event(name, row) for row, name in enumerate("ab", 1)]
    wired.database.faults.append(fault)
    assert insert(a_store(wired, making), events) == [making.stored(event) for event in events]
    assert len(wired.database.tables["events"]) == 2


def test_taken_and_throttled_in_one_batch(wired: Wired, making: Making) -> None:
    """Outcomes stay in the order of the events, whatever became of each."""
    events = [making.event(name, row) for row, name in enumerate("abcd", 1)]
    insert(EventStore(wired.json_client, "events", "upl_other", RECEIVED), [events[1], events[3]])
    wired.database.faults.extend([Fault(rows=(0, 1)), None, Fault(rows=(0,))])
    assert insert(a_store(wired, making), events) == [
        None,
        making.stored(events[1], "upl_other"),
        None,
        making.stored(events[3], "upl_other"),
    ]


def test_an_event_that_is_gone_when_it_is_read_back(wired: Wired, making: Making) -> None:
    """A revert may take a stored event away between INSERT and reading back: then its id is free."""
    event, other = making.event("a"), "upl_other"
    insert(EventStore(wired.json_client, "events", other, RECEIVED), [event])
    database, answer = wired.database, wired.database.answer

    def answer_then_delete(operation: str, body: dict[str, object], fault: Fault) -> dict[str, object]:
        given = answer(operation, body, fault)
        if operation == "BatchExecuteStatement":
            database.answer = answer  # type: ignore[method-assign]
            del database.tables["events"][event.id]
        return given

    database.answer = answer_then_delete  # type: ignore[method-assign]
    assert insert(a_store(wired, making), [event]) == [None]
    assert database.tables["events"][event.id]["upload"]["S"] == making.upload


def test_reading_goes_on_until_all_is_read(wired: Wired, making: Making) -> None:
    """Keys that DynamoDB leaves unprocessed are asked for again, those alone."""
    events = [making.event(f"e{row}", row) for row in range(5)]
    store = a_store(wired, making)
    insert(store, events)
    wired.database.faults.extend([Fault(rows=(1, 3)), Fault(rows=(0,))])
    assert len(store.read(event.id for event in events)) == 5
    assert [count for _, count in wired.database.requests[1:]] == [5, 2, 1]


@pytest.mark.parametrize(
    "code",
    [
        "RequestLimitExceeded",
        "ProvisionedThroughputExceeded",
        "ThrottlingError",
        "TransactionConflict",
        "InternalServerError",
    ],
)
def test_statements_that_are_tried_again(wired: Wired, making: Making, code: str) -> None:
    """What passes by itself comes as an error of single statements inside a 200."""
    events = [making.event(name, row) for row, name in enumerate("ab", 1)]
    wired.database.faults.append(Fault(rows=(1,), row_code=code))
    assert insert(a_store(wired, making), events) == [None, None]
    assert set(wired.database.tables["events"]) == {event.id for event in events}


@pytest.mark.parametrize("code", ["AccessDenied", "ValidationError", "ItemCollectionSizeLimitExceeded", "Unheard"])
def test_statements_that_are_refused(wired: Wired, making: Making, code: str) -> None:
    """Any other error of one statement raises: it is never taken for stored."""
    wired.database.faults.append(Fault(rows=(1,), row_code=code))
    with pytest.raises(AwsError, match=f"BatchExecuteStatement: {code}"):
        insert(a_store(wired, making), [making.event("a", 1), making.event("b", 2)])


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"])
def test_what_is_of_no_use_to_try_again(wired: Wired, making: Making, code: str) -> None:
    """A refusal raises at once, with AWS's code and nothing of the file."""
    wired.database.faults.append(Fault(status=400, code=code))
    with pytest.raises(AwsError) as caught:
        insert(a_store(wired, making), [making.event("secret")])
    assert str(caught.value) == f"BatchExecuteStatement: {code}"
    assert len(wired.database.requests) == 1


def test_only_ones_own_events_are_deleted(wired: Wired, making: Making) -> None:
    """An undo leaves what another upload has under an id by now, and what is not there is no fault."""
    store, other = a_store(wired, making), EventStore(wired.json_client, "events", "upl_other", RECEIVED)
    own, strange = [making.event("a", 1), making.event("b", 2)], making.event("c", 3)
    insert(store, own)
    insert(other, [strange])
    wired.database.faults.append(Fault(rows=(0,)))
    store.delete([own[0].id, strange.id, "nobody's"])
    assert {own[1].id, strange.id} == set(wired.database.tables["events"])


def test_endless_throttling_ends(wired: Wired, making: Making) -> None:
    """After some tries, with pauses that grow and are random, the queue's retry takes over."""
    wired.database.faults.extend([Fault(rows=(0,))] * 100)
    with pytest.raises(AwsError, match="BatchExecuteStatement: ThrottlingError"):
        insert(a_store(wired, making), [making.event("a")])
    assert 5 <= len(wired.pauses) <= 20
    assert all(0 < pause <= 2 for pause in wired.pauses)
    assert sum(wired.pauses) < 25


def test_a_batch_that_dynamodb_would_refuse(wired: Wired, making: Making) -> None:
    """The small DynamoDB refuses what AWS does, and the adapter does not hide it."""
    event = making.event("a")
    with pytest.raises(AwsError, match="ValidationException"):
        insert(a_store(wired, making), [event, event])


def test_the_item(wired: Wired, making: Making) -> None:
    """The attributes that other readers stand on: the owner, its arrival, plain numbers."""
    event = making.event("a", 7, value=Decimal("400.50"), payload={"region": "eu"})
    insert(a_store(wired, making), [event])
    item = wired.database.tables["events"][event.id]
    assert item == {
        "id": {"S": event.id},
        "upload": {"S": making.upload},
        "form": {"N": "1"},
        "received": {"N": str(RECEIVED)},
        "meters": {"S": "mtr_search\tai_search_api"},
        "events": {"S": '7\t0\tcus_1\t1727222400\t400.50\t{"region":"eu"}'},
    }


def test_a_block(wired: Wired, making: Making) -> None:
    """One item with a line for each row. Empty fields at the end are left out."""
    other = Meter(id="mtr_cpu", event_name="cpu_usage", display_name="")
    rows = [
        making.row(1),
        making.row(3, value=None, meter=other),
        making.row(400, value=None, payload={"région": 'a"b\\c'}),
    ]
    store = EventStore(wired.json_client, "events", making.upload, RECEIVED, writes_blocks=True)
    insert(store, rows)
    assert wired.database.requests == [("BatchExecuteStatement", 1)]
    item = wired.database.tables["events"][f"{making.upload}/0"]
    assert item["meters"] == {"S": "mtr_search\tai_search_api\nmtr_cpu\tcpu_usage"}
    assert item["events"]["S"].split("\n") == [
        "1\t0\tcus_1\t1727222400\t400",
        "3\t1\tcus_1\t1727222400",
        '400\t0\tcus_1\t1727222400\t\t{"région":"a\\"b\\\\c"}',
    ]


@pytest.mark.parametrize("form", [None, {"N": "2"}])
def test_an_unknown_form(wired: Wired, making: Making, form: dict[str, str] | None) -> None:
    """An item that another version wrote is refused, not guessed."""
    event, store = making.event("a"), a_store(wired, making)
    insert(store, [event])
    item = wired.database.tables["events"][event.id]
    if form is None:
        del item["form"]
    else:
        item["form"] = form
    with pytest.raises(UnknownFormError, match="has the form"):
        store.find(event.id)


def test_a_lost_answer_for_blocks(wired: Wired, making: Making) -> None:
    """The repeated INSERT meets its own blocks: all rows are ours, and nothing else is written."""
    rows = [making.row(row) for row in (1, 2, 401)]
    store = EventStore(wired.json_client, "events", making.upload, RECEIVED, writes_blocks=True)
    wired.database.faults.append(Fault(lost=True))
    assert insert(store, rows) == [making.stored(row, block=row.row // 400) for row in rows]
    assert len(wired.database.tables["events"]) == 2


def test_throttled_blocks_are_sent_again_alone(wired: Wired, making: Making) -> None:
    """Blocks and single events of one call are throttled one by one."""
    rows = [making.row(row) for row in range(1, 2_001)]
    store = EventStore(wired.json_client, "events", making.upload, RECEIVED, writes_blocks=True)
    wired.database.faults.extend([Fault(rows=(1, 4)), Fault(rows=(0,))])
    assert insert(store, [*rows, making.event("a")]) == [None] * 2_001
    assert [count for _, count in wired.database.requests] == [6, 2, 1]


def test_reading_many_rows_takes_few_calls(wired: Wired, making: Making) -> None:
    """Each block is read once. Only IDs that no block holds are looked for as items."""
    rows = [making.row(row) for row in range(1, 1_001)]
    store = EventStore(wired.json_client, "events", making.upload, RECEIVED, writes_blocks=True)
    insert(store, rows[:-1])
    wired.database.requests.clear()
    assert len(store.read(event.id for event in rows)) == 999
    assert wired.database.requests == [("BatchGetItem", 3), ("BatchGetItem", 1)]


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100).filter(
    lambda text: refuse_text(text) is None
)
_EVENTS = st.builds(
    lambda customer, value, payload, timestamp, meter: (customer, value, payload, timestamp, meter),
    _TEXTS,
    st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**15), max_value=10**15),
    st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), _TEXTS, max_size=3),
    st.integers(0, 10**10),
    st.integers(0, 2),
)


@given(st.lists(_EVENTS, min_size=1, max_size=9), st.booleans())
def test_any_events_come_back(drawn: list[Any], writes_blocks: bool) -> None:
    """Every text that validation accepts is read as it was written, from blocks and from single events."""
    owner = "upl_" + "a" * 26
    events = [
        Event(f"{owner}:{row}", row, Meter(id=f"mtr_{meter}", event_name=f"n {meter}", display_name=""), *fields)
        for row, (*fields_, meter) in enumerate(drawn, 1)
        for fields in [(fields_[0], fields_[3], fields_[1], fields_[2])]
    ]
    items = EventItems(owner, RECEIVED, writes_blocks=writes_blocks)
    found = [each for item in items.items(events) for each in stored_events(items.attributes(item))]
    assert [(event.id, event.row, event.meter.id, event.content) for event in events] == [
        (each.id, each.row, each.meter, each.content) for each in found
    ]
    assert {(each.upload, each.received) for each in found} == {(owner, RECEIVED)}


@pytest.mark.parametrize("name", ["a\tb", "a\nb"])
def test_a_meter_that_would_break_the_form(name: str) -> None:
    """The API accepts no such name, but the catalog can be written directly."""
    event = Making().event("a", meter=Meter(id="mtr_a", event_name=name, display_name=""))
    with pytest.raises(ValueError, match="mtr_a"):
        EventItems("upl_a", RECEIVED).single(event)
