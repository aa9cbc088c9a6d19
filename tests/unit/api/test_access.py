"""Who may do what: credentials. `test_permissions.py` has what each key may do."""

import base64
import logging
import time
from collections.abc import Iterator

import pytest

from meterdrop.adapters.access.key_uses import HOUR
from meterdrop.api.http import dependencies
from tests.support.api.client import Api, written
from tests.support.api.store import READ_KEY, SECRET_KEY, Store, a_key_text, an_upload

SECOND_KEY = a_key_text(2, "sk")
WRONG_KEY = a_key_text(3, "sk")

OPEN = {("GET", "/health")}


def every_route(api: Api) -> Iterator[tuple[str, str]]:
    """Yield method and path of each route of the generated description."""
    paths = api.get("/openapi.json").json["paths"]
    for path, operations in paths.items():
        for method in operations:
            yield method.upper(), path.replace("{upload_id}", an_upload().id)


def test_every_route_but_one_wants_a_key(api: Api) -> None:
    """Without a key each route answers 401, but the one that says whether the API is up."""
    responses = {route: api.call(*route, key=None).status for route in every_route(api)}
    assert len(responses) >= 8
    assert responses == {route: 200 if route in OPEN else 401 for route in responses}


@pytest.mark.parametrize(
    "key",
    [
        *(WRONG_KEY, a_key_text(3), SECRET_KEY.replace("sk_", "rk_"), READ_KEY.replace("rk_", "sk_")),
        *("sk_wrong", SECRET_KEY + "x", SECRET_KEY.upper(), "pk_x", "", "ü", "key_use#"),
    ],
)
def test_a_wrong_key_opens_nothing(api: Api, key: str) -> None:
    """A wrong key is as good as none, on every route."""
    header = {"authorization": f"Bearer {key}"}
    routes = set(every_route(api)) - OPEN
    assert {api.call(*route, key=None, headers=header).error for route in routes} == {(401, "api_key_invalid", None)}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/uploads", "//", "/health/", "/v1/uploads/x/y/z"])
def test_without_a_key_nothing_is_told_apart(api: Api, method: str, path: str) -> None:
    """Who has no key cannot find out what exists."""
    assert api.call(method, path, key=None).status == 401


def test_only_reading_the_open_paths_is_open(api: Api) -> None:
    """What is open is open to be read."""
    assert api.call("POST", "/health", key=None).status == 401
    assert api.call("HEAD", "/health", key=None).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        f"Bearer {SECRET_KEY}",
        f"bearer {SECRET_KEY}",
        f"BEARER   {SECRET_KEY} ",
        "Basic " + base64.b64encode(f"{SECRET_KEY}:".encode()).decode(),
        "basic " + base64.b64encode(SECRET_KEY.encode()).decode(),
    ],
)
def test_a_key_may_come_in_each_usual_way(api: Api, authorization: str) -> None:
    """The scheme's case does not matter, and Basic takes the key as user name, as Stripe does."""
    assert api.call("GET", "/v1/uploads", key=None, headers={"authorization": authorization}).status == 200


@pytest.mark.parametrize(
    "authorization",
    [SECRET_KEY, f"Token {SECRET_KEY}", f"Bearer{SECRET_KEY}", "Basic %%%", "Basic /w==", "Bearer", "  "],
)
def test_a_key_in_no_known_way_is_none(api: Api, authorization: str) -> None:
    """What cannot be read as a key is no key, and breaks nothing."""
    assert api.call("GET", "/v1/uploads", key=None, headers={"Authorization": authorization}).status == 401


def test_several_keys_are_valid_until_revoked(api: Api, store: Store) -> None:
    """A revoked key fails on the next request; the others go on."""
    store.put_key(SECOND_KEY)
    assert api.call("GET", "/v1/uploads", key=SECOND_KEY).status == 200
    store.revoke_key(SECOND_KEY)
    assert api.call("GET", "/v1/uploads", key=SECOND_KEY).status == 401
    assert api.call("GET", "/v1/uploads").status == 200


def test_a_key_is_found_by_its_whole_hash(api: Api, store: Store) -> None:
    """An ID has only a part of it."""
    other = store.put_key(SECOND_KEY)
    store.client.update_item(
        TableName="keys",
        Key={"id": {"S": other.id}},
        UpdateExpression="SET sha256 = :other",
        ExpressionAttributeValues={":other": {"S": "0" * 64}},
    )
    assert api.call("GET", "/v1/uploads", key=SECOND_KEY).status == 401


def test_a_key_expires(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is valid in its last second, and not in the next."""
    key = store.put_key(SECOND_KEY, expires=2_000_000_000)
    monkeypatch.setattr(time, "time", lambda: 1_999_999_999.9)
    assert api.call("GET", "/v1/uploads", key=SECOND_KEY).status == 200
    monkeypatch.setattr(time, "time", lambda: 2_000_000_000.0)
    for path in ("/v1/uploads", "/v1/nothing"):
        response = api.call("GET", path, key=SECOND_KEY)
        assert (401, "api_key_expired", None) == response.error
        assert key.id in response.json["error"]["message"]
        assert SECOND_KEY not in response.text


def test_a_refusal_says_how_to_come_in(api: Api) -> None:
    """A 401 names the scheme, as HTTP wants, and what to do."""
    response = api.call("GET", "/v1/uploads", key=WRONG_KEY)
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="Meterdrop"'
    assert "make key" in response.json["error"]["message"]
    assert WRONG_KEY not in response.text


def test_a_key_is_never_logged(api: Api, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """Neither a right nor a wrong key reaches the log, not even when a request breaks."""
    caplog.set_level(logging.DEBUG)
    store.put("uploads", {"id": an_upload().id})
    assert api.call("GET", f"/v1/uploads/{an_upload().id}").status == 500
    assert api.call("GET", "/v1/uploads", key=WRONG_KEY).status == 401
    logged = written(caplog) + caplog.text
    assert "request failed" in logged
    assert SECRET_KEY not in logged
    assert WRONG_KEY not in logged


def uses(api: Api) -> dict[str, int | None]:
    """Return the hour of the last use of each key, by ID."""
    return {key["id"]: key["last_used_at"] for key in api.call("GET", "/v1/api_keys").json["data"]}


def test_the_last_use_is_noted_to_the_hour(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By every valid key, whatever comes of its request, with one write an hour."""
    key = store.put_key(SECOND_KEY)
    writes: list[int] = []
    store.client.meta.events  # noqa: B018
    updates = dependencies.key_uses()._client.meta.events  # noqa: SLF001
    note = lambda **_: writes.append(1)  # noqa: E731
    updates.register("before-call.dynamodb.UpdateItem", note)
    assert uses(api)[key.id] is None
    writes.clear()
    for at, path in ((10 * HOUR + 5, "/v1/uploads"), (10 * HOUR + 3_599, "/v1/nothing"), (11 * HOUR, "/v1/uploads")):
        monkeypatch.setattr(time, "time", lambda at=at: float(at))
        for _ in range(3):
            api.call("GET", path, key=SECOND_KEY)
    updates.unregister("before-call.dynamodb.UpdateItem", note)
    assert 2 == len(writes)
    assert 11 * HOUR == uses(api)[key.id]


def test_an_older_function_does_not_turn_the_last_use_back(store: Store) -> None:
    """Functions run side by side, and the clock of one may be behind."""
    assert store
    for hour in (5, 4, 5):
        dependencies.key_uses.cache_clear()
        dependencies.key_uses().note("key_a", hour * HOUR + 1)
    assert {"key_a": 5 * HOUR} == dependencies.key_uses().last_uses(["key_a", "key_b"])


def test_a_request_goes_on_if_its_use_is_not_noted(api: Api, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """The table of uses is not there: the key works, and the log has the reason."""
    store.put_key(SECOND_KEY)
    store.client.delete_table(TableName="idempotency")
    try:
        assert 200 == api.call("GET", "/v1/uploads", key=SECOND_KEY).status
        assert 1 == caplog.text.count("last use of an API key not stored")
    finally:
        store._make("idempotency", ["id"], {})
