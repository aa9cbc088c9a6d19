"""The uploads that need somebody, and how many of an upload's refused rows later files have counted."""

from typing import Any

import pytest

from meterdrop.adapters.uploads.upload_list import UploadList
from meterdrop.api.http import dependencies
from meterdrop.domain.access.permissions import PRESETS, Level, Resource
from meterdrop.domain.changes import Change
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.uploads.transitions import REPROCESS
from meterdrop.domain.uploads.upload import Counts, HistoryEntry, Upload
from meterdrop.pipeline import open_uploads
from tests.support.api.client import Api
from tests.support.api.moto_wire import MotoClient
from tests.support.api.store import Store, a_key_text, an_upload

PATH = "/v1/open_uploads"
NOW = 1_727_200_000
WITH_ERRORS, SUCCEEDED, FAILED = Status.SUCCEEDED_WITH_ERRORS, Status.SUCCEEDED, Status.FAILED


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the list be asked at one time."""
    real = dependencies.open_uploads
    monkeypatch.setattr(dependencies, "open_uploads", lambda _: real(NOW))


class Uploads:
    """Stores uploads by name; each has a key of its own and arrives a second after the one before it."""

    def __init__(self, store: Store) -> None:
        """Store into these tables."""
        self._store = store
        self._number = 0
        self.ids: dict[str, str] = {}

    def put(self, name: str, status: Status, success: int = 0, error: int = 0, **changes: Any) -> Upload:
        """Store an upload; `parent` is the name of another one."""
        self._number += 1
        changes = {"key": f"uploads/{name}.csv", "version_order": f"{self._number:04}"} | changes
        changes["parent"] = self.ids.get(changes.get("parent", ""))
        counts = Counts(success + error, success, 0, error)
        upload = an_upload(self._number, status=status, counts=counts, **changes)
        self.ids[name] = self._store.put_upload(upload).id
        return upload

    def shown(self, api: Api, **query: Any) -> list[tuple[str, str, int]]:
        """List what is open: names, reasons, and open rows."""
        response = api.get(PATH, **query)
        assert response.status == 200, response.text
        names = {id_: name for name, id_ in self.ids.items()}
        return [(names[each["id"]], each["reason"], each["open_error_count"]) for each in response.json["data"]]

    def left(self, api: Api, name: str) -> int | None:
        """Return how many refused rows of an upload are open, as its history says."""
        count: int | None = api.get(f"/v1/uploads/{self.ids[name]}/history").json["open_error_count"]
        return count


@pytest.fixture
def uploads(store: Store) -> Uploads:
    """Store nothing yet."""
    return Uploads(store)


def test_a_line_has_the_whole_upload(api: Api, uploads: Uploads) -> None:
    """The reason, the open rows, and the object that GET returns."""
    upload = uploads.put("some", WITH_ERRORS, 3, 2)
    assert api.get(PATH).json == {
        "object": "list",
        "data": [
            {
                "id": upload.id,
                "object": "open_upload",
                "reason": "refused_rows",
                "open_error_count": 2,
                "upload": api.get(f"/v1/uploads/{upload.id}").json,
            }
        ],
        "has_more": False,
        "url": PATH,
    }


def test_what_needs_nobody_is_not_listed(api: Api, uploads: Uploads) -> None:
    """Successes, dry runs, what is reverted, and what has just begun."""
    uploads.put("good", SUCCEEDED, 3)
    for status in (WITH_ERRORS, FAILED):
        uploads.put(f"checked {status}", status, 0, 2, dry_run=True, key="validate/a.csv")
    uploads.put("reverted", Status.REVERTED, 1, 2)
    for status in (Status.PENDING, Status.PROCESSING, Status.REVERTING):
        uploads.put(status, status, created=NOW - 1_799)
    assert uploads.shown(api) == []
    for name in ("checked succeeded_with_errors", "reverted", "processing"):
        assert uploads.left(api, name) is None
    assert uploads.left(api, "good") == 0


def test_a_failed_file_is_open_until_a_later_one_with_its_key_counts(api: Api, uploads: Uploads) -> None:
    """An earlier one, one that failed too, and a reverted one leave it open; customers' files are like all others."""
    uploads.put("earlier", SUCCEEDED, 1, key="uploads/a.csv")
    uploads.put("failed", FAILED, key="uploads/a.csv")
    uploads.put("failed again", FAILED, key="uploads/a.csv")
    uploads.put("reverted", Status.REVERTED, 1, key="uploads/a.csv")
    uploads.put("customers", FAILED, key="customers/a.csv", kind=Kind.CUSTOMERS)
    still = [("customers", "failed", 0), ("failed again", "failed", 0), ("failed", "failed", 0)]
    assert uploads.shown(api) == still
    uploads.put("mended", WITH_ERRORS, 0, 1, key="uploads/a.csv")
    assert uploads.shown(api) == [("mended", "refused_rows", 1), still[0]]


@pytest.mark.parametrize(("first", "second"), [("uploads/m\u00e4rz.csv", "uploads/ma\u0308rz.csv")])
def test_a_later_version_has_all_rows_again(api: Api, uploads: Uploads, first: str, second: str) -> None:
    """In either spelling of an accent; not if all its rows were let in as new, and not once it is reverted."""
    for older, newer in ((first, second), (second, first)):
        uploads.put(f"old {older}", WITH_ERRORS, 3, 2, key=older)
        uploads.put(f"let in {older}", SUCCEEDED, 3, key=newer, allow_duplicate=True)
        assert uploads.shown(api) == [(f"old {older}", "refused_rows", 2)]
        newest = uploads.put(f"new {older}", SUCCEEDED, 3, key=newer)
        assert (uploads.shown(api), uploads.left(api, f"old {older}")) == ([], 0)
        uploads.put(f"new {older}", Status.REVERTED, 3, key=newer, id=newest.id)
        assert uploads.left(api, f"old {older}") == 2
        uploads.put(f"newest {older}", SUCCEEDED, 3, key=newer)


def test_corrected_rows_are_not_open(api: Api, uploads: Uploads) -> None:
    """Also by way of the correction's own error file. Its rows are listed with the file that had them first."""
    uploads.put("november", WITH_ERRORS, 3, 5)
    uploads.put("checked", WITH_ERRORS, 4, 1, parent="november", dry_run=True, key="validate/a.csv")
    uploads.put("corrected", WITH_ERRORS, 3, 2, parent="november")
    assert uploads.shown(api) == [("november", "refused_rows", 2)]
    assert [uploads.left(api, name) for name in ("november", "corrected")] == [2, 2]
    again = uploads.put("again", SUCCEEDED, 2, parent="corrected")
    assert uploads.shown(api) == []
    assert [uploads.left(api, name) for name in ("november", "corrected")] == [0, 0]
    uploads.put("again", Status.REVERTED, 2, parent="corrected", id=again.id)
    assert uploads.shown(api) == [("november", "refused_rows", 2)]


@pytest.mark.parametrize("status", [Status.REVERTED, Status.REVERTING, FAILED])
def test_a_correction_outlives_its_parent(api: Api, uploads: Uploads, status: Status) -> None:
    """Its refused rows are its own once nobody looks at the parent. A dry run is no parent to look at either."""
    parent = uploads.put("november", WITH_ERRORS, 3, 5)
    uploads.put("corrected", WITH_ERRORS, 3, 2, parent="november")
    uploads.put("november", status, 3, 5, id=parent.id, key="uploads/november.csv", created=NOW)
    assert ("corrected", "refused_rows", 2) in uploads.shown(api)
    uploads.put("check", WITH_ERRORS, 3, 5, dry_run=True, key="validate/b.csv")
    uploads.put("by check", WITH_ERRORS, 4, 1, parent="check")
    assert ("by check", "refused_rows", 1) in uploads.shown(api)


def test_what_takes_long_is_open(api: Api, uploads: Uploads) -> None:
    """From the arrival, or from the run or the revert that is in progress."""
    uploads.put("long", Status.PROCESSING, created=NOW - 1_800)
    uploads.put("waits", Status.PENDING, created=NOW - 1_800)
    uploads.put("short", Status.PROCESSING, started_at=NOW - 1_799)
    for name, at in (("reverting", NOW - 1_800), ("reverting now", NOW - 1_799)):
        history = (HistoryEntry(1, Change(REPROCESS, None, at), Status.REVERTING, 1),)
        uploads.put(name, Status.REVERTING, 3, history=history)
    assert {name for name, reason, count in uploads.shown(api) if (reason, count) == ("in_progress", 0)} == {
        "long",
        "waits",
        "reverting",
    }


def test_pages_and_bounds(api: Api, uploads: Uploads) -> None:
    """All reasons in one order, forwards and backwards; a cursor need not be open itself."""
    for number in range(9):
        status = (FAILED, WITH_ERRORS, Status.PROCESSING, SUCCEEDED)[number % 4]
        uploads.put(str(number), status, 0, 1, partner=(None, "acme")[number % 2])
    everything = [name for name, *_ in uploads.shown(api)]
    assert everything == ["8", "6", "5", "4", "2", "1", "0"]
    for place, name in enumerate(everything):
        after = api.get(PATH, limit=2, starting_after=uploads.ids[name]).json
        assert [each["id"] for each in after["data"]] == [uploads.ids[n] for n in everything[place + 1 : place + 3]]
        assert after["has_more"] is (place + 3 < len(everything))
        before = api.get(PATH, limit=2, ending_before=uploads.ids[name]).json
        assert [each["id"] for each in before["data"]] == [
            uploads.ids[n] for n in everything[max(place - 2, 0) : place]
        ]
    assert [name for name, *_ in uploads.shown(api, starting_after=uploads.ids["3"])] == ["2", "1", "0"]
    assert [name for name, *_ in uploads.shown(api, partner="acme")] == ["5", "1"]
    assert uploads.shown(api, kind="customers") == []
    arrived = an_upload(1).created
    bounds = {"created[gte]": arrived + 2, "created[lt]": arrived + 6}
    assert [name for name, *_ in uploads.shown(api, **bounds)] == ["5", "4", "2"]


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ("reason=failed", "parameter_unknown", "reason"),
        ("kind=customer", "parameter_invalid", "kind"),
        ("limit=0", "parameter_invalid", "limit"),
        ("created[gte]=today", "parameter_invalid_integer", "created[gte]"),
        ("starting_after=x", "parameter_invalid", "starting_after"),
        (f"starting_after=upl_{'a' * 26}", "resource_missing", "starting_after"),
    ],
)
def test_what_is_refused(api: Api, query: str, code: str, param: str) -> None:
    """As for every list."""
    assert api.call("GET", PATH, query=query).error == (400, code, param)


def test_a_prefix_hides_the_uploads_of_others(api: Api, store: Store, uploads: Uploads) -> None:
    """A correction whose parent a key doesn't see is listed by itself; the key needs uploads:read."""
    key = a_key_text(1)
    store.put_key(key, {Resource.UPLOADS: Level.READ}, prefix="uploads/acme/")
    uploads.put("november", WITH_ERRORS, 3, 5)
    own = uploads.put("corrected", WITH_ERRORS, 3, 2, parent="november", key="uploads/acme/a.csv")
    foreign = uploads.put("failed", FAILED)
    response = api.call("GET", PATH, key=key)
    assert [each["id"] for each in response.json["data"]] == [own.id]
    assert api.call("GET", PATH, key=key, query={"starting_after": foreign.id}).error[1] == "resource_missing"
    meter = a_key_text(2)
    store.put_key(meter, PRESETS["meter"])
    assert api.call("GET", PATH, key=meter).error[1] == "permission_missing"


def test_a_list_ends(api: Api, store: Store, uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many uploads that need nobody. Bounds of the arrival make a list that works."""
    monkeypatch.setattr(open_uploads, "MAX_CANDIDATES", 2)
    monkeypatch.setattr(open_uploads, "_AT_ONCE", 2)
    uploads.put("old", FAILED)
    for number in range(3):
        uploads.put(str(number), FAILED, key=f"uploads/{number}.csv")
        uploads.put(f"{number} mended", SUCCEEDED, 1, key=f"uploads/{number}.csv")
    response = api.get(PATH)
    assert response.error == (400, "filter_too_broad", "created")
    assert "created[gte]" in response.json["error"]["message"]
    assert uploads.shown(api, **{"created[lt]": an_upload(3).created}) == [("old", "failed", 0)]
    few = UploadList(store.client, MotoClient(store.client), "uploads", examined_at_most=0)
    monkeypatch.setattr(dependencies, "uploads", lambda: few)
    assert api.get(PATH).error == (400, "filter_too_broad", "created")
