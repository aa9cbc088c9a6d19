"""Requests with many events: whatever they hold, and wherever they stop, each event counts once."""

from collections.abc import Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer
from hypothesis import given, settings
from hypothesis import strategies as st

from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.validation.single_event import MeterEventInput
from meterdrop.usage.cancel_event import NotFinalError
from meterdrop.usage.create_event import (
    EventCreation,
    IdentifierTakenError,
    MeterEventRefusedError,
    RequestReusedError,
)
from tests.support.fakes.periods import FakePeriods
from tests.support.stored_usage import StoredUsage
from tools.commands.audit import differences

NOW = 1_728_000_000
REQUEST = "req_" + "a" * 26
UPLOAD = "upl_" + "a" * 26
METERS = [Meter(id=f"mtr_{name}", event_name=name, display_name=name) for name in ("calls", "seats")]
CUSTOMERS = tuple(f"cus_{number}" for number in range(60))
_deserialize = TypeDeserializer().deserialize


class DiedError(Exception):
    """The function stopped here."""


class Catalog:
    """Meters and customers."""

    def __init__(self) -> None:
        """Begin with all of them."""
        self.customers = set(CUSTOMERS)

    def list_meters(self) -> list[Meter]:
        """Return all meters."""
        return METERS

    def registered(self, ids: Sequence[str]) -> set[str]:
        """Return those that are registered, of at most as many as one call takes."""
        assert len(ids) <= 100
        return self.customers.intersection(ids)


class World:
    """The tables, the catalog, and the requests that the API gets."""

    def __init__(self, events: Sequence[StoredEvent] = ()) -> None:
        """Begin with stored events."""
        self.catalog = Catalog()
        self.stored = StoredUsage(events)
        self.creation = EventCreation(self.catalog, self.catalog, FakePeriods(), self.stored.single, None)

    def send(self, inputs: Sequence[MeterEventInput], request: str = REQUEST, now: int = NOW) -> list[str]:
        """Send a request; return the IDs of its events."""
        return [event.id for event in self.creation.add_all(inputs, request, now)]

    def events(self) -> dict[str, StoredEvent]:
        """Return all stored events."""
        return self.stored.events.read([item["id"]["S"] for item in self.stored.items("events")])

    def wrong(self) -> list[str]:
        """Return what an audit finds: the events against counters, lists and feeds."""
        tables = [
            [{name: _deserialize(of) for name, of in item.items()} for item in self.stored.items(table)]
            for table in ("events", "usage", "uploads")
        ]
        return list(differences(*tables))

    def dies_at(self, transaction: int, *, done: bool) -> None:
        """Let the function die at a transaction, counted from 0, before or after it is done."""
        really, left = self.stored.boto3.transact_write_items, [transaction]

        def transact_write_items(**writes: Any) -> None:
            if left[0] == 0 and not done:
                raise DiedError
            really(**writes)
            left[0] -= 1
            if left[0] == -1:
                raise DiedError

        self.stored.boto3.transact_write_items = transact_write_items

    def lives(self) -> None:
        """Let calls through again."""
        del self.stored.boto3.transact_write_items


def an_input(
    value: str = "1",
    *,
    name: str = "calls",
    customer: str = CUSTOMERS[0],
    timestamp: int | None = NOW,
    identifier: str = "",
) -> MeterEventInput:
    """Make an event."""
    return MeterEventInput(
        timestamp=None if timestamp is None else str(timestamp),
        event_name=name,
        identifier=identifier,
        payload={"stripe_customer_id": customer, "value": value},
    )


inputs = st.lists(
    st.builds(
        an_input,
        st.sampled_from(["1", "-2.5", "7"]),
        name=st.sampled_from(["calls", "seats"]),
        customer=st.sampled_from(CUSTOMERS[:2]) | st.sampled_from(CUSTOMERS),
        timestamp=st.sampled_from([None, NOW, NOW - 3_600, NOW - 90_000, NOW - 40 * 86_400]),
    ),
    min_size=1,
    max_size=100,
)


@settings(max_examples=60, deadline=None)
@given(
    inputs=inputs,
    named=st.sets(st.integers(0, 99)),
    stops=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=4),
)
def test_a_request_that_stops_and_is_sent_again(
    inputs: list[MeterEventInput], named: set[int], stops: list[tuple[int, bool]]
) -> None:
    """Before or after any of its transactions, again and again: the audit finds no difference, and every event."""
    sent = [
        MeterEventInput(
            timestamp=each.timestamp,
            event_name=each.event_name,
            identifier=f"id {at}" if at in named else "",
            payload=each.payload,
        )
        for at, each in enumerate(inputs)
    ]
    world = World()
    for number, (transaction, done) in enumerate(stops):
        world.dies_at(transaction, done=done)
        with suppress(DiedError):
            world.send(sent, now=NOW + number)
        world.lives()
        assert [] == world.wrong()
    ids = world.send(sent, now=NOW + 9)
    assert [f"id {at}" if at in named else f"{REQUEST}:{at + 1}" for at in range(len(sent))] == ids
    stored = world.events()
    assert stored.keys() == set(ids)
    assert [Decimal(each.payload["value"]) for each in sent] == [stored[id_].value for id_ in ids]
    assert [] == world.wrong()


@pytest.mark.parametrize(("customers", "transactions"), [(1, 2), (10, 2), (60, 3)])
def test_few_transactions(customers: int, transactions: int) -> None:
    """A hundred events of one hour: those of a customer share their counter and their list."""
    world = World()
    world.send([an_input(customer=CUSTOMERS[at % customers]) for at in range(100)])
    assert transactions == len(world.stored.boto3.transactions)
    assert [] == world.wrong()


def test_nothing_is_stored_if_one_event_is_refused() -> None:
    """The error names the place of the event."""
    world = World()
    with pytest.raises(MeterEventRefusedError) as refused:
        world.send([an_input(), an_input(customer="nobody"), an_input("x")])
    assert 2 == refused.value.refused.row
    assert {} == world.events()


def test_an_event_that_is_stored_already_is_a_success() -> None:
    """Of any owner, though its customer is gone by now; without a timestamp it is the same at any time."""
    world = World()
    world.send([an_input(identifier="a"), an_input(identifier="b", timestamp=None)])
    world.catalog.customers -= {CUSTOMERS[0]}
    again = [an_input("1.0", identifier="a"), an_input(identifier="b", timestamp=None), an_input(identifier="a")]
    assert ["a", "b", "a"] == world.send(again, "req_" + "b" * 26, NOW + 5_000)
    assert 2 == len(world.events())
    assert [] == world.wrong()


@pytest.mark.parametrize("is_stored", [True, False])
def test_an_identifier_with_other_content_is_refused(is_stored: bool) -> None:
    """Stored, or earlier in the same request: the error names the place, and nothing is stored."""
    world = World()
    if is_stored:
        world.send([an_input(identifier="a")], "req_" + "b" * 26)
    before = world.events()
    with pytest.raises(IdentifierTakenError) as taken:
        world.send([an_input(identifier="new"), an_input(identifier="a"), an_input("2", identifier="a")])
    assert ("a", 3) == (taken.value.identifier, taken.value.row)
    assert before == world.events()


def test_another_request_under_the_same_key_is_refused() -> None:
    """It has another event at the place of one that has no identifier."""
    world = World()
    world.send([an_input(), an_input("2")])
    with pytest.raises(RequestReusedError):
        world.send([an_input(), an_input("3")])
    assert [] == world.wrong()


def test_two_requests_under_one_key_keep_their_lists() -> None:
    """They have other identifiers, so both count. The second replaces no list of the first."""
    world = World()
    for identifier in ("a", "b"):
        world.send([an_input(identifier=identifier)])
    assert {"a", "b"} == world.events().keys()
    assert [] == world.wrong()


@pytest.mark.parametrize("status", ["processing", "reverting", "failed"])
def test_an_event_of_an_upload_that_does_not_count_is_no_success(status: str) -> None:
    """The upload may be undone, and the event would be lost. When it counts, the request succeeds."""
    of_upload = StoredEvent("a", UPLOAD, 1, "mtr_calls", "calls", CUSTOMERS[0], NOW, Decimal(1), {}, NOW)
    world = World([of_upload])
    item = {"id": {"S": UPLOAD}, "form": {"N": "1"}, "revision": {"N": "1"}}
    world.stored.database.put("uploads", {**item, "status": {"S": status}})
    with pytest.raises(NotFinalError, match="not final"):
        world.send([an_input("2"), an_input(identifier="a")])
    assert {"a"} == world.events().keys()
    world.stored.database.put("uploads", {**item, "status": {"S": "succeeded"}})
    assert [f"{REQUEST}:1", "a"] == world.send([an_input("2"), an_input(identifier="a")])


def test_an_identifier_that_another_request_takes_at_the_same_moment() -> None:
    """An equal event counts once; another one is refused, and what is stored by then stays and counts."""
    for value, is_equal in (("1", True), ("5", False)):
        world, other = World(), World()
        other.stored, other.creation = world.stored, world.creation
        really = world.stored.boto3.transact_write_items

        def meet(value: str = value, world: World = world, really: Any = really, **writes: Any) -> None:
            world.stored.boto3.transact_write_items = really
            world.send([an_input(value, identifier="a")], "req_" + "b" * 26)
            really(**writes)

        world.stored.boto3.transact_write_items = meet
        request = [an_input(identifier="a"), an_input("2")]
        if is_equal:
            assert ["a", f"{REQUEST}:2"] == world.send(request)
        else:
            with pytest.raises(IdentifierTakenError):
                world.send(request)
        assert [] == world.wrong()
