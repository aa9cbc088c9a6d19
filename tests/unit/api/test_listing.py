"""Pages of uploads: each upload once, in order, whatever the filters, the limit and the direction."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meterdrop.adapters.dynamodb.items import UnknownFormError
from meterdrop.adapters.uploads.upload_list import TooManyExaminedError, UploadList
from meterdrop.api.http import dependencies
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.uploads.upload import Upload, UploadFilter
from tests.support.api.client import Api
from tests.support.api.moto_wire import MotoClient
from tests.support.api.store import Store, an_upload

# Seconds around the borders of months, so that equal and neighbouring times, and empty months, all come up.
MOMENTS = [1_727_740_799, 1_727_740_800, 1_727_740_801, 1_730_419_200, 1_722_470_400, 1_672_531_199, 1_735_689_599]
KEYS = ["uploads/a.csv", "uploads/a/b.csv", "uploads/ab.csv", "validate/a.csv", "uploads/ü,b.csv", "customers/a.csv"]
PARENTS = [None, an_upload(98).id, an_upload(99).id]

uploads_strategy = st.lists(
    st.tuples(st.sampled_from(MOMENTS), st.sampled_from(KEYS), st.sampled_from(PARENTS), st.sampled_from(list(Status))),
    max_size=14,
)
query_strategy = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from([status.value for status in Status]),
        "key": st.sampled_from(KEYS),
        "key_prefix": st.sampled_from(["u", "uploads/a", "uploads/a/", "nothing"]),
        "file_name": st.sampled_from(["A.CSV", "b.csv", "Ü,", "U\u0308,", "uploads", ".csv"]),
        "key_contains": st.sampled_from(["LOADS/A", "a/b", "Ü,", "U\u0308,", "date/", "nothing"]),
        "kind": st.sampled_from(["usage", "customers"]),
        "dry_run": st.sampled_from(["true", "false"]),
        "parent": st.sampled_from(PARENTS[1:]),
        "partner": st.sampled_from(["acme", "globex", "owner"]),
        **{f"created[{bound}]": st.sampled_from([*MOMENTS, 0, 9_999_999_999]) for bound in ("gt", "gte", "lt", "lte")},
    },
)
_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "created[gt]": int.__gt__,
    "created[gte]": int.__ge__,
    "created[lt]": int.__lt__,
    "created[lte]": int.__le__,
}


def composed(text: str) -> str:
    """Write a text in lower case, an accent as a part of its letter."""
    return unicodedata.normalize("NFC", text).lower()


def plainly(uploads: Sequence[Upload], query: dict[str, Any]) -> list[str]:
    """Filter and sort a list, as anybody would."""

    def holds(upload: Upload) -> bool:
        return all(
            _BOUNDS[name](upload.created, value)
            if name in _BOUNDS
            else upload.key.startswith(value)
            if name == "key_prefix"
            else composed(value) in composed(upload.file_name if name == "file_name" else upload.key)
            if name in {"file_name", "key_contains"}
            else str(upload.dry_run).lower() == value
            if name == "dry_run"
            else (upload.partner or "owner") == value
            if name == "partner"
            else getattr(upload, name) == value
            for name, value in query.items()
        )

    return [upload.id for upload in sorted(uploads, key=lambda each: each.created_id, reverse=True) if holds(upload)]


def fill(store: Store, drawn: Sequence[tuple[int, str, str | None, Status]]) -> list[Upload]:
    """Empty the table and store these uploads."""
    for item in store.client.scan(TableName="uploads")["Items"]:
        store.client.delete_item(TableName="uploads", Key={"id": item["id"]})
    return [
        store.put_upload(
            an_upload(
                number,
                created=created,
                key=key,
                parent=parent,
                status=status,
                partner=[None, "acme", "globex"][number % 3],
                kind=Kind.CUSTOMERS if key.startswith("customers/") else Kind.USAGE,
                dry_run=key.startswith("validate/"),
            )
        )
        for number, (created, key, parent, status) in enumerate(drawn)
    ]


def pages(api: Api, query: dict[str, Any], cursor: str, pick: int) -> list[list[str]]:
    """Follow a cursor to the end; `pick` is the place in a page of the upload that the next one begins at."""
    found: list[list[str]] = []
    while True:
        response = api.get("/v1/uploads", **query)
        assert response.status == 200
        found.append([upload["id"] for upload in response.json["data"]])
        if not response.json["has_more"]:
            return found
        query = {**query, cursor: found[-1][pick]}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(drawn=uploads_strategy, query=query_strategy, limit=st.integers(1, 16))
def test_paging_gives_each_upload_once_in_order(api: Api, store: Store, drawn: Any, query: Any, limit: int) -> None:
    """Forwards from the newest and backwards to it, the pages together are the filtered list, full but the last."""
    expected = plainly(fill(store, drawn), query)
    forwards = pages(api, query | {"limit": limit}, "starting_after", -1)
    assert [id_ for page in forwards for id_ in page] == expected
    assert all(len(page) == limit for page in forwards[:-1])
    assert forwards[-1] or not expected
    if expected:
        backwards = pages(api, query | {"limit": limit, "ending_before": expected[-1]}, "ending_before", 0)
        assert [id_ for page in reversed(backwards) for id_ in page] == expected[:-1]
        assert all(len(page) == limit for page in backwards[:-1])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(drawn=uploads_strategy, query=query_strategy, place=st.integers(0, 13))
def test_a_cursor_need_not_match_the_filters(api: Api, store: Store, drawn: Any, query: Any, place: int) -> None:
    """A cursor is a place among all uploads: what follows it and matches is returned."""
    uploads = fill(store, drawn)
    everything, matching = plainly(uploads, {}), plainly(uploads, query)
    if place >= len(everything):
        return
    after, before = everything[place + 1 :], everything[:place]
    behind = api.get("/v1/uploads", **query, limit=100, starting_after=everything[place]).json["data"]
    ahead = api.get("/v1/uploads", **query, limit=100, ending_before=everything[place]).json["data"]
    assert [upload["id"] for upload in behind] == [id_ for id_ in matching if id_ in after]
    assert [upload["id"] for upload in ahead] == [id_ for id_ in matching if id_ in before]


def test_a_page_has_ten_uploads_unless_told_otherwise(api: Api, store: Store) -> None:
    """The default is Stripe's; the most is a hundred."""
    for number in range(101):
        store.put_upload(an_upload(number))
    for query, expected in (({}, (10, True)), ({"limit": 100}, (100, True)), ({"limit": 1}, (1, True))):
        body = api.get("/v1/uploads", **query).json
        assert (len(body["data"]), body["has_more"]) == expected
    last = api.get("/v1/uploads", limit=100, starting_after=an_upload(100).id).json
    assert (len(last["data"]), last["has_more"]) == (100, False)


def test_no_uploads_are_an_empty_page(api: Api) -> None:
    """A fresh stack lists nothing, and that is no error."""
    assert api.get("/v1/uploads").json == {"object": "list", "data": [], "has_more": False, "url": "/v1/uploads"}


def test_an_index_that_lags_shows_no_stale_status(api: Api, store: Store) -> None:
    """The index may say what an upload was; only what it is counts, and has_more stays exact."""
    lagging = {"status_month": "processing#2024-09"}
    for number in range(5):
        store.put_upload(an_upload(number, status=Status.SUCCEEDED), **lagging)
    store.put_upload(an_upload(5, status=Status.PROCESSING))
    body = api.get("/v1/uploads", status="processing", limit=1).json
    assert ([upload["id"] for upload in body["data"]], body["has_more"]) == ([an_upload(5).id], False)


def test_a_filter_that_matches_too_little_is_refused(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no index serves is looked for among so many uploads, not more; the answer says how to narrow it."""
    for number in range(130):
        store.put_upload(an_upload(number))
    narrow = UploadList(store.client, MotoClient(store.client), "uploads", examined_at_most=100)
    monkeypatch.setattr(dependencies, "uploads", lambda: narrow)
    response = api.get("/v1/uploads", key_prefix="uploads/b")
    assert response.error == (400, "filter_too_broad", "key_prefix")
    assert "created[gte]" in response.json["error"]["message"]
    assert api.get("/v1/uploads", file_name="nothing").error == (400, "filter_too_broad", "file_name")
    assert api.get("/v1/uploads", key_contains="nothing").error == (400, "filter_too_broad", "key_contains")
    assert api.get("/v1/uploads", kind="customers").error == (400, "filter_too_broad", "kind")
    assert api.get("/v1/uploads", dry_run="true").error == (400, "filter_too_broad", "dry_run")
    assert api.get("/v1/uploads", kind="usage", dry_run="false").status == 200
    assert api.get("/v1/uploads", key_prefix="uploads/a").status == 200
    assert api.get("/v1/uploads", key_prefix="uploads/b", **{"created[gte]": an_upload(60).created}).status == 200
    with pytest.raises(TooManyExaminedError, match="status"):
        list(narrow.walk(UploadFilter(key=an_upload().key, status=Status.FAILED)))
    assert len(list(narrow.walk(UploadFilter(key=an_upload().key)))) == 130


@pytest.mark.parametrize("name", ["file_name", "key_contains"])
def test_accents_have_no_spelling(api: Api, store: Store, name: str) -> None:
    """Mac and Windows write the same name in two ways, and people in two cases."""
    for number, written in enumerate(("M\u00e4rz", "Ma\u0308rz")):
        store.put_upload(an_upload(number, key=f"uploads/{written}.csv"))
    for wanted in ("m\u00c4r", "ma\u0308r", "MA\u0308R"):
        assert len(api.get("/v1/uploads", **{name: wanted}).json["data"]) == 2


def test_an_upload_of_another_form_is_refused(store: Store) -> None:
    """A list shows no status that may mean something else."""
    store.put_upload(an_upload(1), form=2)
    uploads = UploadList(store.client, MotoClient(store.client), "uploads")
    for wanted in (UploadFilter(), UploadFilter(key_contains="nothing")):  # its key may be something else now
        with pytest.raises(UnknownFormError):
            list(uploads.walk(wanted))
    store.put_upload(an_upload(1), form=1)
    assert list(uploads.walk(UploadFilter())) == [an_upload(1)]
