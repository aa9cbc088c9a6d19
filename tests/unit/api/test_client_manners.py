"""What Stripe's clients send beside the parameters is taken politely."""

import json

import pytest

from meterdrop.api.http.request import Request, request_token
from tests.support.api.client import Api, sample
from tests.support.api.store import READ_KEY

FORM = {"content-type": "application/x-www-form-urlencoded"}
HEADERS = {
    "stripe-version": "2026-08-26.dahlia",
    "stripe-account": "acct_1",
    "stripe-context": "acct_1/acct_2",
    "x-stripe-client-user-agent": '{"bindings_version": "16.1.0", "lang": "python"}',
    "x-stripe-client-telemetry": '{"last_request_metrics": {}}',
    "user-agent": "Stripe/v1 PythonBindings/16.1.0",
}


def posted(body: str, content_type: str) -> object:
    """Give the parameters that the routes see of a body."""
    event = sample("create-upload-by-form") | {"body": body, "isBase64Encoded": False}
    event["headers"] |= {"content-type": content_type}
    return json.loads(Request(event).router_event()["body"])


@pytest.mark.parametrize("query", ["expand=data", "expand[]=data", "expand[]=a&expand[]=b", "expand[0]=a&expand[1]=b"])
@pytest.mark.parametrize("path", ["/v1/uploads", "/v1/template.csv", "/openapi.json"])
def test_expand_is_ignored_in_a_query(api: Api, path: str, query: str) -> None:
    """Every answer holds all there is: to ask for more changes nothing."""
    assert api.call("GET", path, key=READ_KEY, query=query).status == 200


@pytest.mark.parametrize("query", ["expand[x]=data", "expand[0][x]=data", "expands=data", "xexpand[]=data"])
def test_what_only_looks_like_expand_is_unknown(api: Api, query: str) -> None:
    """A misspelt filter must not list everything."""
    assert (400, "parameter_unknown", query.partition("=")[0]) == api.call("GET", "/v1/uploads", query=query).error


@pytest.mark.parametrize("form", ["expand[0]=data&expand[1]=x", "expand[]=data&expand[]=x", "expand=data"])
def test_expand_is_ignored_in_a_form(api: Api, form: str) -> None:
    """In a body too, with or without an index."""
    response = api.call("POST", "/v1/uploads", headers=FORM, body=f"file_name=a.csv&{form}")
    assert response.status == 200


def test_expand_is_ignored_in_json() -> None:
    """In JSON it is a list."""
    assert {"a": 1} == posted('{"a": 1, "expand": ["data"]}', "application/json")


def test_headers_of_stripes_clients_are_taken(api: Api) -> None:
    """A version, an account and telemetry change nothing."""
    assert api.call("GET", "/v1/uploads", headers=HEADERS).status == 200
    assert api.call("POST", "/v1/uploads", headers={**FORM, **HEADERS}, body="file_name=a.csv").status == 200


@pytest.mark.parametrize("number", ["0.1", "1.10", "-1e400", "12345678901234567890.123456789", "0.30000000000000004"])
def test_a_fraction_arrives_as_it_was_written(number: str) -> None:
    """No number of a body is ever a float, which would be another number."""
    assert {"value": number} == posted(f'{{"value": {number}}}', "application/json")


def test_a_whole_number_stays_one() -> None:
    """Python's integers have no limit that matters here."""
    assert {"value": 10**40, "on": True} == posted(f'{{"value": {10**40}, "on": true}}', "application/json")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("POST", "/v1/uploads", 400), ("DELETE", "/v1/uploads", 405)],
)
def test_what_is_the_requests_fault_is_not_to_be_repeated(api: Api, method: str, path: str, status: int) -> None:
    """The client is told, as Stripe tells it."""
    response = api.call(method, path)
    assert (status, "false") == (response.status, response.headers["Stripe-Should-Retry"])


@pytest.mark.parametrize(
    ("method", "path", "headers", "retry"),
    [
        ("GET", "/v1/uploads", {}, "true"),
        ("POST", "/v1/uploads", {}, "false"),
        ("POST", "/v1/uploads", {"idempotency-key": "one"}, "true"),
        ("DELETE", "/v1/customers/c1", {}, "true"),
    ],
)
def test_what_broke_is_repeated_only_where_that_is_safe(  # noqa: PLR0913
    *, api: Api, monkeypatch: pytest.MonkeyPatch, method: str, path: str, headers: dict[str, str], retry: str
) -> None:
    """A write without a key may have been done before it broke: once more would be twice."""

    def broken(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("meterdrop.api.app.app.resolve", broken)
    response = api.call(method, path, headers=headers)
    assert (500, retry) == (response.status, response.headers["Stripe-Should-Retry"])


def test_an_answer_that_is_good_says_nothing_of_repeating(api: Api) -> None:
    """The header belongs to errors."""
    assert "Stripe-Should-Retry" not in api.get("/v1/uploads").headers


def test_a_token_is_the_same_for_the_same_key_of_the_same_caller() -> None:
    """And another one for anybody else, any other key, and where there is no key."""
    token = request_token("hash", "one")
    assert token == request_token("hash", "one")
    others = {request_token("other", "one"), request_token("hash", "two")}
    others |= {request_token("hash", None), request_token("hash", None)}
    assert 5 == len({token, *others})


def test_a_token_never_changes() -> None:
    """What a request made a year ago is found under it."""
    assert "req_gz6cusebiom275ui4vdi4khkgu" == request_token("hash", "one")
