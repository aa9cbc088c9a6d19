"""What each key may do: every route against every permission."""

import re
from itertools import combinations

import pytest

from meterdrop.api.app import all_access
from meterdrop.api.http.auth import SESSION_PATH, STREAM_PATH, Access, Needs
from meterdrop.domain.access.permissions import ALL, PRESETS, Level, Permission, Permissions, Resource
from meterdrop.domain.codes import Kind
from tests.support.api.client import Api, ApiResponse
from tests.support.api.store import READ_KEY, SECRET_KEY, Store, a_key_text, an_upload, take_messages

KEY = a_key_text(1)
SINGLE = [Permission(resource, level) for resource in Resource for level in Level]
KEYS: dict[str, Permissions] = {
    **{str(each): {each.resource: each.level} for each in SINGLE},
    "no permission": {},
    **{
        f"all but {resource}": {each: level for each, level in ALL.items() if each != resource} for resource in Resource
    },
}
"""The permissions of restricted keys, by their names."""


def send(api: Api, method: str, path: str, key: str) -> ApiResponse:
    """Send an empty request to a route, whose objects don't exist."""
    path = re.sub("<[^>]*>", "nobody", path)
    if path == STREAM_PATH:
        key = api.call("POST", SESSION_PATH, key=key).json.get("authentication_token", key)
    return api.call(
        method, path, key=key, body=None if method == "GET" else "{}", headers={"content-type": "application/json"}
    )


def includes(permissions: Permissions, access: Access) -> bool:
    """Return whether a restricted key should reach a route, said in another way than the code does."""
    if isinstance(access, Needs):
        return access is not Needs.ADMIN_KEY
    return f"{access.resource}:{access.level}" in {
        f"{resource}:{each}" for resource, level in permissions.items() for each in ("read", level)
    }


def outcome(access: Access, response: ApiResponse) -> str:
    """Say whether a route was reached. A refusal must name what the key lacks."""
    if response.status in {401, 403}:
        lacks = "an admin key" if access is Needs.ADMIN_KEY else str(access)
        named = response.status == 401 or lacks in response.json["error"]["message"]
        return f"{response.error[1]}{'' if named else ' without the name'}"
    return "reached" if response.status in {200, 400, 404} else str(response.status)


@pytest.mark.parametrize("permissions", KEYS.values(), ids=KEYS)
def test_each_key_on_each_route(api: Api, store: Store, permissions: Permissions) -> None:
    """A route is reached with its permission, and answers 403 otherwise. The message names the permission."""
    store.put_key(KEY, permissions)
    found, expected = {}, {}
    for (path, method), access in all_access().items():
        found[path, method] = outcome(access, send(api, method, path, KEY))
        # Without the permission, the stream has no session, so an API key is sent to it.
        refused = "api_key_invalid" if path == STREAM_PATH else "permission_missing"
        expected[path, method] = "reached" if includes(permissions, access) else refused
    assert expected == found


def test_keys_that_are_no_longer_valid(api: Api, store: Store) -> None:
    """Expired or revoked, an admin key too reaches only what needs no key. Before that, it reaches everything."""
    expired, revoked = a_key_text(2, "sk"), a_key_text(3, "sk")
    store.put_key(expired, expires=2)
    store.put_key(revoked)
    store.revoke_key(revoked)
    codes = {SECRET_KEY: "reached", expired: "api_key_expired", revoked: "api_key_invalid"}
    for (path, method), access in all_access().items():
        found = {key: outcome(access, send(api, method, path, key)) for key in codes}
        expected = dict.fromkeys(codes, "reached") if access is Needs.NO_KEY else dict(codes)
        if path == STREAM_PATH:
            expected[expired] = "api_key_invalid"  # it is no token of a session
        assert (path, method, expected) == (path, method, found)


def test_the_stream_ends_with_the_permission_of_its_key(api: Api, store: Store) -> None:
    """A session has the permissions that its key has at the moment, so a key that lost them can't go on."""
    store.put_key(KEY, {Resource.METER_EVENTS: Level.WRITE})
    token = api.call("POST", SESSION_PATH, key=KEY).json["authentication_token"]
    assert 400 == api.call("POST", STREAM_PATH, key=token, body="{}").status
    store.put_key(KEY, {Resource.METER_EVENTS: Level.READ})
    assert (403, "permission_missing") == api.call("POST", STREAM_PATH, key=token, body="{}").error[:2]
    store.put_key(KEY, {Resource.METER_EVENTS: Level.WRITE}, expires=2)
    assert (401, "billing_meter_event_session_expired") == api.call("POST", STREAM_PATH, key=token, body="{}").error[:2]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "GET"])
@pytest.mark.parametrize(("path", "missing"), [("/v1/nothing", True), ("/v1/uploads", False)])
def test_what_no_route_accepts(api: Api, store: Store, method: str, path: str, missing: bool) -> None:
    """A path that doesn't exist, or another method of one that does, says so to every valid key."""
    store.put_key(KEY, {})
    status = api.call(method, path, key=KEY, body=None if method == "GET" else "{}").status
    assert status == (404 if missing else 403 if method in {"GET", "POST"} else 405)


def test_no_two_routes_accept_the_same_path() -> None:
    """The permission is that of the route that answers, so it must be clear which one does."""
    paths = [path.split("/") for path in {path for path, _ in all_access()}]
    for one, other in combinations(paths, 2):
        pairs = list(zip(one, other, strict=False))
        overlap = len(one) == len(other) and all(a == b or "<" in a or "<" in b for a, b in pairs)
        assert not overlap or not any("<" in step for step in one) or not any("<" in step for step in other)


def test_a_customer_is_not_looked_up_without_permission(api: Api, store: Store) -> None:
    """A path with a slash in an ID is checked by reading the customer. That too needs the permission."""
    store.put_customer("a/b")
    store.put_key(KEY, {Resource.USAGE: Level.READ})
    responses = [api.call("GET", f"/v1/customers/{id_}", key=KEY) for id_ in ("a/b", "a/c")]
    assert [(403, "permission_missing", None)] * 2 == [response.error for response in responses]


def test_head_needs_what_get_needs(api: Api, store: Store) -> None:
    """It returns the same headers."""
    store.put_key(KEY, {Resource.METERS: Level.WRITE})
    assert [403, 200] == [api.call("HEAD", path, key=KEY).status for path in ("/v1/uploads", "/v1/billing/meters")]


@pytest.mark.parametrize(("key", "type_"), [(SECRET_KEY, "secret"), (READ_KEY, "restricted")])
def test_a_key_can_ask_what_it_may_do(api: Api, store: Store, key: str, type_: str) -> None:
    """Programs that show only what a key may do need not guess it from its first letters."""
    stored = store.put_key(key, ALL if type_ == "secret" else PRESETS["read"], name="Dashboard", expires=2_000_000_000)
    level = "write" if type_ == "secret" else "read"
    assert {
        "id": stored.id,
        "object": "api_key",
        "type": type_,
        "name": "Dashboard",
        "permissions": dict.fromkeys(Resource, level),
        "prefix": None,
        "created": 1,
        "expires_at": 2_000_000_000,
    } == api.call("GET", "/v1/api_key", key=key).json


def test_an_admin_key_lists_all_keys(api: Api, store: Store) -> None:
    """Newest first, in pages, expired ones too. Not even the hash of a key is in the list."""
    made = [store.put_key(a_key_text(number), PRESETS["upload"], created=100 + number) for number in range(3)]
    expired = store.put_key(a_key_text(9), {}, prefix="uploads/acme/", created=200, expires=201)
    first = api.call("GET", "/v1/api_keys", query={"limit": 2})
    assert [expired.id, made[2].id] == [key["id"] for key in first.json["data"]]
    assert ("uploads/acme/", 201) == (first.json["data"][0]["prefix"], first.json["data"][0]["expires_at"])
    assert {"uploads": "read", "files": "write"} == first.json["data"][1]["permissions"]
    rest = api.call("GET", "/v1/api_keys", query={"limit": 100, "starting_after": made[2].id})
    assert [made[1].id, made[0].id] == [key["id"] for key in rest.json["data"]][:2]
    assert (True, False, 4) == (first.json["has_more"], rest.json["has_more"], len(rest.json["data"]))
    assert not [item["sha256"] for item in store.items("keys") if item["sha256"] in first.text + rest.text]


@pytest.mark.usefixtures("empty_queue")
@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        ("uploads:write,files:write", {"list": 0, "get": 404, "file": 404, "reprocess": 404, "form": 403}),
        (
            "uploads:write,files:write,customers:read",
            {"list": 1, "get": 200, "file": 302, "reprocess": 403, "form": 403},
        ),
        (
            "uploads:write,files:write,customers:write",
            {"list": 1, "get": 200, "file": 302, "reprocess": 202, "form": 200},
        ),
    ],
)
def test_customer_files_need_the_permission_for_customers(
    api: Api, store: Store, permissions: str, expected: dict[str, int]
) -> None:
    """A customer file has personal data, and changes customers."""
    key = "customers/a.csv"
    upload = store.put_upload(an_upload(kind=Kind.CUSTOMERS, key=key, version_id=store.drop(key)))
    pairs = (each.split(":") for each in permissions.split(","))
    store.put_key(KEY, {Resource(name): Level(level) for name, level in pairs})
    path = f"/v1/uploads/{upload.id}"
    assert expected == {
        "list": len(api.call("GET", "/v1/uploads", key=KEY).json["data"]),
        "get": api.call("GET", path, key=KEY).status,
        "file": api.call("GET", f"{path}/file", key=KEY).status,
        "reprocess": api.call("POST", f"{path}/reprocess", key=KEY).status,
        "form": api.call("POST", "/v1/uploads", key=KEY, body="file_name=a.csv&kind=customers").status,
    }
    assert len(take_messages()) == (expected["reprocess"] == 202)
