"""The contract of event stores in memory and on a small DynamoDB; and how the adapter meets AWS's faults."""

from decimal import Decimal

import pytest

from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.metering.event_table import EventStore
from meterdrop.domain.metering.event import StoredEvent
from tests.support.contracts.event_store import RECEIVED, EventStoreContract, Making, Store
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
        return lambda upload: FakeEvents(switch, stored, upload, RECEIVED)


class TestAdapter(EventStoreContract):
    """The real adapter, against a DynamoDB that is stricter than emulators are."""

    @pytest.fixture
    def store(self, wired: Wired) -> Store:
        """Make it."""
        return lambda upload: EventStore(wired.json_client, "events", upload, RECEIVED)


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
    assert store.insert(events) == [None, None, None]
    assert len(store.read(event.id for event in events)) == 3
    assert len(wired.pauses) == 2


def test_only_throttled_statements_are_sent_again(wired: Wired, making: Making) -> None:
    """What was inserted is not sent a second time, which would cost a write."""
    events = [making.event(f"e{row}", row) for row in range(25)]
    wired.database.faults.extend([Fault(rows=(3, 7, 24)), Fault(rows=(1,))])
    assert a_store(wired, making).insert(events) == [None] * 25
    assert [count for _, count in wired.database.requests] == [25, 3, 1]


@pytest.mark.parametrize("fault", [Fault(lost=True), Fault(damaged=True)])
def test_a_lost_answer(wired: Wired, making: Making, fault: Fault) -> None:
    """The repeated INSERT meets its own event, and says so: upload and row are ours."""
    events = [making.event(name, row) for row, name in enumerate("ab", 1)]
    wired.database.faults.append(fault)
    assert a_store(wired, making).insert(events) == [making.stored(event) for event in events]
    assert len(wired.database.tables["events"]) == 2


def test_taken_and_throttled_in_one_batch(wired: Wired, making: Making) -> None:
    """Outcomes stay in the order of the events, whatever became of each."""
    events = [making.event(name, row) for row, name in enumerate("abcd", 1)]
    EventStore(wired.json_client, "events", "upl_other", RECEIVED).insert([events[1], events[3]])
    wired.database.faults.extend([Fault(rows=(0, 1)), None, Fault(rows=(0,))])
    assert a_store(wired, making).insert(events) == [
        None,
        making.stored(events[1], "upl_other"),
        None,
        making.stored(events[3], "upl_other"),
    ]


def test_an_event_that_is_gone_when_it_is_read_back(wired: Wired, making: Making) -> None:
    """A revert may take a stored event away between INSERT and reading back: then its id is free."""
    event, other = making.event("a"), "upl_other"
    EventStore(wired.json_client, "events", other, RECEIVED).insert([event])
    database, answer = wired.database, wired.database.answer

    def answer_then_delete(operation: str, body: dict[str, object], fault: Fault) -> dict[str, object]:
        given = answer(operation, body, fault)
        if operation == "BatchExecuteStatement":
            database.answer = answer  # type: ignore[method-assign]
            del database.tables["events"][event.id]
        return given

    database.answer = answer_then_delete  # type: ignore[method-assign]
    assert a_store(wired, making).insert([event]) == [None]
    assert database.tables["events"][event.id]["upload"]["S"] == making.upload


def test_reading_goes_on_until_all_is_read(wired: Wired, making: Making) -> None:
    """Keys that DynamoDB leaves unprocessed are asked for again, those alone."""
    events = [making.event(f"e{row}", row) for row in range(5)]
    store = a_store(wired, making)
    store.insert(events)
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
    assert a_store(wired, making).insert(events) == [None, None]
    assert set(wired.database.tables["events"]) == {event.id for event in events}


@pytest.mark.parametrize("code", ["AccessDenied", "ValidationError", "ItemCollectionSizeLimitExceeded", "Unheard"])
def test_statements_that_are_refused(wired: Wired, making: Making, code: str) -> None:
    """Any other error of one statement raises: it is never taken for stored."""
    wired.database.faults.append(Fault(rows=(1,), row_code=code))
    with pytest.raises(AwsError, match=f"BatchExecuteStatement: {code}"):
        a_store(wired, making).insert([making.event("a", 1), making.event("b", 2)])


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"])
def test_what_is_of_no_use_to_try_again(wired: Wired, making: Making, code: str) -> None:
    """A refusal raises at once, with AWS's code and nothing of the file."""
    wired.database.faults.append(Fault(status=400, code=code))
    with pytest.raises(AwsError) as caught:
        a_store(wired, making).insert([making.event("secret")])
    assert str(caught.value) == f"BatchExecuteStatement: {code}"
    assert len(wired.database.requests) == 1


def test_only_ones_own_events_are_deleted(wired: Wired, making: Making) -> None:
    """An undo leaves what another upload has under an id by now, and what is not there is no fault."""
    store, other = a_store(wired, making), EventStore(wired.json_client, "events", "upl_other", RECEIVED)
    own, strange = [making.event("a", 1), making.event("b", 2)], making.event("c", 3)
    store.insert(own)
    other.insert([strange])
    wired.database.faults.append(Fault(rows=(0,)))
    store.delete([own[0].id, strange.id, "nobody's"])
    assert {own[1].id, strange.id} == set(wired.database.tables["events"])


def test_endless_throttling_ends(wired: Wired, making: Making) -> None:
    """After some tries, with pauses that grow and are random, the queue's retry takes over."""
    wired.database.faults.extend([Fault(rows=(0,))] * 100)
    with pytest.raises(AwsError, match="BatchExecuteStatement: ThrottlingError"):
        a_store(wired, making).insert([making.event("a")])
    assert 5 <= len(wired.pauses) <= 20
    assert all(0 < pause <= 2 for pause in wired.pauses)
    assert sum(wired.pauses) < 25


def test_a_batch_that_dynamodb_would_refuse(wired: Wired, making: Making) -> None:
    """The small DynamoDB refuses what AWS does, and the adapter does not hide it."""
    event = making.event("a")
    with pytest.raises(AwsError, match="ValidationException"):
        a_store(wired, making).insert([event, event])


def test_the_item(wired: Wired, making: Making) -> None:
    """The attributes that other readers stand on: the owner, its arrival, plain numbers."""
    event = making.event("a", 7, value=Decimal("400.50"), payload={"region": "eu"})
    a_store(wired, making).insert([event])
    item = wired.database.tables["events"][event.id]
    assert item == {
        "id": {"S": event.id},
        "upload": {"S": making.upload},
        "event": {
            "M": {
                "row": {"N": "7"},
                "meter": {"S": "mtr_search"},
                "event_name": {"S": "ai_search_api"},
                "customer": {"S": "cus_1"},
                "timestamp": {"N": "1727222400"},
                "value": {"N": "400.5"},
                "payload": {"M": {"region": {"S": "eu"}}},
                "received": {"N": str(RECEIVED)},
            }
        },
    }
