"""Who may do what."""

import base64
import logging
from collections.abc import Iterator

import pytest

from meterdrop.adapters.catalog.api_keys import Role
from meterdrop.api.http.auth import STREAM_PATH
from tests.support.api.client import Api, written
from tests.support.api.store import READ_KEY, SECRET_KEY, Store, an_upload

SECOND_KEY = SECRET_KEY.replace("example", "another")
WRONG_KEY = SECRET_KEY.replace("example", "guessed")

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
        *(WRONG_KEY, WRONG_KEY.replace("sk_", "rk_"), SECRET_KEY.replace("sk_", "rk_")),
        *("sk_wrong", SECRET_KEY + "x", SECRET_KEY.upper(), "pk_x", "", "ü", "#months"),
    ],
)
def test_a_wrong_key_opens_nothing(api: Api, key: str) -> None:
    """A wrong key is as good as none, on every route."""
    header = {"authorization": f"Bearer {key}"}
    routes = set(every_route(api)) - OPEN
    assert {api.call(*route, key=None, headers=header).error for route in routes} == {(401, "api_key_invalid", None)}


def test_a_read_key_reads_and_writes_nothing(api: Api, store: Store) -> None:
    """A read key gets 403 from every route that writes, and never from one that reads. The stream takes no key."""
    store.put_upload(an_upload())
    responses = {route: api.call(*route, key=READ_KEY).status for route in every_route(api)}
    writing = {route for route in responses if route[0] != "GET"} - {("POST", STREAM_PATH)}
    assert writing
    assert {route for route, status in responses.items() if status == 403} == writing


@pytest.mark.parametrize(("key", "role"), [(SECRET_KEY, "admin"), (READ_KEY, "read")])
def test_a_key_can_ask_what_it_may_do(api: Api, key: str, role: str) -> None:
    """Programs that show only what a key may do need not guess it from its first letters."""
    response = api.call("GET", "/v1/api_key", key=key)
    assert (200, {"object": "api_key", "role": role}) == (response.status, response.json)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("path", ["/v1/nothing", "/v1/uploads", "//", "/health/", "/v1/uploads/x/y/z"])
def test_without_a_key_nothing_is_told_apart(api: Api, method: str, path: str) -> None:
    """Who has no key cannot find out what exists."""
    assert api.call(method, path, key=None).status == 401


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_a_read_key_is_stopped_before_routing(api: Api, method: str) -> None:
    """Whatever may write is refused to a read key, on paths that do not exist too."""
    assert api.call(method, "/v1/nothing", key=READ_KEY).error == (403, "secret_key_required", None)


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
    store.put_key(SECOND_KEY, Role.ADMIN)
    assert api.call("GET", "/v1/uploads", key=SECOND_KEY).status == 200
    store.revoke_key(SECOND_KEY)
    assert api.call("GET", "/v1/uploads", key=SECOND_KEY).status == 401
    assert api.call("GET", "/v1/uploads").status == 200


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
