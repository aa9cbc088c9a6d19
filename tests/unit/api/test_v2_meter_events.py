"""Version 2 of Stripe's meter events: its shapes and errors, sessions, and the stream."""

import json
import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pytest

from meterdrop.adapters.access.sessions import SESSION_SECONDS
from meterdrop.adapters.dynamodb import transactions
from meterdrop.api.http import dependencies
from meterdrop.domain.codes import RowCode, Status
from meterdrop.domain.metering.summary import Scope
from tests.support.api.client import Api, ApiResponse
from tests.support.api.store import READ_KEY, SECRET_KEY, Store, an_upload

NOW = int(time.time())
AT = NOW - 3_600
PAYLOAD = {"stripe_customer_id": "cus_1", "value": "25"}
EVENTS, ADJUSTMENTS = "/v2/billing/meter_events", "/v2/billing/meter_event_adjustments"
SESSION, STREAM = "/v2/billing/meter_event_session", "/v2/billing/meter_event_stream"
RFC_3339 = "%Y-%m-%dT%H:%M:%S.000Z"


def at(seconds: int, text: str = RFC_3339) -> str:
    """Write a time."""
    return time.strftime(text, time.gmtime(seconds))


def an_event(value: object = "25", **fields: object) -> dict[str, object]:
    """Make an event of a request."""
    payload = {"stripe_customer_id": "cus_1", "value": value}
    return {"event_name": "api_calls", "payload": payload, "timestamp": at(AT), **fields}


@pytest.fixture(autouse=True)
def _catalog(store: Store) -> None:
    store.put_meter("mtr_calls", "api_calls")
    store.put_meter("mtr_old", "old", status="inactive")
    store.put_customer("cus_1")


def post(api: Api, path: str, body: object = None, *, key: str = SECRET_KEY, idempotency_key: str = "") -> ApiResponse:
    """Send JSON."""
    headers = {"content-type": "application/json"} | ({"idempotency-key": idempotency_key} if idempotency_key else {})
    return api.call("POST", path, key=key, body=json.dumps(body or {}), headers=headers)


def token_of(api: Api) -> str:
    """Create a session; return its token."""
    return str(post(api, SESSION).json["authentication_token"])


def stream(api: Api, *events: Mapping[str, object], token: str | None = None, key: str = "") -> ApiResponse:
    """Send events to the stream."""
    return post(api, STREAM, {"events": list(events)}, key=token or token_of(api), idempotency_key=key)


def usage() -> list[tuple[int, Decimal | None]]:
    """Return count and sum of the customer's usage, hour by hour."""
    hours = range(AT // 3_600 - 2, NOW // 3_600 + 2)
    found = dependencies.usage_reader().hours(Scope("mtr_calls", "cus_1"), hours, newest_first=False)
    return [(used.figures.count, used.figures.sum) for used in found]


def test_the_answer_is_stripes(api: Api) -> None:
    """The event as Stripe shows one: times are RFC 3339, in whole seconds."""
    fraction = at(AT, "%Y-%m-%dT%H:%M:%S.987654321Z")
    response = post(api, EVENTS, an_event(identifier=" idmp_1 ", timestamp=fraction))
    assert 200 == response.status
    body = response.json
    assert at(NOW - 5) <= body.pop("created") <= at(int(time.time()))
    assert body == {
        "object": "v2.billing.meter_event",
        "event_name": "api_calls",
        "identifier": "idmp_1",
        "livemode": True,
        "payload": PAYLOAD,
        "timestamp": at(AT),
    }
    assert [(1, Decimal(25))] == usage()


def test_a_repeat_is_one_event(api: Api, store: Store) -> None:
    """With the same Idempotency-Key, though no answer is remembered."""
    first = post(api, EVENTS, an_event(), idempotency_key="k")
    for item in store.items("idempotency"):
        store.client.delete_item(TableName="idempotency", Key={"id": {"S": item["id"]}})
    assert first.json == post(api, EVENTS, an_event(), idempotency_key="k").json
    assert 1 == len(store.items("events"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"event_name": "nobody"}, "no_meter"),
        ({"event_name": "old"}, "archived_meter"),
        ({"payload": {"value": "1"}}, "payload_no_customer_defined"),
        ({"payload": {"stripe_customer_id": "cus_1"}}, "payload_no_value_defined"),
        ({"payload": {"stripe_customer_id": "cus_1", "value": "1e3"}}, "payload_invalid_value"),
        ({"payload": {"stripe_customer_id": "cus_2", "value": "1"}}, "meter_event_customer_not_found"),
        ({"timestamp": at(NOW + 86_400)}, "timestamp_in_future"),
        ({"timestamp": "2024-09-25T00:00:00"}, "timestamp_invalid"),
        ({"payload": None}, "parameter_invalid"),
        ({"dimensions": {}}, "parameter_unknown"),
    ],
)
def test_errors_have_the_shape_and_the_codes_of_version_2(
    api: Api, store: Store, fields: Mapping[str, Any], code: str
) -> None:
    """Without a parameter; in the stream with the position of the event. Nothing is stored."""
    event = {**an_event(), **fields}
    for response in (post(api, EVENTS, event), stream(api, an_event(), event)):
        error = response.json["error"]
        assert (400, ["type", "code", "message"]) == (response.status, list(error))
        assert ("invalid_request_error", code) == (error["type"], error["code"])
    assert "events[1]" in error["message"]
    assert [] == store.items("events") + store.items("usage")


def test_every_code_of_a_row_is_in_the_description(api: Api) -> None:
    """Those that version 2 spells in another way are there too."""
    schema = json.dumps(api.get("/openapi.json").json["components"]["schemas"])
    assert {code.value for code in RowCode} | {"payload_invalid_value"} <= set(schema.replace('"', " ").split())


def test_a_body_is_json(api: Api) -> None:
    """As in Stripe's version 2, a form is refused."""
    response = api.call("POST", EVENTS, body="event_name=api_calls")
    assert (400, "body_invalid", None) == response.error
    assert "Send application/json." in response.json["error"]["message"]


def test_an_identifier_counts_once(api: Api) -> None:
    """As in version 1, another request with it is refused."""
    assert 200 == post(api, EVENTS, an_event(identifier="a")).status
    response = post(api, EVENTS, an_event(identifier="a"))
    assert (400, "duplicate_meter_event", None) == response.error


def test_cancelled(api: Api) -> None:
    """Usage is without the event. The answer is Stripe's, and the same for the second time."""
    post(api, EVENTS, an_event(identifier="a"))
    cancel = {"type": "cancel", "event_name": "api_calls", "cancel": {"identifier": "a"}}
    first = post(api, ADJUSTMENTS, cancel)
    assert first.json == post(api, ADJUSTMENTS, cancel).json
    body = first.json
    assert at(NOW - 5) <= body.pop("created") <= at(int(time.time()))
    assert body.pop("id").startswith("mtradj_")
    assert body == {
        "object": "v2.billing.meter_event_adjustment",
        "cancel": {"identifier": "a"},
        "event_name": "api_calls",
        "livemode": True,
        "status": "complete",
        "type": "cancel",
    }
    assert [(0, Decimal(0))] == usage()
    assert (404, "resource_missing", None) == post(api, ADJUSTMENTS, cancel | {"event_name": "logins"}).error


def test_a_session(api: Api, store: Store) -> None:
    """Its token is valid for 15 minutes. Only the token's hash is stored."""
    response = post(api, SESSION)
    session = response.json
    assert 200 == response.status
    assert ["object", "id", "authentication_token", "created", "expires_at", "livemode"] == list(session)
    assert ("v2.billing.meter_event_session", True) == (session["object"], session["livemode"])
    created, expires = (time.strptime(session[name], RFC_3339) for name in ("created", "expires_at"))
    assert 15 * 60 == time.mktime(expires) - time.mktime(created)
    assert session["authentication_token"] not in json.dumps(store.items("idempotency"), default=str)


def test_a_session_is_not_remembered(api: Api, store: Store) -> None:
    """A stored answer would hold the token. The same request makes another session."""
    tokens = {post(api, SESSION, idempotency_key="k").json["authentication_token"] for _ in range(2)}
    assert 2 == len(tokens)
    assert {"session", "key_use"} == {item["id"].partition("#")[0] for item in store.items("idempotency")}


def test_a_session_needs_the_permission_to_write_events(api: Api) -> None:
    """A read key could write with it."""
    assert (403, "permission_missing", None) == post(api, SESSION, key=READ_KEY).error


@pytest.mark.parametrize("key", [SECRET_KEY, READ_KEY, "", "mest_x", "x" * 48])
def test_the_stream_takes_no_api_key(api: Api, key: str) -> None:
    """Only the token of a session."""
    assert (401, "api_key_invalid", None) == post(api, STREAM, {"events": [an_event()]}, key=key).error


def test_a_token_is_for_the_stream_alone(api: Api) -> None:
    """Neither reads nor other writes."""
    token = token_of(api)
    for method, path in (("POST", EVENTS), ("POST", SESSION), ("GET", "/v1/uploads"), ("GET", STREAM), ("POST", "/x")):
        assert (401, "api_key_invalid") == api.call(method, path, key=token, body="{}").error[:2]


@pytest.mark.parametrize("why", ["expired", "unknown", "revoked"])
def test_a_token_that_is_no_longer_valid(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch, why: str) -> None:
    """At the next request after it expired, or its API key was revoked. The error is the one of Stripe's clients."""
    token = token_of(api)
    assert 200 == stream(api, an_event(identifier="a"), token=token).status
    if why == "expired":
        at_expiry = time.time() + SESSION_SECONDS
        monkeypatch.setattr("time.time", lambda: at_expiry)
    elif why == "revoked":
        store.revoke_key(SECRET_KEY)
    else:
        token = token[:-5] + "AAAAA"
    response = stream(api, an_event(identifier="a"), token=token)
    assert (401, "billing_meter_event_session_expired", None) == response.error
    assert "temporary_session_expired" == response.json["error"]["type"]
    assert "false" == response.headers["Stripe-Should-Retry"]


def test_a_token_is_valid_until_it_expires(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its last second too."""
    token = token_of(api)
    last_second = int(time.time()) + SESSION_SECONDS - 2
    monkeypatch.setattr("time.time", lambda: last_second)
    assert 200 == stream(api, an_event(), token=token).status


def test_a_hundred_events(api: Api, store: Store) -> None:
    """All of them count when the answer is there, which is empty. A hundred and one are refused."""
    events = [an_event(str(number)) for number in range(100)]
    response = stream(api, *events, key="k")
    assert (200, {}) == (response.status, response.json)
    assert 100 == len(store.items("events"))
    assert [(100, Decimal(4_950))] == usage()
    for count in (0, 101):
        assert (400, "parameter_invalid", None) == stream(api, *([an_event()] * count)).error


def test_the_same_request_in_another_session(api: Api, store: Store) -> None:
    """Events without identifiers are bound to the API key and the Idempotency-Key, not to the session."""
    events = [an_event("1"), an_event("2", identifier="a")]
    assert 200 == stream(api, *events, key="k").status
    for item in store.items("idempotency"):
        store.client.delete_item(TableName="idempotency", Key={"id": {"S": item["id"]}})
    assert 200 == stream(api, *events, key="k").status
    assert [(2, Decimal(3))] == usage()


def test_a_repeated_identifier(api: Api, store: Store) -> None:
    """With equal content it is a success, in the same request too; with other content an error, and nothing is new."""
    assert 200 == stream(api, an_event(identifier="a"), an_event("25.0", identifier="a")).status
    assert 200 == stream(api, an_event(identifier="a"), an_event("1")).status
    assert [(2, Decimal(26))] == usage()
    response = stream(api, an_event("1"), an_event("2", identifier="a"))
    assert (400, "duplicate_meter_event", None) == response.error
    message = "events[1]: An event already exists with identifier a. Its content is different."
    assert response.json["error"]["message"].startswith(message)
    assert 2 == len(store.items("events"))


def test_an_event_of_an_upload_in_progress(api: Api, store: Store) -> None:
    """It may still be undone: the client tries again."""
    upload = store.put_upload(an_upload(status=Status.PROCESSING))
    stream(api, an_event(identifier="a"))
    store.client.update_item(
        TableName="events",
        Key={"id": {"S": "a"}},
        UpdateExpression="SET upload = :upload",
        ExpressionAttributeValues={":upload": {"S": upload.id}},
    )
    response = stream(api, an_event(identifier="a"), an_event())
    assert (409, "lock_timeout", None) == response.error
    assert "true" == response.headers["Stripe-Should-Retry"]
    assert 1 == len(store.items("events"))


def test_a_crash_between_transactions(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first transaction is stored, and the request is sent again under its key: every event counts once."""
    really, calls = transactions.transact_write, list[int]()

    def die(client: Any, writes: Sequence[Any]) -> frozenset[int]:
        calls.append(sum("events" == write["Put"]["TableName"] for write in writes))
        if len(calls) == 2:
            raise MemoryError
        return really(client, writes)

    monkeypatch.setattr("meterdrop.adapters.metering.single_events.transact_write", die)
    request = [an_event(str(number)) for number in range(100)]
    token = token_of(api)
    assert 500 == stream(api, *request, token=token, key="k").status
    assert calls[0] == len(store.items("events")) < 100
    assert 200 == stream(api, *request, token=token, key="k").status
    assert 100 == len(store.items("events"))
    assert [(100, Decimal(4_950))] == usage()
