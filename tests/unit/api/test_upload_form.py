"""The way in: a form for each file, and a key that no name can lead astray."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.claims import counted_key
from meterdrop.domain.uploads.keys import INPUT_PREFIXES, NAME_LIMIT, error_file_key, plain_name, upload_key
from meterdrop.domain.uploads.objects import ObjectVersion
from tests.support.api.client import Api
from tests.support.api.store import SECRET_KEY, Store, an_api_key, an_upload

NOW = 1_727_108_545


def policy_of(form: dict[str, Any]) -> list[Any]:
    """Read what the form's signature covers."""
    conditions: list[Any] = json.loads(base64.b64decode(form["fields"]["policy"]))["conditions"]
    return conditions


def create(api: Api, **fields: object) -> dict[str, Any]:
    """Ask for a form."""
    response = api.call("POST", "/v1/uploads", body=json.dumps(fields), headers={"content-type": "application/json"})
    assert response.status == 200
    form: dict[str, Any] = response.json
    return form


def test_a_form_takes_one_key_and_five_megabytes(api: Api) -> None:
    """The form has what a client needs and no more, and the signature covers key and size."""
    form = create(api, file_name="2024-09.csv")
    assert list(form) == ["url", "fields", "key"]
    assert form["fields"]["key"] == form["key"]
    assert form["url"] == "https://meterdrop-uploads.s3.eu-central-1.amazonaws.com/"
    assert ["content-length-range", 0, 5_242_880] in policy_of(form)
    assert {"key": form["key"]} in policy_of(form)


def test_a_dry_run_lies_apart(api: Api) -> None:
    """A dry run is decided by its prefix."""
    assert create(api, file_name="a.csv")["key"].startswith("uploads/")
    assert create(api, file_name="a.csv", dry_run=True)["key"].startswith("validate/")


def test_a_file_of_customers_lies_where_customers_are_registered(api: Api) -> None:
    """What a file's rows are is decided by its prefix; of customers there is no dry run."""
    assert create(api, file_name="a.csv", kind="customers")["key"].startswith("customers/")
    assert create(api, file_name="a.csv", kind="usage")["key"].startswith("uploads/")
    refused = [
        api.call("POST", "/v1/uploads", body=body).error
        for body in ("file_name=a.csv&kind=customers&dry_run=true", "file_name=a.csv&kind=meters")
    ]
    assert [(400, "parameter_invalid", "dry_run"), (400, "parameter_invalid", "kind")] == refused


def test_allowing_duplicates_is_a_field_that_must_be_sent(api: Api) -> None:
    """The mark is metadata of the object, and the signature insists on it; else nobody can add it."""
    form = create(api, file_name="a.csv", allow_duplicate=True)
    assert form["fields"]["x-amz-meta-allow-duplicate"] == "true"
    assert {"x-amz-meta-allow-duplicate": "true"} in policy_of(form)
    assert "allow-duplicate" not in json.dumps(policy_of(create(api, file_name="a.csv")))


def test_control_totals_are_fields_that_must_be_sent(api: Api) -> None:
    """They are metadata of the object, and the signature insists on them."""
    control = {"row_count": 107245, "sums": {"ai_search_api": 400.50, "Löschungen": -1}}
    form = create(api, file_name="a.csv", allow_duplicate=True, control=control)
    expected = {
        "x-amz-meta-expect-rows": "107245",
        "x-amz-meta-expect-sums": r'{"ai_search_api":"400.5","L\u00f6schungen":"-1"}',
        "x-amz-meta-allow-duplicate": "true",
    }
    assert expected.items() <= form["fields"].items()
    assert all({name: value} in policy_of(form) for name, value in expected.items())
    assert "expect" not in json.dumps(create(api, file_name="a.csv"))
    body = "file_name=a.csv&control[row_count]=0&control[sums][ai_search_api]=400.5"
    response = api.call("POST", "/v1/uploads", body=body)
    assert response.status == 200
    fields = response.json["fields"]
    assert (fields["x-amz-meta-expect-rows"], fields["x-amz-meta-expect-sums"]) == ("0", '{"ai_search_api":"400.5"}')


@pytest.mark.parametrize(
    ("fields", "code", "param"),
    [
        ({"control": {}}, "parameter_invalid", "control"),
        ({"control": "107245"}, "parameter_invalid", "control"),
        ({"control": {"rows": 1}}, "parameter_unknown", "control[rows]"),
        ({"control": {"row_count": "1,000"}}, "parameter_invalid", "control[row_count]"),
        ({"control": {"row_count": "1_0"}}, "parameter_invalid", "control[row_count]"),
        ({"control": {"row_count": -1}}, "parameter_invalid", "control[row_count]"),
        ({"control": {"row_count": 1.5}}, "parameter_invalid", "control[row_count]"),
        ({"control": {"row_count": True}}, "parameter_invalid_integer", "control[row_count]"),
        ({"control": {"sums": {}}}, "parameter_invalid", "control[sums]"),
        ({"control": {"sums": "400"}}, "parameter_invalid", "control[sums]"),
        ({"control": {"sums": {"a": "4e2"}}}, "parameter_invalid", "control[sums][a]"),
        ({"control": {"sums": {"a": ""}}}, "parameter_invalid", "control[sums][a]"),
        ({"control": {"sums": {"a": True}}}, "parameter_invalid", "control[sums][a]"),
        ({"control": {"sums": {f"{n:0100}": "1" for n in range(20)}}}, "parameter_invalid", "control[sums]"),
        ({"control": {"sums": {"a": "1"}}, "kind": "customers"}, "parameter_invalid", "control[sums]"),
    ],
)
def test_totals_that_no_file_can_have(api: Api, fields: dict[str, Any], code: str, param: str) -> None:
    """They are refused with the parameter, before a file is sent."""
    body = json.dumps({"file_name": "a.csv", **fields})
    response = api.call("POST", "/v1/uploads", body=body, headers={"content-type": "application/json"})
    assert (400, code, param) == response.error


def test_as_many_totals_as_s3_stores(api: Api) -> None:
    """Its metadata has a limit of bytes, and the API uses all of them."""
    sums = {f"{n:0100}": "1" for n in range(18)}
    sums["x" * 9] = "1" * (
        2_048
        - len("uploaded-by" + an_api_key(SECRET_KEY).id)
        - len("expect-sums")
        - len(json.dumps(sums, separators=(",", ":")))
        - len(json.dumps("x" * 9))
        - len(',:""')
    )
    assert "expect-sums" in json.dumps(create(api, file_name="a.csv", control={"sums": sums})["fields"])
    sums["x" * 9] += "1"
    body = json.dumps({"file_name": "a.csv", "control": {"sums": sums}})
    response = api.call("POST", "/v1/uploads", body=body, headers={"content-type": "application/json"})
    assert (400, "parameter_invalid", "control[sums]") == response.error


def test_equal_names_do_not_meet(api: Api) -> None:
    """A name used twice is two objects, both shown under that name."""
    first, second = (create(api, file_name="a.csv")["key"] for _ in range(2))
    assert first != second
    assert first.rsplit("/", 1)[1] == second.rsplit("/", 1)[1] == "a.csv"


def test_a_form_for_an_updated_file_has_the_key_of_the_earlier_one(api: Api, store: Store) -> None:
    """Whatever the file is called now; a dry run of it lies at the same place under validate/."""
    earlier = store.put_upload(an_upload(key="uploads/2024-09-23/5b1e/März & Co.csv"))
    form = create(api, file_name="b.csv", updates=earlier.id)
    assert (earlier.key, earlier.key) == (form["key"], form["fields"]["key"])
    assert {"key": earlier.key} in policy_of(form)
    checked = create(api, file_name="März & Co.csv", updates=earlier.id, dry_run=True)
    assert "validate/2024-09-23/5b1e/März & Co.csv" == checked["key"]


def test_a_form_for_a_checked_file_has_the_key_that_was_checked(api: Api, store: Store) -> None:
    """The error file of a dry run belongs to the account of that key, so the file itself has to count there."""
    key = "validate/2024-09-23/5b1e/März & Co.csv"
    checked = store.put_upload(an_upload(key=key, dry_run=True))
    form = create(api, file_name="b.csv", updates=checked.id)
    assert "uploads/2024-09-23/5b1e/März & Co.csv" == form["key"] == counted_key(key)
    assert {"key": form["key"]} in policy_of(form)
    assert key == create(api, file_name="b.csv", updates=checked.id, dry_run=True)["key"]


@pytest.mark.parametrize("status", list(Status))
def test_an_upload_of_any_status_can_be_updated(api: Api, store: Store, status: Status) -> None:
    """What the new file is compared with is decided when it is processed."""
    earlier = store.put_upload(an_upload(status=status))
    assert earlier.key == create(api, file_name="a.csv", updates=earlier.id)["key"]


@pytest.mark.parametrize(
    ("key", "fields", "code"),
    [
        ("customers/a.csv", {}, "parameter_invalid"),
        ("customers/a.csv", {"kind": "customers"}, "parameter_invalid"),
        ("validate/a.csv", {"kind": "customers"}, "parameter_invalid"),
        ("uploads/a.csv", {"kind": "customers"}, "parameter_invalid"),
        (None, {}, "resource_missing"),
        ("uploads/a.csv", {"updates": "upl_x"}, "parameter_invalid"),
        ("uploads/a.csv", {"updates": ""}, "parameter_invalid"),
        ("uploads/a.csv", {"updates": "months"}, "parameter_invalid"),
    ],
)
def test_what_cannot_be_updated(api: Api, store: Store, key: str | None, fields: dict[str, Any], code: str) -> None:
    """An upload that does not exist, and a file of customers."""
    earlier = an_upload(key=key or "uploads/a.csv", dry_run=(key or "").startswith("validate/"))
    if key is not None:
        store.put_upload(earlier)
    body = json.dumps({"file_name": "a.csv", "updates": earlier.id, **fields})
    response = api.call("POST", "/v1/uploads", body=body, headers={"content-type": "application/json"})
    assert (400, code, "updates") == response.error


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("2024-09.csv", "2024-09.csv"),
        ("acme/2024-09.csv", "2024-09.csv"),
        (r"C:\fakepath\usage.csv", "usage.csv"),
        ("../../errors/x.csv", "x.csv"),
        ("/etc/passwd", "passwd"),
        ("a/..", "unnamed.csv"),
        ("..", "unnamed.csv"),
        ("...", "unnamed.csv"),
        (".hidden", ".hidden"),
        ("/", "unnamed.csv"),
        ("   ", "unnamed.csv"),
        ("  a b.csv ", "a b.csv"),
        ("folder/", "folder"),
        ("März + 使用量 👍🏽.csv", "März + 使用量 👍🏽.csv"),
        ("a\x00b\r\nc\x1b[0m.csv", "a_b__c_[0m.csv"),
        ("vsc\u202e.csv", "vsc_.csv"),
        ("${filename}", "$_filename}"),
        ("a%2F..%2Fb.csv", "a%2F..%2Fb.csv"),
    ],
)
def test_a_name_keeps_what_a_person_sees_of_it(name: str, plain: str) -> None:
    """The last part of a path is kept as it is, but for what steers a screen, a shell or S3."""
    assert plain_name(name) == plain


@given(st.text(max_size=NAME_LIMIT), st.sampled_from(list(INPUT_PREFIXES)))
def test_every_name_leads_to_a_key_under_its_prefix(name: str, under: str) -> None:
    """Whatever the name tries, the key has four parts, fits into S3, and so does its error file's."""
    key = upload_key(name, prefix=under, now=NOW, token="0123456789abcdef")
    prefix, day, token, last = key.split("/")
    assert (f"{prefix}/", day, token) == (under, "2024-09-23", "0123456789abcdef")
    assert last.strip(".") != ""
    assert len(key.encode()) <= 1024
    assert "${" not in key
    assert error_file_key(key, ObjectVersion("b", key, "v").upload_id).startswith(f"errors/{day}/{token}/")
