"""Idempotency-Key: a write sent again is done once."""

import json
import time
from typing import Any

import pytest

from meterdrop.api.schemas.errors import ErrorCode, bad_parameter
from tests.support.api.client import Api, ApiResponse, written
from tests.support.api.store import SECRET_KEY, Store, a_key_text

BODY = "file_name=a.csv"
OTHER_KEY = a_key_text(2, "sk")


@pytest.fixture
def keyed(api: Api) -> "Keyed":
    """Make a client that sends the same key with every request."""
    return Keyed(api)


class Keyed:
    """Writes under an Idempotency-Key."""

    def __init__(self, api: Api) -> None:
        """Write by `api`."""
        self._api = api

    def post(
        self, body: str = BODY, *, path: str = "/v1/uploads", idempotency_key: str = "one", **more: Any
    ) -> ApiResponse:
        """Send a form."""
        headers = {"idempotency-key": idempotency_key, **more.pop("headers", {})}
        return self._api.call("POST", path, body=body, headers=headers, **more)


def test_the_same_again_gets_the_first_answer_again(keyed: Keyed) -> None:
    """Without the key each form is another one; with it the first is given again, and marked."""
    first, again = keyed.post(), keyed.post()
    assert (200, first.json) == (again.status, again.json)
    assert ("Idempotent-Replayed" not in first.headers, "true") == (True, again.headers["Idempotent-Replayed"])
    assert keyed.post(idempotency_key="two").json != first.json


def test_the_key_comes_back_with_the_answer(keyed: Keyed) -> None:
    """Clients read it there."""
    assert ["one", "one"] == [keyed.post().headers["Idempotency-Key"], keyed.post("x=y").headers["Idempotency-Key"]]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("allow_duplicate=true&file_name=a.csv", "application/x-www-form-urlencoded"),
        ("file_name=a.csv&allow_duplicate=true&expand[0]=data", "application/x-www-form-urlencoded"),
    ],
)
def test_order_and_what_is_ignored_make_no_other_request(keyed: Keyed, body: str, content_type: str) -> None:
    """The same parameters are the same request however they are written down."""
    first = keyed.post("file_name=a.csv&allow_duplicate=true")
    assert first.json == keyed.post(body, headers={"content-type": content_type}).json


@pytest.mark.parametrize(
    ("path", "body"), [("/v1/uploads", "file_name=b.csv"), ("/v1/uploads", ""), ("/v1/customers", BODY)]
)
def test_another_request_under_the_same_key_is_refused(keyed: Keyed, path: str, body: str) -> None:
    """Other parameters or another path: it was a mistake, and nothing is done."""
    keyed.post()
    refused = keyed.post(body, path=path)
    assert (400, "idempotency_key_reused", None) == refused.error
    assert ("idempotency_error", "false") == (refused.json["error"]["type"], refused.headers["Stripe-Should-Retry"])


def test_a_key_is_its_callers_own(keyed: Keyed, store: Store) -> None:
    """Two programs that number their requests alike do not meet."""
    store.put_key(OTHER_KEY)
    first, second = keyed.post(), keyed.post("file_name=b.csv", key=OTHER_KEY)
    assert [200, 200] == [first.status, second.status]
    assert first.json != second.json


def test_an_error_is_not_remembered(keyed: Keyed) -> None:
    """What was refused is judged anew, with other parameters too."""
    assert (400, "parameter_missing", "file_name") == keyed.post("").error
    assert 200 == keyed.post().status


def test_what_broke_is_not_remembered(keyed: Keyed, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a 500 the same request works once its reason is gone; the client is told that it may try."""
    with monkeypatch.context() as broken:
        broken.setattr("meterdrop.api.routes.uploads.upload_key", None)
        response = keyed.post()
    assert (500, "true") == (response.status, response.headers["Stripe-Should-Retry"])
    assert 200 == keyed.post().status


def test_a_repeat_while_the_first_is_under_way_is_told_to_wait(keyed: Keyed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second of two equal requests at the same time gets 409, which the client sends again by itself."""
    seen: list[ApiResponse] = []

    def meanwhile(*_: object, **__: object) -> str:
        seen.append(keyed.post())
        raise bad_parameter("file_name", "not this time", ErrorCode.PARAMETER_INVALID)

    monkeypatch.setattr("meterdrop.api.routes.uploads.upload_key", meanwhile)
    keyed.post()
    (second,) = seen
    assert (409, "idempotency_key_in_use", None) == second.error
    assert ("idempotency_error", "true") == (second.json["error"]["type"], second.headers["Stripe-Should-Retry"])


def test_a_first_attempt_that_died_holds_the_key_no_longer_than_it_could_last(keyed: Keyed, store: Store) -> None:
    """The record of a request in progress ends with the time that its function had left."""
    keyed.post()
    (item,) = remembered(store)
    item |= {"status": {"S": "INPROGRESS"}, "in_progress_expiration": {"N": "1"}}
    store.client.put_item(TableName="idempotency", Item=item)
    assert 200 == keyed.post("file_name=b.csv").status


def test_a_form_is_given_again_only_while_it_is_good(keyed: Keyed, store: Store) -> None:
    """The answer is forgotten a minute before the form ends, which is after 15 minutes."""
    keyed.post()
    (item,) = remembered(store)
    assert 14 * 60 == pytest.approx(int(item["expiration"]["N"]) - time.time(), abs=5)


def remembered(store: Store) -> list[dict[str, Any]]:
    """Return the items of stored responses. The table also has the last uses of keys."""
    items: list[dict[str, Any]] = store.client.scan(TableName="idempotency")["Items"]
    return [item for item in items if not item["id"]["S"].startswith("key_use#")]


@pytest.fixture
def stored(keyed: Keyed, store: Store) -> str:
    """Give all that is remembered, as text."""
    keyed.post()
    return json.dumps(remembered(store))


def test_neither_key_is_stored(stored: str) -> None:
    """Of the API key and of the Idempotency-Key only a hash is kept."""
    assert (False, False) == (SECRET_KEY in stored, '"one"' in stored)


@pytest.mark.parametrize("key", ["", "x" * 256, "ä", "a\tb"])
def test_a_key_that_cannot_be_is_refused(keyed: Keyed, key: str) -> None:
    """Nothing is done under a key that a header cannot carry, or that is longer than Stripe's."""
    assert (400, "parameter_invalid", "Idempotency-Key") == keyed.post(idempotency_key=key).error


@pytest.mark.parametrize("key", ["x", "x" * 255, "order 5 / 7", '~!"#'])
def test_a_key_may_hold_what_a_header_can(keyed: Keyed, key: str) -> None:
    """Whatever names the request for the caller."""
    first, again = keyed.post(idempotency_key=key), keyed.post(idempotency_key=key)
    assert (200, "true") == (first.status, again.headers["Idempotent-Replayed"])


def test_reading_leaves_a_key_aside(api: Api, store: Store) -> None:
    """A reading request is answered by what is there now, and nothing is remembered."""
    responses = [
        api.call("GET", f"/v1/{path}", headers={"idempotency-key": "one"}) for path in ("uploads", "template.csv")
    ]
    assert [200, 200] == [response.status for response in responses]
    assert [] == remembered(store)


def test_a_key_for_nothing_is_left_aside(api: Api, keyed: Keyed) -> None:
    """What is not there, or takes another method, says so, whatever its key was used for."""
    keyed.post()
    assert (404, "resource_missing", None) == keyed.post(path="/v1/elsewhere").error
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        response = api.call(method, "/v1/uploads", body=BODY, headers={"idempotency-key": "one"})
        assert (405, "method_not_allowed", None) == response.error


def test_a_table_that_cannot_be_reached_is_said_in_the_log(
    keyed: Keyed, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    """It answers 500, and the log has AWS's own words."""
    store.client.delete_table(TableName="idempotency")
    try:
        assert 500 == keyed.post().status
        assert "ResourceNotFoundException" in written(caplog)
    finally:
        store._make("idempotency", ["id"], {})
