"""What is asked for wrongly is answered in Stripe's words; what breaks is answered too, and told to the log."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterdrop.domain.codes import Status
from tests.support.api.client import Api, ApiResponse, written
from tests.support.api.store import READ_KEY, Store, an_upload

UPLOAD = an_upload().id
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("limt=5", "parameter_unknown", "limt"),
        ("created=5", "parameter_unknown", "created"),
        ("created[eq]=5", "parameter_unknown", "created[eq]"),
        ("limit=0", "parameter_invalid", "limit"),
        ("limit=101", "parameter_invalid", "limit"),
        ("limit=ten", "parameter_invalid_integer", "limit"),
        ("limit=", "parameter_invalid_integer", "limit"),
        ("limit=1_0", "parameter_invalid_integer", "limit"),
        ("limit=%20 5", "parameter_invalid_integer", "limit"),
        ("limit=%EF%BC%95", "parameter_invalid_integer", "limit"),
        ("limit=5.0", "parameter_invalid_integer", "limit"),
        ("limit=%2B5", "parameter_invalid_integer", "limit"),
        ("limit=5&limit=6", "parameter_invalid_integer", "limit"),
        ("limit=" + "9" * 5000, "parameter_invalid_integer", "limit"),
        ("status=done", "parameter_invalid", "status"),
        ("status=failed&status=pending", "parameter_invalid", "status"),
        ("status=failed,pending", "parameter_invalid", "status"),
        ("status=", "parameter_invalid", "status"),
        ("kind=customer", "parameter_invalid", "kind"),
        ("kind=", "parameter_invalid", "kind"),
        ("dry_run=1", "parameter_invalid", "dry_run"),
        ("dry_run=True", "parameter_invalid", "dry_run"),
        ("dry_run=", "parameter_invalid", "dry_run"),
        ("key_contains=", "parameter_invalid_empty", "key_contains"),
        ("key_contains=" + "k" * 1025, "parameter_invalid", "key_contains"),
        ("key=", "parameter_invalid_empty", "key"),
        ("key_prefix=", "parameter_invalid_empty", "key_prefix"),
        ("key=" + "k" * 1025, "parameter_invalid", "key"),
        ("key=" + "%C3%BC" * 513, "parameter_invalid", "key"),
        ("parent=somebody", "parameter_invalid", "parent"),
        ("created[gte]=yesterday", "parameter_invalid_integer", "created[gte]"),
        ("created%5Blt%5D=2024-09-23", "parameter_invalid_integer", "created[lt]"),
        ("created[gt]=-1", "parameter_invalid_integer", "created[gt]"),
        ("created[lte]=10000000000", "parameter_invalid", "created[lte]"),
        ("starting_after=5", "parameter_invalid", "starting_after"),
        ("ending_before=%23months", "parameter_invalid", "ending_before"),
        (f"starting_after={UPLOAD}", "resource_missing", "starting_after"),
        (f"ending_before={UPLOAD}", "resource_missing", "ending_before"),
        (f"ending_before={UPLOAD}&starting_after={UPLOAD}", "parameters_exclusive", "ending_before"),
    ],
)
def test_a_wrong_parameter_is_named(api: Api, query: str, code: str, param: str) -> None:
    """A parameter that is unknown, or whose value is, answers 400 and names it."""
    assert api.call("GET", "/v1/uploads", key=READ_KEY, query=query).error == (400, code, param)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=many", 'Invalid limit: must be a whole number. Received "many".'),
        ("limit=101", 'Invalid limit: must be less than or equal to 100. Received "101".'),
        ("file_name=", 'Invalid file_name: must have at least 1 character. Received "".'),
        ("parent=x", "Invalid parent: must be an upload's ID, which has upl_ and 26 characters."),
        ("limt=1", "Unknown parameter: limt. Check the spelling, or remove the parameter."),
    ],
)
def test_a_message_says_what_is_wrong_and_what_is_expected(api: Api, query: str, message: str) -> None:
    """Pydantic's messages and the API's read alike."""
    assert api.call("GET", "/v1/uploads", key=READ_KEY, query=query).json["error"]["message"] == message


@pytest.mark.parametrize(
    "path", [f"/v1/uploads/{UPLOAD}", f"/v1/uploads/{UPLOAD}/file", "/openapi.json", "/v1/template.csv"]
)
def test_no_route_takes_unknown_parameters(api: Api, path: str) -> None:
    """Routes without parameters refuse them as well."""
    assert api.get(path, expanded="rows").error == (400, "parameter_unknown", "expanded")


def test_a_writing_route_takes_no_query(api: Api) -> None:
    """What belongs in the body is not read from the query string in silence."""
    response = api.call("POST", "/v1/uploads", query="file_name=a.csv", body=b"file_name=a.csv", headers=FORM)
    assert response.error == (400, "parameter_unknown", "file_name")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/nothing",
        "/v1/uploads/",
        "/v1/uploads/x/y",
        f"/v1/uploads/{UPLOAD}/files",
        "/v2/uploads",
        "/V1/uploads",
        "/v1/uploads\n",
        "/health\n",
        "/openapi_json",
        "",
        "/v1/ü",
    ],
)
def test_an_unknown_path_is_missing(api: Api, path: str) -> None:
    """There is one answer to every path that is not there."""
    assert api.get(path).error == (404, "resource_missing", None)


def test_a_path_that_ends_in_a_line_feed_takes_no_write(api: Api, store: Store) -> None:
    """Otherwise its Idempotency-Key would be left aside, and a repeat would write twice."""
    response = api.call("POST", "/v1/customers\n", body="name=Ada", headers={**FORM, "idempotency-key": "one"})
    assert response.error == (404, "resource_missing", None)
    assert not [item for item in store.items("catalog") if item["pk"].startswith("customer#")]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize(
    ("path", "allowed"), [("/v1/uploads", "GET, POST"), (f"/v1/uploads/{UPLOAD}", "GET"), ("/health", "GET")]
)
def test_a_wrong_method_gets_the_allowed_ones(api: Api, method: str, path: str, allowed: str) -> None:
    """A path that is there answers 405 to a method that it does not take, and names those it takes."""
    response = api.call(method, path)
    assert response.error == (405, "method_not_allowed", None)
    assert response.headers["Allow"] == allowed


@pytest.mark.parametrize("path", ["/v1/uploads", "/health", "/openapi.json", "/v1/template.csv"])
def test_head_is_get_without_a_body(api: Api, path: str) -> None:
    """HEAD answers as GET does, and has no body."""
    head, get = api.call("HEAD", path), api.call("GET", path)
    assert (head.status, head.headers, head.text) == (get.status, get.headers, "")


def test_what_a_client_has_is_not_sent_again(api: Api, store: Store) -> None:
    """304 without a body until the body changes; errors, redirects, CSV and writes have no tag."""
    upload = store.put_upload(an_upload(1, version_id=store.drop("uploads/a.csv"), key="uploads/a.csv"))
    path = f"/v1/uploads/{upload.id}"

    def get(path: str, tag: str, method: str = "GET") -> ApiResponse:
        return api.call(method, path, headers={"if-none-match": tag})

    for each in ("/v1/uploads", path, "/openapi.json", "/health", "/v1/customers"):
        first = api.get(each)
        tag = first.headers["ETag"]
        assert (first.status, api.get(each).headers["ETag"]) == (200, tag)
        for method in ("GET", "HEAD"):
            for current in (tag, tag.removeprefix("W/"), f'"other",{tag}', "*"):
                response = get(each, current, method)
                assert (response.status, response.text, response.headers["ETag"]) == (304, "", tag)
                assert "Content-Type" not in response.headers
                assert (response.headers["Cache-Control"], response.headers["Request-Id"]) == (
                    "no-store",
                    first.headers["Request-Id"],
                )
        for other in ("", tag.strip('W/"'), tag[:-2] + '"', '"*"'):
            assert (get(each, other).status, get(each, other).text) == (200, first.text)
    tag = api.get(path).headers["ETag"]
    store.put_upload(replace(upload, status=Status.REVERTED))
    assert (get(path, tag).status, get(path, tag).json["status"]) == (200, "reverted")
    assert api.call("GET", path, key=None, headers={"if-none-match": "*"}).status == 401
    untagged = [
        get("/v1/uploads/upl_none", "*"),
        get(f"{path}/file", "*"),
        get("/v1/template.csv", "*"),
        api.call("POST", "/v1/customers", body="name=Ada", headers={**FORM, "if-none-match": "*"}),
    ]
    assert [404, 302, 200, 200] == [response.status for response in untagged]
    assert not any("ETag" in response.headers for response in untagged)


def test_every_response_forbids_caching_and_sniffing(api: Api, store: Store) -> None:
    """No answer may be cached or taken for another type: successes, redirects and errors alike."""
    store.put_upload(an_upload())
    responses = [
        api.call("GET", "/health", key=None),
        api.call("GET", "/assets/nothing.js", key=None),
        api.get("/v1/uploads"),
        api.get("/v1/template.csv"),
        api.get(f"/v1/uploads/{UPLOAD}/file"),
        api.get("/v1/uploads", limit=0),
        api.call("GET", "/v1/uploads", key=None),
        api.call("POST", "/v1/uploads", key=READ_KEY),
        api.get("/v1/nothing"),
        api.call("PUT", "/v1/uploads"),
    ]
    assert [response.status for response in responses] == [200, 404, 200, 200, 302, 400, 401, 403, 404, 405]
    for response in responses:
        assert response.headers["Cache-Control"] == "no-store"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Request-Id"] == "dQvbzhVSliAEMFg="


def test_what_breaks_is_logged_and_returns_500(api: Api, store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """An item that cannot be an upload is our fault: 500, with the request's id here and in the log, no content."""
    store.put_upload(an_upload(), samples=[{"row_number": 1, "code": "secret cell", "field": "f", "message": "m"}])
    response = api.get(f"/v1/uploads/{UPLOAD}")
    assert response.error == (500, "internal_error", None)
    assert response.json["error"]["type"] == "api_error"
    logged = written(caplog)
    line = json.loads(logged)
    assert (line["level"], line["error"], line["route"]) == ("ERROR", "ValueError", "/v1/uploads/{upload_id}")
    assert line["request_id"] == "dQvbzhVSliAEMFg="
    assert line["request_id"] in response.json["error"]["message"]
    assert "secret cell" not in logged


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "HEAD", "DELETE"]),
    path=st.one_of(
        st.text(max_size=20).map(lambda text: "/" + text), st.text(max_size=30).map(lambda id_: f"/v1/uploads/{id_}")
    ),
    query=st.dictionaries(st.text(max_size=10), st.text(max_size=10), max_size=3),
    body=st.one_of(st.none(), st.binary(max_size=30)),
    headers=st.fixed_dictionaries(
        {}, optional={"content-type": st.sampled_from([FORM["content-type"], "application/json", "x"])}
    ),
)
def test_no_request_breaks_the_api(  # noqa: PLR0913
    *, api: Api, method: str, path: str, query: dict[str, str], body: bytes | None, headers: dict[str, Any]
) -> None:
    """Whatever comes, the answer is no 500."""
    try:
        "".join([path, *query, *query.values()]).encode()
    except UnicodeEncodeError:
        return
    assert api.call(method, path, query=query, body=body, headers=headers).status < 500
