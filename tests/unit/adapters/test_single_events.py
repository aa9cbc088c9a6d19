"""Single events: each counts once, whatever meets, and a cancel is never of an event that an undo deletes."""

import copy
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.dynamodb.items import UnknownFormError
from meterdrop.adapters.metering.usage_items import COUNTER_SHARDS
from meterdrop.domain.codes import Formula
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope
from meterdrop.usage.summaries import Summaries, Wanted
from meterdrop.usage.time_periods import Equal
from tests.support.stored_usage import AtOnce, StoredUsage, as_event
from tests.support.usage_strategy import CUSTOMERS, METER, NOW, in_scope, recount

HOUR = NOW // 3_600
UPLOAD = "upl_" + "a" * 26
SCOPES = (Scope(METER, None), *(Scope(METER, customer) for customer in CUSTOMERS))


def by_api(number: int, value: Decimal | None = Decimal(1), customer: str = CUSTOMERS[0]) -> StoredEvent:
    """Make an event of an API request."""
    owner = f"req_{number:026d}"
    return StoredEvent(f"{owner}:1", owner, 1, METER, METER, customer, HOUR * 3_600 + number, value, {}, NOW)


def of_upload(row: int, value: int = 1, customer: str = CUSTOMERS[0]) -> StoredEvent:
    """Make a row of an upload."""
    id_ = f"{UPLOAD}:{row}" if row % 2 else f"id-{row}"
    return StoredEvent(id_, UPLOAD, row, METER, METER, customer, HOUR * 3_600 + row, Decimal(value), {}, NOW)


def add(stored: StoredUsage, event: StoredEvent) -> bool:
    """Store an event as the API does."""
    return stored.single.add([as_event(event)], event.upload, event.received)


def counters(stored: StoredUsage) -> list[dict[str, Any]]:
    """Return the counters."""
    return [item for item in stored.items() if "hand#" in item["sk"]["S"] and "hours" in item]


def before_transactions(stored: StoredUsage, meanwhile: Callable[[], None]) -> None:
    """Do something before each transaction, after what it depends on was read."""
    really = stored.boto3.transact_write_items

    def transact_write_items(**writes: Any) -> None:
        stored.boto3.transact_write_items = really
        meanwhile()
        stored.boto3.transact_write_items = transact_write_items
        really(**writes)

    stored.boto3.transact_write_items = transact_write_items


def put_status(stored: StoredUsage, status: str, revision: int = 1, upload: str = UPLOAD) -> None:
    """Store the upload with a status."""
    item = {"id": {"S": upload}, "form": {"N": "1"}, "status": {"S": status}, "revision": {"N": str(revision)}}
    stored.database.put("uploads", item)


def assert_recounted(stored: StoredUsage, events: Sequence[StoredEvent]) -> None:
    """Compare the summaries of every scope and formula with a recount."""
    start, end = (HOUR - 1) * 3_600, (HOUR + 2) * 3_600
    for scope in SCOPES:
        for formula in Formula:
            periods = Equal(end - start, origin=start)
            wanted = Wanted(scope=scope, formula=formula, periods=periods, start=start, end=end, only_used=False)
            summaries = Summaries(stored.usage, stored.events, AtOnce(), pause=lambda _: None)
            assert [recount(events, scope, formula, start, end)] == list(summaries.walk(wanted, now=end))
        listed = [id_ for each in stored.usage.events_of_hour(scope, HOUR) for id_ in each.ids or ()]
        assert sorted(event.id for event in events if in_scope(event, scope)) == sorted(listed)


def test_requests_at_the_same_time() -> None:
    """From many threads: counters equal the events, and there are few of them."""
    events = [by_api(number, Decimal(number), CUSTOMERS[number % 2]) for number in range(120)]
    stored = StoredUsage()
    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(lambda event: add(stored, event), events))
    assert_recounted(stored, events)
    assert len(counters(stored)) <= 3 * COUNTER_SHARDS


@settings(max_examples=50, deadline=None)
@given(
    arrivals=st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(CUSTOMERS), st.sampled_from([None, Decimal("0.1"), Decimal(-3)])),
        min_size=1,
        max_size=12,
    )
)
def test_requests_that_meet(arrivals: list[tuple[int, str, Decimal | None]]) -> None:
    """Others change the counters between a request's read and its transaction, so many times."""
    stored, events = StoredUsage(), list[StoredEvent]()

    def arrive(customer: str, value: Decimal | None) -> None:
        events.append(by_api(len(events), value, customer))
        assert add(stored, events[-1])

    for others, customer, value in arrivals:
        left = [others]

        def meet(left: list[int] = left, customer: str = customer) -> None:
            if left[0]:
                left[0] -= 1
                arrive(customer, Decimal(7))

        before_transactions(stored, meet)
        arrive(customer, value)
        del stored.boto3.transact_write_items
    assert_recounted(stored, events)
    assert len(counters(stored)) <= 3 * COUNTER_SHARDS


def test_always_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where other requests are always faster, the event is refused, and nothing of it is stored."""
    monkeypatch.setattr("meterdrop.adapters.metering.single_events.COUNTER_SHARDS", 1)
    stored = StoredUsage([by_api(0)])

    def change() -> None:
        for item in counters(stored):
            item["revision"]["N"] = str(int(item["revision"]["N"]) + 1)

    before_transactions(stored, change)
    with pytest.raises(AwsError, match="TransactionConflict"):
        add(stored, by_api(1))
    assert stored.events.find(by_api(1).id) is None
    assert_recounted(stored, [by_api(0)])


def test_an_event_counts_once_after_a_lost_answer() -> None:
    """The same request again, with the same ID: another time, or after a transaction whose answer was lost."""
    stored, event = StoredUsage(), by_api(1)
    assert [True, False, False] == [
        add(stored, event),
        add(stored, event),
        add(stored, event._replace(received=NOW + 9)),
    ]
    assert_recounted(stored, [event])


def test_two_requests_of_one_identifier() -> None:
    """The second is refused, also where it found the identifier free, and changes no counter."""
    stored, first, second = StoredUsage(), by_api(1), by_api(2, Decimal(5))

    def meet() -> None:
        if stored.events.find("x") is None:
            assert add(stored, first._replace(id="x"))

    before_transactions(stored, meet)
    assert not add(stored, second._replace(id="x"))
    assert_recounted(stored, [first._replace(id="x")])


def test_sums_are_exact_to_38_digits() -> None:
    """A sum of the largest and the smallest value, many times."""
    large, small = Decimal("9" * 25), Decimal("0.000000000001")
    events = [by_api(number, large if number % 2 else small) for number in range(20)]
    stored = StoredUsage()
    for event in events:
        assert add(stored, event)
    [used] = stored.usage.hours(SCOPES[0], range(HOUR, HOUR + 1), newest_first=False)
    assert Decimal("99999999999999999999999990.000000000010") == used.figures.sum


def test_a_counter_of_another_form_is_refused() -> None:
    """Neither added to nor read; the same for a cancel."""
    stored = StoredUsage([by_api(1), by_api(2)._replace(cancelled=9)])
    for item in stored.items():
        item["form"]["N"] = "2"
    with pytest.raises(UnknownFormError):
        add(stored, by_api(3))
    with pytest.raises(UnknownFormError):
        stored.single.cancelled_at(by_api(2))


EVENTS = [
    of_upload(row, value, customer)
    for row, (value, customer) in enumerate(zip((3, 9, -4, 5), CUSTOMERS * 2, strict=True), 1)
]


def with_upload(status: str = "succeeded") -> StoredUsage:
    """Store an upload with four events, and two events of the API."""
    stored = StoredUsage([*EVENTS, by_api(1), by_api(2)])
    put_status(stored, status)
    return stored


@pytest.mark.parametrize("place", [0, 1, 2, 3])
@pytest.mark.parametrize("status", ["succeeded", "succeeded_with_errors"])
def test_a_cancel(place: int, status: str) -> None:
    """Usage is without the event, extremes too, and the event is stored as it was. A second cancel changes nothing."""
    stored, event = with_upload(status), EVENTS[place]
    assert stored.single.cancelled_at(event) is None
    assert stored.single.cancel(event.id, NOW + 5)
    changed = copy.deepcopy(stored.items())
    assert not stored.single.cancel(event.id, NOW + 6)
    assert changed == stored.items()
    assert NOW + 5 == stored.single.cancelled_at(event)
    found = stored.events.find(event.id)
    assert found is not None
    assert event == found._replace(item="")
    assert_recounted(
        stored, [*(each._replace(cancelled=5) if each == event else each for each in EVENTS), by_api(1), by_api(2)]
    )


def test_every_event_can_be_cancelled() -> None:
    """One after the other, those of the API too, until nothing is left."""
    stored, events = with_upload(), [*EVENTS, by_api(1), by_api(2)]
    for place, event in enumerate(events):
        assert stored.single.cancel(event.id, NOW)
        events[place] = event._replace(cancelled=NOW)
        assert_recounted(stored, events)


@pytest.mark.parametrize("status", ["received", "processing", "reverting", "reverted", "failed"])
def test_events_of_an_upload_that_is_not_final_are_not_cancelled(status: str) -> None:
    """In progress, being reverted, or reverted with a rest of its events: refused, and usage is as it was."""
    stored = with_upload(status)
    before = copy.deepcopy(stored.items())
    assert [False] * 4 == [stored.single.cancel(event.id, NOW) for event in EVENTS]
    del stored.database.tables["uploads"]
    assert not stored.single.cancel(EVENTS[0].id, NOW)
    assert before == stored.items()
    assert not stored.single.cancel("unknown", NOW)


def undone(stored: StoredUsage) -> None:
    """Undo the upload."""
    stored.remove_upload(UPLOAD, NOW, EVENTS)
    put_status(stored, "reverted", 3)


def processed_again(stored: StoredUsage) -> None:
    """Undo the upload, and store it again with another second row."""
    undone(stored)
    stored.add_upload(UPLOAD, NOW, [EVENTS[0], EVENTS[1]._replace(value=Decimal(100)), *EVENTS[2:]])
    put_status(stored, "succeeded", 5)


def given_away(stored: StoredUsage) -> None:
    """Undo the upload; another one stores an event of the same ID."""
    undone(stored)
    other = EVENTS[1]._replace(upload="upl_" + "b" * 26)
    stored.add_upload(other.upload, NOW, [other])


@pytest.mark.parametrize("meanwhile", [undone, processed_again, given_away])
@pytest.mark.parametrize("moment", [0, 1, 2, 3])
def test_an_upload_that_changes_while_its_event_is_cancelled(
    meanwhile: Callable[[StoredUsage], None], moment: int
) -> None:
    """Between any two calls of a cancel: no event that is deleted stays subtracted, and none of another state."""
    stored = with_upload()
    calls = [moment]

    def step() -> None:
        calls[0] -= 1
        if calls[0] == -1:
            meanwhile(stored)

    really = stored.client.call

    def call(operation: str, request: Any) -> Any:
        if operation == "BatchGetItem" and calls[0] >= 0:
            step()
        return really(operation, request)

    stored.client.call = call
    before_transactions(stored, step)
    is_cancelled = stored.single.cancel(EVENTS[1].id, NOW)
    stored.client.call = really
    found = stored.events.find(EVENTS[1].id)
    assert is_cancelled == (moment == 0 and meanwhile is processed_again)
    left = [stored.events.find(event.id) for event in [*EVENTS, by_api(1), by_api(2)]]
    events = [event._replace(cancelled=NOW if is_cancelled and event == found else None) for event in left if event]
    assert_recounted(stored, events)


def test_an_undo_deletes_the_cancels_of_its_own_events() -> None:
    """Those alone: after the undo, cancels of other owners count on, and a row that comes back is not cancelled."""
    stored = with_upload()
    other = [event._replace(id=f"other-{event.row}", upload="upl_" + "b" * 26) for event in EVENTS]
    stored.add_upload(other[0].upload, NOW, other)
    put_status(stored, "succeeded", upload=other[0].upload)
    for event in (EVENTS[0], EVENTS[1], other[0], by_api(1)):
        assert stored.single.cancel(event.id, NOW)
    left = [other[0]._replace(cancelled=NOW), *other[1:], by_api(1)._replace(cancelled=NOW), by_api(2)]
    undone(stored)
    assert_recounted(stored, left)
    stored.add_upload(UPLOAD, NOW, EVENTS)
    assert_recounted(stored, [*left, *EVENTS])
