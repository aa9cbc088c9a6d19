"""Bodies in each form that they come in."""

import tracemalloc
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.api.http.request import form_fields
from meterdrop.api.schemas.errors import ApiError, ErrorCode
from tests.support.api.client import Api

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json; charset=utf-8"}


@pytest.mark.parametrize(
    ("headers", "body", "code", "param"),
    [
        (FORM, None, "parameter_missing", "file_name"),
        (FORM, b"", "parameter_missing", "file_name"),
        (FORM, b"filename=a.csv", "parameter_missing", "file_name"),
        (FORM, b"file_name=", "parameter_invalid_empty", "file_name"),
        (FORM, b"file_name=" + b"n" * 201, "parameter_invalid", "file_name"),
        (FORM, b"file_name=a.csv&name=b", "parameter_unknown", "name"),
        (FORM, b"file_name=a.csv&dry_run=yes", "parameter_invalid", "dry_run"),
        (FORM, b"file_name=a.csv&dry_run=1", "parameter_invalid", "dry_run"),
        (FORM, b"file_name=a.csv&file_name=b.csv", "parameter_invalid", "file_name"),
        (FORM, b"file_name[x]=a.csv", "parameter_invalid", "file_name"),
        (FORM, b"file_name=a&file_name[x]=a.csv", "parameter_invalid", "file_name[x]"),
        (FORM, b"file_name" + b"[x]" * 5000 + b"=a.csv", "body_invalid", None),
        (FORM, b"\xff\xfe", "body_invalid", None),
        (JSON, "", "parameter_missing", "file_name"),
        (JSON, "{", "body_invalid", None),
        (JSON, "[]", "body_invalid", None),
        (JSON, "null", "body_invalid", None),
        (JSON, '"a.csv"', "body_invalid", None),
        (JSON, "[" * 100_000, "body_invalid", None),
        (JSON, '{"a":' * 400 + "1" + "}" * 400, "body_invalid", None),
        (JSON, '{"file_name": NaN}', "body_invalid", None),
        (JSON, '{"file_name": "a", "file_name": "b"}', "body_invalid", None),
        (JSON, '{"file_name": 5}', "parameter_invalid", "file_name"),
        (JSON, '{"file_name": null}', "parameter_invalid", "file_name"),
        (JSON, '{"file_name": "\\ud800"}', "parameter_invalid", "file_name"),
        (JSON, '{"file_name": "a.csv", "allow_duplicate": 1}', "parameter_invalid", "allow_duplicate"),
        ({"content-type": "text/csv"}, "timestamp,event_name", "body_invalid", None),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--", "body_invalid", None),
    ],
)
def test_an_invalid_body_returns_400(
    api: Api, headers: dict[str, str], body: str | bytes | None, code: str, param: str | None
) -> None:
    """A body that cannot be read, or that holds the wrong thing, answers 400."""
    assert api.call("POST", "/v1/uploads", headers=headers, body=body).error == (400, code, param)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, b"file_name=2024+09.csv&dry_run=true"),
        (FORM, "file_name=2024%2009.csv&dry_run=true"),
        ({}, b"file_name=2024%2009.csv&dry_run=true"),
        (JSON, '{"file_name": "2024 09.csv", "dry_run": true}'),
        (JSON, b'{"file_name": "2024 09.csv", "dry_run": "true"}'),
        (JSON | {"Idempotency-Key": "5b1e"}, '{"file_name": "2024 09.csv", "dry_run": true}'),
    ],
)
def test_a_body_may_come_in_each_usual_form(api: Api, headers: dict[str, str], body: str | bytes) -> None:
    """A form and JSON say the same, in base64 or not."""
    response = api.call("POST", "/v1/uploads", headers=headers, body=body)
    assert response.status == 200
    assert response.json["key"].startswith("validate/")
    assert response.json["key"].endswith("/2024 09.csv")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1&b=2", {"a": "1", "b": "2"}),
        ("payload[value]=4&payload[customer]=c", {"payload": {"value": "4", "customer": "c"}}),
        ("a[b][c]=1", {"a": {"b": {"c": "1"}}}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a=", {"a": ""}),
        ("a=b%3Dc%26d", {"a": "b=c&d"}),
    ],
)
def test_forms_nest_as_stripe_nests_them(text: str, expected: object) -> None:
    """Brackets in names make fields within fields."""
    assert form_fields(text) == expected


@pytest.mark.parametrize("text", ["a" + "[b]" * 170_000 + "=", "&".join(f"a{number}=" for number in range(70_000))])
def test_no_form_needs_much_more_memory_than_its_size(text: str) -> None:
    """Half a megabyte of levels took 43 MiB: a request of the largest size would have ended the function."""
    tracemalloc.start()
    try:
        with pytest.raises(ApiError) as raised:
            form_fields(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert raised.value.code is ErrorCode.BODY_INVALID
    assert peak < 4 * len(text)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (FORM, "{name}=1&file_name=a.csv"),
        (FORM, "{name}=1&{name}=1&file_name=a.csv"),
        (JSON, '{{"{name}": 1, "file_name": "a.csv"}}'),
        (JSON, '{{"control": {{"{name}": 1}}, "file_name": "a.csv"}}'),
    ],
)
def test_an_error_repeats_no_long_name(api: Api, headers: dict[str, str], body: str) -> None:
    """The beginning of a name is enough to find it."""
    answer = api.call("POST", "/v1/uploads", headers=headers, body=body.format(name="n" * 300_000))
    assert answer.status == 400
    assert "nnn..." in answer.json["error"]["param"]
    assert len(answer.text) < 1_000


def test_an_error_repeats_no_long_query(api: Api) -> None:
    """Nor a long name of a query."""
    answer = api.get("/v1/uploads", **{"n" * 5_000: "1"})
    assert (answer.status, answer.json["error"]["param"]) == (400, "n" * 100 + "...")


@given(st.text(alphabet="ab[]=&%", max_size=40))
def test_no_form_breaks_the_reading_of_forms(text: str) -> None:
    """Any text is either fields or a 400 that names the parameter."""
    try:
        named = sorted(form_fields(text))
    except ApiError as error:
        named = [error.param or ""]
    assert all(name in unquote_plus(text) for name in named)
