"""Usage added and taken back by hand: what is answered, and what the tables hold afterwards."""

import json
import time
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from meterdrop.api.http import dependencies
from meterdrop.domain.codes import Status
from meterdrop.domain.metering.summary import Arrival, OwnerEvents, Scope
from tests.support.api.client import Api, ApiResponse
from tests.support.api.store import READ_KEY, Store, an_upload

AT = int(time.time()) - 3_600
PLAIN = {"event_name": "api_calls", "payload": {"stripe_customer_id": "cus_1", "value": "25"}, "timestamp": AT}


@pytest.fixture(autouse=True)
def _catalog(store: Store) -> None:
    store.put_meter("mtr_calls", "api_calls")
    store.put_meter("mtr_logins", "logins", formula="count", customer_key="tenant")
    store.put_meter("mtr_old", "old", status="inactive")
    store.put_customer("cus_1")


def add(api: Api, *, key: str | None = None, **fields: object) -> ApiResponse:
    """Add an event, in JSON; `key` is the Idempotency-Key."""
    headers = {"content-type": "application/json"} | ({"idempotency-key": key} if key else {})
    body = json.dumps({name: value for name, value in (PLAIN | fields).items() if value is not None})
    return api.call("POST", "/v1/billing/meter_events", body=body, headers=headers)


def cancel(api: Api, identifier: str, event_name: str = "api_calls") -> ApiResponse:
    """Cancel an event, in a form, as Stripe's clients do."""
    fields = {"type": "cancel", "event_name": event_name, "cancel[identifier]": identifier}
    return api.call("POST", "/v1/billing/meter_event_adjustments", body=urlencode(fields))


def usage(customer: str | None = "cus_1") -> list[tuple[int, Decimal | None]]:
    """Return the usage of a customer, hour by hour: count and sum."""
    reader = dependencies.usage_reader()
    found = reader.hours(Scope("mtr_calls", customer), range(AT // 3_600 - 1, AT // 3_600 + 2), newest_first=False)
    return [(used.figures.count, used.figures.sum) for used in found]


def cancels() -> list[int]:
    """Return when the event `a` was cancelled."""
    event = dependencies.event_reader().find("a")
    assert event is not None
    return [cancel.at for cancel in dependencies.usage_reader().cancelled([event]).values()]


def test_the_answer_is_stripes(api: Api) -> None:
    """The event as Stripe shows one."""
    before = int(time.time())
    response = add(api, identifier=" idmp_1 ", payload={"stripe_customer_id": " cus_1", "value": "25", "region": "eu"})
    assert response.status == 200
    assert before <= response.json.pop("created") <= time.time()
    assert {name: value for name, value in response.json.items() if name != "created"} == {
        "object": "billing.meter_event",
        "event_name": "api_calls",
        "identifier": "idmp_1",
        "livemode": True,
        "payload": {"stripe_customer_id": "cus_1", "value": "25", "region": "eu"},
        "timestamp": AT,
    }


def test_it_is_stored_with_its_usage(api: Api, store: Store) -> None:
    """The event, its figures for customer and month, and its place in lists and feed: all of them, by one request."""
    add(api, identifier="a", payload={"stripe_customer_id": "cus_1", "value": "-0.5", "region": "eu"})
    event = dependencies.event_reader().find("a")
    assert event is not None
    assert event.upload.startswith("req_")
    assert (event.value, event.payload, event.timestamp) == (Decimal("-0.5"), {"region": "eu"}, AT)
    reader, hour = dependencies.usage_reader(), AT // 3_600
    assert [usage(), usage(None)] == [[(1, Decimal("-0.5"))]] * 2
    for customer in ("cus_1", None):
        expected = [OwnerEvents(event.received, event.upload, hour, ["a"])]
        assert expected == list(reader.events_of_hour(Scope("mtr_calls", customer), hour))
    assert [Arrival(event.received, event.upload, 1, (hour,), ("a",))] == list(reader.arrivals("mtr_calls"))
    assert 5 == len(store.items("usage"))


def test_now_is_the_default(api: Api) -> None:
    """Without a timestamp the event is of this moment."""
    before = int(time.time())
    assert before <= add(api, timestamp=None).json["timestamp"] <= time.time()


@pytest.mark.parametrize(
    "timestamp",
    [AT, str(AT), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(AT))],
    ids=["seconds", "seconds as text", "with an offset"],
)
def test_times_as_in_a_file(api: Api, timestamp: object) -> None:
    """A number as Stripe takes it, and every form that a file takes."""
    assert AT == add(api, timestamp=timestamp).json["timestamp"]


@pytest.mark.parametrize(("value", "stored"), [("1.50", "1.5"), (7, "7"), ("+.25", "0.25")])
def test_values_are_exact(api: Api, value: object, stored: str) -> None:
    """Numbers as texts or as JSON's numbers."""
    assert add(api, identifier="a", payload={"stripe_customer_id": "cus_1", "value": value}).status == 200
    event = dependencies.event_reader().find("a")
    assert event is not None
    assert Decimal(stored) == event.value


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"event_name": "nobody"}, ("no_meter", "event_name")),
        ({"event_name": ""}, ("event_name_missing", "event_name")),
        ({"event_name": "old"}, ("archived_meter", "event_name")),
        ({"payload": {"value": "1"}}, ("meter_event_no_customer_defined", "payload[stripe_customer_id]")),
        (
            {"payload": {"stripe_customer_id": "cus_2", "value": "1"}},
            ("meter_event_customer_not_found", "payload[stripe_customer_id]"),
        ),
        ({"payload": {"stripe_customer_id": "cus_1"}}, ("meter_event_value_not_found", "payload[value]")),
        (
            {"payload": {"stripe_customer_id": "cus_1", "value": "1e3"}},
            ("meter_event_invalid_value", "payload[value]"),
        ),
        (
            {"payload": {"stripe_customer_id": "cus_1", "value": "1" * 16}},
            ("meter_event_value_too_many_digits", "payload[value]"),
        ),
        ({"timestamp": AT + 10_000}, ("timestamp_in_future", "timestamp")),
        ({"timestamp": "yesterday"}, ("timestamp_invalid", "timestamp")),
        ({"timestamp": ""}, ("timestamp_missing", "timestamp")),
        ({"timestamp": "45559"}, ("timestamp_invalid", "timestamp")),
        ({"timestamp": "1.72711E+9"}, ("timestamp_invalid", "timestamp")),
        ({"identifier": "1.72711E+15"}, ("field_invalid", "identifier")),
        ({"identifier": "1001.0"}, ("field_invalid", "identifier")),
        ({"identifier": f"upl_{'a' * 26}:1"}, ("field_invalid", "identifier")),
        ({"identifier": f"req_{'a' * 26}:1"}, ("field_invalid", "identifier")),
        ({"identifier": "x" * 101}, ("field_too_long", "identifier")),
        (
            {"payload": {"stripe_customer_id": "cus_1", "value": "1", "note": "a\nb"}},
            ("field_invalid", "payload[note]"),
        ),
        ({"payload": {}}, ("parameter_invalid", "payload")),
        ({"payload": None}, ("parameter_missing", "payload")),
        ({"dimensions": "x"}, ("parameter_unknown", "dimensions")),
    ],
)
def test_refused_as_a_row_would_be(api: Api, store: Store, fields: Mapping[str, Any], error: tuple[str, str]) -> None:
    """By the codes of rows, with the parameter at fault, and without advice for files; nothing is stored."""
    response = add(api, **fields)
    assert (400, *error) == response.error
    assert not [word for word in ("file", "column", "cell") if word in response.json["error"]["message"].lower()]
    assert store.items("events") + store.items("usage") == []


def test_all_errors_are_told(api: Api) -> None:
    """The code is the first one's, the message names all, by parameters: there is no file, and there are no columns."""
    response = add(api, event_name="api_calls", payload={"stripe_customer_id": "cus_2", "value": "x"})
    assert "payload[stripe_customer_id]: " in response.json["error"]["message"]
    assert "payload[value]: " in response.json["error"]["message"]
    for payload in ({"stripe_customer_id": "cus_1"}, {"value": "2"}):
        message = add(api, payload=payload, timestamp=AT + 10_000).json["error"]["message"]
        assert not [word for word in ("file", "column", "payload_") if word in message]


def test_an_identifier_counts_once(api: Api, store: Store) -> None:
    """Another event of the same identifier is refused, be it equal or not. The message says whether it is."""
    stripes = "An event already exists with identifier a."
    assert add(api, identifier="a").status == 200
    for fields, is_equal in (
        ({}, True),
        ({"payload": PLAIN["payload"] | {"value": "25.0"}}, True),  # type: ignore[operator]
        ({"timestamp": None}, True),
        ({"timestamp": AT - 1}, False),
        ({"payload": PLAIN["payload"] | {"value": "26"}}, False),  # type: ignore[operator]
        ({"payload": PLAIN["payload"] | {"region": "eu"}}, False),  # type: ignore[operator]
    ):
        response = add(api, identifier="a", **fields)
        assert response.error == (400, "duplicate_meter_event", "identifier")
        message = response.json["error"]["message"]
        assert message.startswith(stripes)
        assert is_equal == (message == stripes)
    assert len(store.items("events")) == 1


def test_an_identifier_that_is_taken_in_the_last_moment(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was free when it was looked up: what is stored by then stays as it is, and is not counted twice."""
    add(api, identifier="a")
    before = store.items("events")
    events = dependencies.single_events()
    read = events.read

    def read_too_early(_: object) -> dict[str, object]:
        monkeypatch.setattr(events, "read", read)
        return {}

    monkeypatch.setattr(events, "read", read_too_early)
    assert add(api, identifier="a", timestamp=AT - 1).error[:2] == (400, "duplicate_meter_event")
    assert store.items("events") == before
    assert usage() == [(1, Decimal(25))]


def test_a_meter_that_counts_needs_no_value(api: Api) -> None:
    """Each event is read by its own meter's keys."""
    response = add(api, event_name="logins", payload={"tenant": "cus_1"})
    assert (response.status, response.json["payload"]) == (200, {"tenant": "cus_1"})


def test_a_crash_and_a_repeat_are_one_event(api: Api, store: Store) -> None:
    """With the same Idempotency-Key, though no answer is remembered, and the customer is gone meanwhile."""
    first = add(api, key="k1").json
    for item in store.items("idempotency"):
        store.client.delete_item(TableName="idempotency", Key={"id": {"S": item["id"]}})
    store.client.delete_item(TableName="catalog", Key={"pk": {"S": "customer#cus_1"}, "sk": {"S": "customer"}})
    assert first == add(api, key="k1").json
    assert len(store.items("events")) == 1


def test_a_key_is_bound_to_its_event(api: Api, store: Store) -> None:
    """However long ago: another event under it would else be lost without a word."""
    add(api, key="k1")
    for item in store.items("idempotency"):
        store.client.delete_item(TableName="idempotency", Key={"id": {"S": item["id"]}})
    other = add(api, key="k1", payload={"stripe_customer_id": "cus_1", "value": "26"})
    assert other.error == (400, "idempotency_key_reused", None)
    assert other.json["error"]["type"] == "idempotency_error"


def test_without_a_key_every_request_is_an_event(api: Api, store: Store) -> None:
    """Equal usage is legal usage."""
    assert add(api).json["identifier"] != add(api).json["identifier"]
    assert len(store.items("events")) == 2


def test_an_answer_lost_on_the_way_to_us(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB did it, the client repeats the transaction and is refused: the event is ours all the same."""
    events = dependencies.single_events()
    really = events.add

    def twice(*arguments: Any) -> bool:
        really(*arguments)
        return really(*arguments)

    monkeypatch.setattr(events, "add", twice)
    assert add(api, identifier="a").status == 200
    assert usage() == [(1, Decimal(25))]


def test_a_read_key_adds_nothing(api: Api) -> None:
    """Neither events nor adjustments."""
    for path in ("/v1/billing/meter_events", "/v1/billing/meter_event_adjustments"):
        assert api.call("POST", path, key=READ_KEY, body="{}").error[0] == 403


def test_cancelled(api: Api, store: Store) -> None:
    """Usage is without the event, which is stored as it was; the answer is Stripe's."""
    add(api, identifier="a")
    before = store.items("events")
    response = cancel(api, "a")
    assert (response.status, response.json) == (
        200,
        {
            "object": "billing.meter_event_adjustment",
            "cancel": {"identifier": "a"},
            "event_name": "api_calls",
            "livemode": True,
            "status": "complete",
            "type": "cancel",
        },
    )
    assert [True] == [abs(at - time.time()) < 10 for at in cancels()]
    assert [usage(), usage(None)] == [[(0, Decimal(0))]] * 2
    assert before == store.items("events")


def test_a_correction_is_cancelled(api: Api) -> None:
    """What lowered usage no longer does."""
    add(api, identifier="a", payload={"stripe_customer_id": "cus_1", "value": "-5"})
    cancel(api, "a")
    assert usage() == [(0, Decimal(0))]


def test_cancelling_again_changes_nothing(api: Api) -> None:
    """Once is all."""
    add(api, identifier="a")
    assert [cancel(api, "a").status, cancel(api, "a").status] == [200, 200]
    assert usage() == [(0, Decimal(0))]


def test_one_of_two_cancels_at_once(api: Api) -> None:
    """Both found the event as it was: one cancels it, and the other changes nothing."""
    add(api, identifier="a")
    events = dependencies.single_events()
    assert [True, False] == [events.cancel("a", AT), events.cancel("a", AT + 9)]
    assert [AT] == cancels()
    assert usage() == [(0, Decimal(0))]


def test_the_identifier_of_a_cancelled_event_stays_taken(api: Api) -> None:
    """The same event again is no comeback."""
    add(api, identifier="a")
    cancel(api, "a")
    assert add(api, identifier="a").error == (400, "duplicate_meter_event", "identifier")


def test_an_identifier_spelt_in_another_form_of_unicode(api: Api) -> None:
    """An accent is one character or a letter with a mark: the event is the same, and so is what is cancelled."""
    assert add(api, identifier="cafe\u0301").json["identifier"] == "caf\u00e9"
    assert add(api, identifier="caf\u00e9").status == 400
    assert cancel(api, "cafe\u0301").status == 200


def test_an_identifier_with_an_apostrophe(api: Api) -> None:
    """It is found by what it was given as, though a file's cell would lose the apostrophe."""
    assert add(api, identifier="'=1").status == 200
    assert cancel(api, "'=1").status == 200


def test_nothing_to_cancel(api: Api) -> None:
    """An identifier that nobody used, or one of another event name."""
    add(api, identifier="a")
    assert cancel(api, "b").error == (404, "resource_missing", "cancel[identifier]")
    assert cancel(api, "a", "logins").error == (404, "resource_missing", "cancel[identifier]")


def test_only_cancel_is_known(api: Api) -> None:
    """Other types are refused, and one without its event."""
    fields = {"type": "delete", "event_name": "api_calls", "cancel[identifier]": "a"}
    path = "/v1/billing/meter_event_adjustments"
    assert api.call("POST", path, body=urlencode(fields)).error == (400, "parameter_invalid", "type")
    assert api.call("POST", path, body="type=cancel&event_name=a").error == (400, "parameter_missing", "cancel")


@pytest.mark.parametrize("status", [Status.PROCESSING, Status.REVERTING])
def test_an_upload_under_way_keeps_its_events(api: Api, store: Store, status: Status) -> None:
    """A row is cancelled only once its upload is final: else an undo and a cancel could meet."""
    upload = store.put_upload(an_upload(status=status))
    add(api, identifier="a")
    store.client.update_item(
        TableName="events",
        Key={"id": {"S": "a"}},
        UpdateExpression="SET upload = :upload",
        ExpressionAttributeValues={":upload": {"S": upload.id}},
    )
    response = cancel(api, "a")
    assert response.error == (409, "lock_timeout", "cancel[identifier]")
    assert upload.id in response.json["error"]["message"]
    store.put_upload(an_upload(status=Status.SUCCEEDED_WITH_ERRORS))
    assert cancel(api, "a").status == 200
