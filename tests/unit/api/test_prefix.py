"""A key with a prefix of object keys sees and makes nothing else, whatever it tries."""

import time
from typing import Any
from urllib.parse import quote

import pytest

from meterdrop.api.http import dependencies
from meterdrop.domain.access.permissions import PRESETS, Level, Resource
from meterdrop.domain.codes import Kind
from meterdrop.domain.uploads.upload import ErrorFile, Upload
from tests.support.api.client import Api, ApiResponse
from tests.support.api.store import Store, a_key_text, an_upload, take_messages

KEY, OTHER_KEY = a_key_text(1), a_key_text(2)
OWN = ("uploads/acme/a.csv", "uploads/acme/deep/b.csv", "validate/acme/c.csv", "uploads/acme/../globex/literal.csv")
FOREIGN = (
    *("uploads/acme-evil/a.csv", "uploads/acme", "uploads/Acme/a.csv", "uploads/ACME/a.csv", "uploads/acm/e.csv"),
    *("uploads//acme/a.csv", "uploads/acme%2Fa.csv", "uploads/acme%2fb.csv", "uploads/./acme/a.csv"),
    *("uploads/x/../acme/a.csv", "validate/acme-evil/a.csv", "validate/globex/a.csv", "customers/acme/a.csv"),
    *("uploads/globex/a.csv", "uploads/uploads/acme/a.csv", "uploads/validate/acme/a.csv", "uploads/acme\\a.csv"),
)


@pytest.fixture
def uploads(store: Store) -> dict[str, Upload]:
    """Store an upload for each of the object keys; the key of ACME may do all with uploads and files."""
    store.put_key(KEY, {Resource.UPLOADS: Level.WRITE, Resource.FILES: Level.WRITE}, prefix="uploads/acme/")
    error_file = ErrorFile("errors/a.csv", 1, ("v1",))
    made = {}
    for number, key in enumerate((*OWN, *FOREIGN)):
        kind = Kind.CUSTOMERS if key.startswith("customers/") else Kind.USAGE
        made[key] = an_upload(number, key=key, kind=kind, dry_run=key.startswith("validate/"), error_file=error_file)
        store.put_upload(made[key])
    return made


def call(api: Api, method: str, path: str, body: str | None = None, **query: Any) -> ApiResponse:
    """Send a request with the key of ACME."""
    return api.call(method, path, key=KEY, body=body, query=query)


def listed(api: Api, **query: Any) -> set[str]:
    """List uploads with the key of ACME; returns their object keys."""
    return {each["key"] for each in call(api, "GET", "/v1/uploads", limit=100, **query).json["data"]}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "/file"),
        ("GET", "/error_file"),
        ("GET", "/history"),
        ("GET", "/revert"),
        ("POST", "/revert"),
        ("POST", "/reprocess"),
    ],
)
@pytest.mark.usefixtures("empty_queue")
def test_another_upload_does_not_exist(api: Api, uploads: dict[str, Upload], method: str, path: str) -> None:
    """Each answer is the one for an ID that nobody has, but for the ID."""
    unknown = f"upl_{'a' * 26}"
    expected = call(api, method, f"/v1/uploads/{unknown}{path}")
    assert 404 == expected.status
    for key in FOREIGN:
        response = call(api, method, f"/v1/uploads/{uploads[key].id}{path}")
        assert (key, expected.text) == (key, response.text.replace(uploads[key].id, unknown))
    assert take_messages() == []
    if method == "GET":
        assert {200, 302} >= {call(api, method, f"/v1/uploads/{uploads[key].id}{path}").status for key in OWN}


def test_lists_have_only_own_uploads(api: Api, uploads: dict[str, Upload]) -> None:
    """Whatever the filters name, and in every page."""
    assert uploads
    assert set(OWN) == listed(api)
    for key in FOREIGN:
        assert set() == listed(api, key=key)
        assert listed(api, key_prefix=key) <= set(OWN)
    for filters in (
        {"status": "succeeded"},
        {"file_name": "csv"},
        {"created[gte]": 0},
        {"key_contains": "Acme"},
        {"kind": "usage"},
    ):
        assert set(OWN) == listed(api, **filters)
    assert set() == listed(api, kind="customers") | listed(api, key_contains="evil")
    assert {"validate/acme/c.csv"} == listed(api, dry_run="true")
    assert set(OWN) - {"validate/acme/c.csv"} == listed(api, dry_run="false", kind="usage", key_contains="ACME/")
    assert {"uploads/acme/a.csv"} == listed(api, file_name="a.csv", key_prefix="uploads/acme/a")
    first = call(api, "GET", "/v1/uploads", limit=3).json
    assert (3, True) == (len(first["data"]), first["has_more"])
    rest = call(api, "GET", "/v1/uploads", limit=3, starting_after=first["data"][-1]["id"]).json
    assert (1, False) == (len(rest["data"]), rest["has_more"])


def test_a_cursor_of_another_prefix_is_unknown(api: Api, uploads: dict[str, Upload]) -> None:
    """It would tell whether the upload exists, and when it arrived."""
    for name in ("starting_after", "ending_before"):
        for id_ in (uploads["uploads/globex/a.csv"].id, f"upl_{'a' * 26}"):
            response = call(api, "GET", "/v1/uploads", **{name: id_})
            assert (400, "resource_missing", name) == response.error


def test_relatives_are_own_uploads(api: Api, store: Store, uploads: dict[str, Upload]) -> None:
    """A preview of a revert names no upload of others."""
    own = uploads["uploads/acme/a.csv"]
    for number, key in enumerate(("uploads/acme/child.csv", "uploads/globex/child.csv")):
        store.put_upload(an_upload(100 + number, key=key, parent=own.id))
        dependencies.duplicates().record_duplicate(own.id, uploads[(*OWN, *FOREIGN)[1 + 5 * number]].id)
    everything = api.get(f"/v1/uploads/{own.id}/revert").json
    assert (2, 2) == (len(everything["children"]), len(everything["duplicates"]))
    found = call(api, "GET", f"/v1/uploads/{own.id}/revert").json
    assert [an_upload(100, key="uploads/acme/child.csv").id] == found["children"]
    assert [uploads["uploads/acme/deep/b.csv"].id] == found["duplicates"]
    assert set() == listed(api, parent=uploads["uploads/globex/a.csv"].id)


def test_a_revert_reprocesses_no_uploads_of_others(api: Api, uploads: dict[str, Upload]) -> None:
    """The duplicates of an upload can be outside of the prefix."""
    path = f"/v1/uploads/{uploads['uploads/acme/a.csv'].id}/revert"
    response = call(api, "POST", path, "reprocess_duplicates=true")
    assert (400, "parameter_invalid", "reprocess_duplicates") == response.error
    assert "succeeded" == call(api, "GET", path.removesuffix("/revert")).json["status"]


@pytest.mark.parametrize(
    "name",
    [
        *("a.csv", "../globex/a.csv", "/etc/a.csv", "..", "uploads/globex/a.csv", "..\\..\\a.csv", "%2e%2e%2fa.csv"),
        *("${filename}", "ma\u0308rz.csv", ".", "validate/", "a/../../b"),
    ],
)
@pytest.mark.parametrize(("dry_run", "prefix"), [("false", "uploads/acme/"), ("true", "validate/acme/")])
def test_a_form_lies_below_the_prefix(
    api: Api, uploads: dict[str, Upload], name: str, dry_run: str, prefix: str
) -> None:
    """Whatever the name of the file tries."""
    assert uploads
    form = call(api, "POST", "/v1/uploads", f"file_name={quote(name)}&dry_run={dry_run}").json
    assert form["key"].startswith(prefix)
    assert form["key"].count("/") == prefix.count("/") + 2
    assert form["fields"]["key"] == form["key"]


def test_a_form_updates_own_files_only(api: Api, uploads: dict[str, Upload]) -> None:
    """An update has the key of the earlier file."""
    own = call(api, "POST", "/v1/uploads", f"file_name=a.csv&updates={uploads['uploads/acme/a.csv'].id}")
    assert "uploads/acme/a.csv" == own.json["key"]
    dry = call(api, "POST", "/v1/uploads", f"file_name=a.csv&dry_run=true&updates={uploads['uploads/acme/a.csv'].id}")
    assert "validate/acme/a.csv" == dry.json["key"]
    checked = next(key for key in OWN if key.startswith("validate/"))
    counted = call(api, "POST", "/v1/uploads", f"file_name=a.csv&updates={uploads[checked].id}")
    assert checked.replace("validate/", "uploads/") == counted.json["key"]
    others = [key for key in FOREIGN if key.startswith("validate/")]
    assert others
    for id_ in (*(uploads[key].id for key in others), uploads["uploads/globex/a.csv"].id, f"upl_{'a' * 26}"):
        response = call(api, "POST", "/v1/uploads", f"file_name=a.csv&updates={id_}")
        assert (400, "resource_missing", "updates") == response.error


def test_customer_files_are_refused(api: Api, uploads: dict[str, Upload]) -> None:
    """They belong to no sender."""
    assert uploads
    response = call(api, "POST", "/v1/uploads", "file_name=a.csv&kind=customers")
    assert (403, "permission_missing", None) == response.error
    assert "customers:write" in response.json["error"]["message"]


def test_a_request_of_another_key_is_not_replayed(api: Api, store: Store, uploads: dict[str, Upload]) -> None:
    """The same Idempotency-Key of another key is another request."""
    assert uploads
    store.put_key(OTHER_KEY, PRESETS["upload"], prefix="uploads/globex/")
    forms = [
        api.call("POST", "/v1/uploads", key=key, body="file_name=a.csv", headers={"idempotency-key": "one"}).json["key"]
        for key in (OTHER_KEY, KEY, OTHER_KEY)
    ]
    assert forms[0] == forms[2]
    assert (True, True) == (forms[0].startswith("uploads/globex/"), forms[1].startswith("uploads/acme/"))


def test_names_from_macs_and_pcs_are_one_folder(api: Api, store: Store) -> None:
    """Object keys are compared in NFC."""
    store.put_key(KEY, PRESETS["upload"], prefix="uploads/m\u00e4rz/")
    for number, key in enumerate(("uploads/ma\u0308rz/a.csv", "uploads/m\u00e4rz/b.csv", "uploads/marz/c.csv")):
        store.put_upload(an_upload(number, key=key))
    assert {"uploads/ma\u0308rz/a.csv", "uploads/m\u00e4rz/b.csv"} == listed(api)


def test_a_list_among_many_uploads_of_others_says_what_to_do(
    api: Api, uploads: dict[str, Upload], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request reads no more than others do, and names no number of uploads that would tell of others."""
    assert uploads
    monkeypatch.setattr(dependencies.uploads(), "_examined_at_most", 0)
    response = call(api, "GET", "/v1/uploads")
    assert (400, "filter_too_broad", "created") == response.error
    assert "created[gte]" in response.json["error"]["message"]


def test_the_key_expires_with_its_prefix(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the clock of the request."""
    store.put_key(KEY, PRESETS["upload"], prefix="uploads/acme/", expires=5_000)
    for now, status in ((4_999, 200), (5_000, 401)):
        monkeypatch.setattr(time, "time", lambda now=now: float(now))
        assert status == call(api, "GET", "/v1/uploads").status
