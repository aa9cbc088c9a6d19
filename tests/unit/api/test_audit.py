"""The audit trail: one line for each write, by whom and of what, and nothing of what is in it."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest

from meterdrop.adapters.aws.audit_log import AuditLog
from meterdrop.api.http import dependencies
from meterdrop.domain.access.key_text import new_key_text
from tests.naughty.strings import NAUGHTY
from tests.support.api.client import Api, ApiResponse, sample, written
from tests.support.api.store import (
    AUDIT_LOG_GROUP,
    READ_KEY,
    SECRET_KEY,
    Store,
    an_api_key,
    an_upload,
    audit_lines,
)

METER, OLD_METER = "mtr_" + "a" * 26, "mtr_" + "b" * 26
EVENT = {
    "event_name": "api_calls",
    "identifier": "call-1",
    "payload": {"stripe_customer_id": "cus_1", "value": "25"},
    "timestamp": 1_727_222_400,
}
V2_EVENT = {**EVENT, "timestamp": "2024-09-25T00:00:00Z"}
CANCEL = {"type": "cancel", "event_name": "api_calls", "cancel": {"identifier": "call-0"}}
WINDOW = {"start_time": 1_725_148_800, "end_time": 1_727_740_800}
Given = Mapping[str, str]
KEY_ID, READ_KEY_ID = an_api_key(SECRET_KEY).id, an_api_key(READ_KEY).id
OTHER_KEY, WRONG_KEY = new_key_text(is_admin=True), new_key_text(is_admin=True)


@dataclass(frozen=True)
class Write:
    """A request that a write route accepts, and one that it refuses."""

    route: str
    method: str = "POST"
    body: Mapping[str, Any] = field(default_factory=dict)
    parameter: str = ""
    """The name of the ID in the path, by which the world below has one."""
    target: Callable[[ApiResponse, Given], str | None] = lambda response, _: response.json["id"]
    refused: Mapping[str, Any] = field(default_factory=lambda: {"no_such_parameter": "x"})
    further: Mapping[str, int] = field(default_factory=dict)
    action: str = ""
    """The action of `last_change` afterwards; empty if the write changes nothing that has one."""
    is_stream: bool = False


def by_path(response: ApiResponse, given: Given) -> str:
    """Return the ID in the path."""
    assert response.text
    return given["path"]


WRITES = [
    Write("/v1/uploads", body={"file_name": "a.csv"}, target=lambda response, _: response.json["key"]),
    Write("/v1/uploads/{upload_id}/revert", parameter="upload_id", target=by_path, action="revert"),
    Write("/v1/uploads/{upload_id}/reprocess", parameter="upload_id", target=by_path, action="reprocess"),
    Write(
        "/v1/billing/meters",
        body={"display_name": "n", "event_name": "new", "default_aggregation": {"formula": "sum"}},
        action="create",
    ),
    Write(
        "/v1/billing/meters/{meter_id}",
        body={"display_name": "n"},
        parameter="meter_id",
        target=by_path,
        action="update",
    ),
    Write("/v1/billing/meters/{meter_id}/deactivate", parameter="meter_id", target=by_path, action="deactivate"),
    Write("/v1/billing/meters/{meter_id}/reactivate", parameter="old_meter_id", target=by_path, action="reactivate"),
    Write("/v1/customers", body={"name": "n"}, action="create"),
    Write("/v1/customers/{customer_id}", body={"name": "n"}, parameter="customer_id", target=by_path, action="update"),
    Write("/v1/customers/{customer_id}", "DELETE", parameter="customer_id", target=by_path, action="delete"),
    Write("/v1/billing/meter_events", body=EVENT, target=lambda *_: "call-1", action="create"),
    Write("/v1/billing/meter_event_adjustments", body=CANCEL, target=lambda *_: "call-0", action="cancel"),
    Write("/v2/billing/meter_events", body=V2_EVENT, target=lambda *_: "call-1", action="create"),
    Write("/v2/billing/meter_event_adjustments", body=CANCEL, target=lambda *_: "call-0", action="cancel"),
    Write("/v2/billing/meter_event_session"),
    Write(
        "/v2/billing/meter_event_stream",
        body={"events": [V2_EVENT, {**V2_EVENT, "identifier": "call-2"}]},
        target=lambda *_: None,
        further={"event_count": 2},
        action="create",
        is_stream=True,
    ),
    Write("/v1/billing_periods", body=WINDOW, action="create"),
    Write("/v1/billing_periods/{period_id}/close", parameter="period_id", target=by_path, action="close"),
]


@pytest.fixture
def given(api: Api, store: Store) -> Given:
    """Make what the writes are about; return the IDs by the names of parameters."""
    store.put_meter(METER, "api_calls")
    store.put_meter(OLD_METER, "old", status="inactive")
    store.put_customer("cus_1")
    upload = store.put_upload(an_upload(version_id=store.drop("uploads/acme/2024-09.csv"), sha256="a" * 64))
    period = send(api, Write("/v1/billing_periods", body=WINDOW), {}).json["id"]
    send(api, Write("/v1/billing/meter_events", body={**EVENT, "identifier": "call-0"}), {})
    return {
        "upload_id": upload.id,
        "meter_id": METER,
        "old_meter_id": OLD_METER,
        "customer_id": "cus_1",
        "period_id": period,
        "token": send(api, Write("/v2/billing/meter_event_session"), {}).json["authentication_token"],
    }


def send(  # noqa: PLR0913  what makes up a request
    api: Api,
    write: Write,
    given: Given,
    *,
    body: Mapping[str, Any] | None = None,
    key: str = SECRET_KEY,
    idempotency_key: str = "",
) -> ApiResponse:
    """Send a write."""
    path = write.route
    if write.parameter:
        name = write.parameter.removeprefix("old_")
        path = path.replace(f"{{{name}}}", given[write.parameter])
    headers = {"content-type": "application/json"} | ({"idempotency-key": idempotency_key} if idempotency_key else {})
    return api.call(
        write.method,
        path,
        key=given["token"] if write.is_stream and key == SECRET_KEY else key,
        body=json.dumps(write.body if body is None else body),
        headers=headers,
    )


def new_lines(before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the lines since."""
    return audit_lines()[len(before) :]


def test_every_write_route_is_in_this_table(api: Api) -> None:
    """A new route that writes is refused a place in the API until its line is known."""
    paths = api.get("/openapi.json").json["paths"]
    routes = {(method.upper(), path) for path, operations in paths.items() for method in operations}
    assert {(write.method, write.route) for write in WRITES} == {route for route in routes if route[0] != "GET"}


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write.method} {write.route}")
def test_a_write_is_one_line(api: Api, given: Given, write: Write) -> None:
    """By whom, what, of which thing, and how it ended."""
    before = audit_lines()
    response = send(api, write, given)
    assert response.status in {200, 202}, response.text
    [line] = new_lines(before)
    assert line.pop("time").endswith("Z")
    assert line == {
        "key_id": KEY_ID,
        "key_name": None,
        "method": write.method,
        "route": write.route,
        "target": write.target(response, {**given, "path": given.get(write.parameter, "")}),
        "status": response.status,
        "error_code": None,
        "idempotent_replay": False,
        "request_id": sample("without-key")["requestContext"]["requestId"],
        "ip": "203.0.113.7",
        **write.further,
    }


@pytest.mark.parametrize("write", [each for each in WRITES if each.action], ids=lambda write: write.route)
def test_the_changed_thing_names_who_changed_it(api: Api, store: Store, given: Given, write: Write) -> None:
    """The key, the request, the action and the time, in the API's object."""
    before = int(time.time())
    response = send(api, write, given)
    target = write.target(response, {**given, "path": given.get(write.parameter, "")})
    change = changed_object(api, store, write.route, target)["last_change"]
    assert before <= change.pop("at") <= time.time()
    assert change == {
        "action": write.action,
        "by": {"id": KEY_ID, "name": None},
        "request_id": sample("without-key")["requestContext"]["requestId"],
    }


def changed_object(api: Api, store: Store, route: str, target: str | None) -> Any:
    """Return the object that a write changed, as the API shows it; a deleted customer as it is stored."""
    if "meter_event" in route:
        window = {"start_time": EVENT["timestamp"], "end_time": 1_727_222_401}
        events = api.get(f"/v1/billing/meters/{METER}/events", **window).json["data"]
        [found] = [event for event in events if event["identifier"] == (target or "call-2")]
        return found
    response = api.get(f"{route.partition('/{')[0]}/{target}")
    if "deleted" not in response.json:
        return response.json
    [found] = [item for item in store.items("catalog") if item["pk"] == f"customer#{target}"]
    return found


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write.method} {write.route}")
def test_a_replay_says_so(api: Api, given: Given, write: Write) -> None:
    """The same request again changes nothing, and is a line too. Sessions have no replay."""
    before = audit_lines()
    first, again = (send(api, write, given, idempotency_key="one") for _ in range(2))
    lines = new_lines(before)
    has_replay = write.route != "/v2/billing/meter_event_session"
    assert [line["idempotent_replay"] for line in lines] == [False, has_replay]
    assert ("Idempotent-Replayed" in again.headers) == has_replay
    if has_replay:
        assert lines[0]["target"] == lines[1]["target"]
        assert first.status == again.status == lines[1]["status"]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: f"{write.method} {write.route}")
def test_a_refusal_says_why(api: Api, given: Given, write: Write) -> None:
    """The code of the error is in the line."""
    before = audit_lines()
    body = {"events": []} if write.is_stream else write.refused
    if write.method == "DELETE":
        write = Write(write.route, "DELETE", parameter="customer_id")
        response = send(api, write, {**given, "customer_id": "cus_unknown"})
    else:
        response = send(api, write, given, body=body)
    assert 400 <= response.status < 500, response.text
    [line] = new_lines(before)
    assert (line["status"], line["error_code"]) == (response.status, response.json["error"]["code"])
    assert (line["key_id"], line["route"], line["method"]) == (KEY_ID, write.route, write.method)


@pytest.mark.parametrize("write", [each for each in WRITES if not each.is_stream], ids=lambda write: write.route)
def test_a_key_that_can_only_read_leaves_a_line(api: Api, given: Given, write: Write) -> None:
    """Whoever tries what a key can't do is named."""
    before = audit_lines()
    assert send(api, write, given, key=READ_KEY).status == 403
    [line] = new_lines(before)
    assert (line["status"], line["error_code"], line["key_id"]) == (403, "permission_missing", READ_KEY_ID)


def test_a_path_without_a_route_has_none(api: Api) -> None:
    """What a path says that nothing matches is nobody's ID."""
    before = audit_lines()
    assert api.call("POST", "/v1/nothing/erika@example.com").status == 404
    assert api.call("PUT", "/v1/customers/erika@example.com").status == 405
    lines = new_lines(before)
    assert [(line["route"], line["target"]) for line in lines] == [(None, None), ("/v1/customers/{customer_id}", None)]


def test_reads_and_strangers_leave_no_line(api: Api, given: Given) -> None:
    """Only a caller with a key is in the trail, and only with what may change something."""
    before = audit_lines()
    paths = api.get("/openapi.json").json["paths"]
    for path, operations in paths.items():
        if "get" in operations:
            for name, value in {**given, "number": "1"}.items():
                path = path.replace(f"{{{name}}}", value)  # noqa: PLW2901
            assert api.call("GET", path).status < 500
            assert api.call("HEAD", path).status < 500
    for write in WRITES:
        assert send(api, write, given, key="").status == 401
        assert send(api, write, given, key=WRONG_KEY).status == 401
    assert new_lines(before) == []


def test_a_key_has_its_own_id_and_name(api: Api, store: Store) -> None:
    """Two keys are told apart, in the trail and in what they change."""
    other = store.put_key(OTHER_KEY, name="billing job")
    before = audit_lines()
    for number, key in enumerate((SECRET_KEY, OTHER_KEY)):
        api.call("POST", "/v1/customers", key=key, body=f"id=cus_{number}")
    lines = new_lines(before)
    assert [(line["key_id"], line["key_name"]) for line in lines] == [(KEY_ID, None), (other.id, "billing job")]
    changes = [api.get(f"/v1/customers/cus_{number}").json["last_change"]["by"] for number in range(2)]
    assert changes == [{"id": KEY_ID, "name": None}, {"id": other.id, "name": "billing job"}]


@pytest.mark.parametrize("fault", ["create_log_stream", "put_log_events"])
def test_a_line_that_is_not_taken_is_in_the_functions_log(
    api: Api, store: Store, fault: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The change is made and answered with success: the trail must not stop the work, and no line is lost."""
    assert store

    def refuse(**_: object) -> None:
        raise ConnectionError("the logs are away")

    client = boto3.client("logs")
    monkeypatch.setattr(client, fault, refuse)
    monkeypatch.setattr(dependencies, "audit_log", lambda: AuditLog(client, AUDIT_LOG_GROUP))
    before = audit_lines()
    response = api.call("POST", "/v1/customers", body="id=cus_2&name=Erika")
    assert response.status == 200
    assert api.get("/v1/customers/cus_2").status == 200
    assert new_lines(before) == []
    [missed] = [json.loads(line) for line in written(caplog).splitlines() if "audit line not stored" in line]
    assert (missed["audit"]["target"], missed["audit"]["key_id"]) == ("cus_2", KEY_ID)
    assert "Erika" not in written(caplog)


def test_a_stream_is_made_once(api: Api, store: Store) -> None:
    """Each process has one; it is made by the first write."""
    assert store
    dependencies.audit_log.cache_clear()
    streams = len(boto3.client("logs").describe_log_streams(logGroupName=AUDIT_LOG_GROUP)["logStreams"])
    for number in range(3):
        api.call("POST", "/v1/customers", body=f"id=cus_{number}")
    found = boto3.client("logs").describe_log_streams(logGroupName=AUDIT_LOG_GROUP)["logStreams"]
    assert len(found) == streams + 1


@pytest.mark.parametrize("text", [*NAUGHTY[::25], SECRET_KEY, READ_KEY, "Erika Mustermann", "8642.25"])
def test_no_content_is_in_the_trail(api: Api, given: Given, text: str) -> None:
    """Whatever a request holds, in any place but that of an ID that exists."""
    if len(text) < 6:
        return
    before = audit_lines()
    for write in WRITES:
        body = dict.fromkeys(("name", "description", "display_name", "payload", "expand", "key", "id"), text)
        response = send(api, write, given, body={**write.body, **body}, idempotency_key="x")
        if response.status < 400:
            continue
        send(api, write, given, body={"cancel": {"identifier": text}, "identifier": text, "event_name": text})
    for path in ("/v1/uploads/{}/revert", "/v1/billing/meters/{}", "/v1/customers/{}", "/v1/{}", "/{}"):
        api.call("POST", path.format(text), query={"x": text}, headers={"idempotency-key": "y", "x-header": text})
    lines = [line for line in new_lines(before) if line["target"] != text]
    assert lines
    quoted = json.dumps(text)[1:-1]
    assert not any(text in json.dumps(line) or quoted in json.dumps(line) for line in lines)
    assert all(line["target"] != text for line in new_lines(before) if line["status"] >= 400)
