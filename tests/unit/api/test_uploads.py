"""One upload: its JSON, and the ways to its files."""

import json
import time
from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from meterdrop.adapters.aws.s3_presigned import attachment
from meterdrop.domain.changes import INGEST, Author, Change
from meterdrop.domain.codes import FileCode, RowCode, Status
from meterdrop.domain.uploads.transitions import with_change
from meterdrop.domain.uploads.upload import Counts, ErrorFile, ErrorGroup, Failure, Sample, Total
from tests.support.api.client import Api
from tests.support.api.store import READ_KEY, Store, an_upload
from tests.unit.api.conftest import forget

FULL = an_upload(
    status=Status.SUCCEEDED_WITH_ERRORS,
    size=1234,
    started_at=1_727_108_546,
    finished_at=1_727_108_547,
    counts=Counts(row=3, success=1, duplicate=1, error=1),
    totals=(Total("ai_search_api", 1, "400", 1_727_222_400, 1_727_308_800), Total("clicks", 2, None)),
    samples=(Sample(2, RowCode.TIMESTAMP_INVALID, "timestamp", "timestamp is empty"),),
    errors=(ErrorGroup(RowCode.TIMESTAMP_INVALID, "timestamp", 1),),
    error_file=ErrorFile("errors/acme/2024-09.csv/x.csv", 1, ("error-version",)),
)


def test_an_upload_reads_as_the_contract_has_it(api: Api, store: Store) -> None:
    """Every field stands in its place, whatever order it is stored in."""
    store.put_upload(FULL)
    expected = (
        '{"id": "<id>", "object": "upload", "kind": "usage", "status": "succeeded_with_errors", "dry_run": false, '
        '"run": 1, "parent": null, "updates": null, "partner": null, '
        '"key": "uploads/acme/2024-09.csv", "file_name": "2024-09.csv", '
        '"version_id": "version-0", "size": 1234, "created": 1727108545, "started_at": 1727108546, '
        '"finished_at": 1727108547, "reverted_at": null, "row_count": 3, "success_count": 1, "duplicate_count": 1, '
        '"error_count": 1, "totals": [{"event_name": "ai_search_api", "event_count": 1, "value_sum": "400", '
        '"first_timestamp": 1727222400, "last_timestamp": 1727308800}, {"event_name": "clicks", "event_count": 2, '
        '"value_sum": null, "first_timestamp": null, "last_timestamp": null}], '
        '"samples": [{"row_number": 2, "code": "timestamp_invalid", "field": "timestamp", '
        '"message": "timestamp is empty"}], "errors": [{"code": "timestamp_invalid", "field": "timestamp", '
        '"count": 1}], "control": null, "failure": null, "error_file": {"key": "errors/acme/2024-09.csv/x.csv", '
        '"row_count": 1, "part_count": 1, "is_complete": true, "url": "/v1/uploads/<id>/error_file"}, '
        '"last_change": null}'
    ).replace("<id>", FULL.id)
    assert json.dumps(api.get(f"/v1/uploads/{FULL.id}").json) == expected
    assert json.dumps(api.get("/v1/uploads").json) == (
        f'{{"object": "list", "data": [{expected}], "has_more": false, "url": "/v1/uploads"}}'
    )


def test_what_there_is_none_of_is_null_or_empty(api: Api, store: Store) -> None:
    """A failed upload of another's error file, and one that waits: nothing is left out."""
    store.put_upload(an_upload(1, status=Status.PENDING))
    store.put_upload(
        an_upload(2, status=Status.FAILED, failure=Failure(FileCode.EMPTY, "It is empty."), parent=FULL.id)
    )
    failed, pending = api.get("/v1/uploads").json["data"]
    assert list(failed) == list(pending)
    assert (pending["size"], pending["started_at"], pending["finished_at"], pending["parent"]) == (None,) * 4
    assert (pending["reverted_at"], pending["updates"]) == (None, None)
    assert (pending["totals"], pending["samples"], pending["errors"]) == ([], [], [])
    assert (pending["failure"], pending["error_file"]) == (None, None)
    assert (failed["failure"], failed["parent"]) == ({"code": "file_empty", "message": "It is empty."}, FULL.id)


@pytest.mark.parametrize("suffix", ["", "/file", "/error_file", "/history"])
@pytest.mark.parametrize("id_", [FULL.id, "upl_x", "#months", "content#abc", "..", "x" * 3000, "upl_" + "a" * 25 + "ü"])
def test_an_unknown_upload_is_missing(api: Api, store: Store, id_: str, suffix: str) -> None:
    """An id that no upload has is 404, and other items of the table do not show."""
    store.put("uploads", {"id": "#months", "months": {"2024-09"}})
    store.put("uploads", {"id": "content#abc", "owner": FULL.id})
    assert api.get(f"/v1/uploads/{id_}{suffix}").error[:2] == (404, "resource_missing")


def test_an_upload_without_errors_has_no_error_file(api: Api, store: Store) -> None:
    """The route is 404 where there is no file, and says so."""
    store.put_upload(an_upload())
    response = api.get(f"/v1/uploads/{an_upload().id}/error_file")
    assert response.error == (404, "resource_missing", "id")
    assert "no error file" in response.json["error"]["message"]


def test_the_file_is_the_version_that_was_dropped(api: Api, store: Store) -> None:
    """The URL pins the version, lasts 15 minutes, and saves under the file's own name."""
    store.put_upload(FULL)
    response = api.get(f"/v1/uploads/{FULL.id}/file")
    url = urlsplit(response.headers["Location"])
    query = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert (response.status, response.text) == (302, "")
    assert (url.scheme, url.netloc) == ("https", "meterdrop-uploads.s3.eu-central-1.amazonaws.com")
    assert url.path == "/uploads/acme/2024-09.csv"
    assert query["versionId"] == "version-0"
    assert query["X-Amz-Expires"] == "900"
    assert query["X-Amz-Algorithm"] == "AWS4-HMAC-SHA256"
    assert query["response-content-disposition"] == 'attachment; filename="2024-09.csv"'
    assert query["response-content-type"] == "text/csv; charset=utf-8"


def test_the_error_file_is_the_one_that_was_recorded(api: Api, store: Store) -> None:
    """The URL pins the error file's version; a browser saves it beside the file, not over it."""
    store.put_upload(FULL)
    url = urlsplit(api.get(f"/v1/uploads/{FULL.id}/error_file").headers["Location"])
    query = {name: value for name, (value,) in parse_qs(url.query).items()}
    assert url.path == "/errors/acme/2024-09.csv/x.csv"
    assert query["versionId"] == "error-version"
    assert query["response-content-disposition"] == 'attachment; filename="2024-09.errors.csv"'


def test_each_part_of_an_error_file(api: Api, store: Store) -> None:
    """The first one is the default; the others lie beside it, under names of their own."""
    error_file = ErrorFile("errors/acme/2024-09.csv/x.csv", 9, ("first", "second"))
    store.put_upload(replace(FULL, error_file=error_file))
    found = []
    for asked in ({}, {"part": 1}, {"part": 2}):
        url = urlsplit(api.get(f"/v1/uploads/{FULL.id}/error_file", **asked).headers["Location"])
        query = {name: value for name, (value,) in parse_qs(url.query).items()}
        found.append((url.path, query["versionId"], query["response-content-disposition"]))
    first = ("/errors/acme/2024-09.csv/x.csv", "first", 'attachment; filename="2024-09.errors.csv"')
    second = (f"/errors/acme/2024-09.csv/{FULL.id}.2.csv", "second", 'attachment; filename="2024-09.errors.2.csv"')
    assert [first, first, second] == found


def test_a_part_that_there_is_not(api: Api, store: Store) -> None:
    """It is missing, and the answer says which is the last one."""
    store.put_upload(FULL)
    response = api.get(f"/v1/uploads/{FULL.id}/error_file", part=2)
    assert (404, "resource_missing", "part") == response.error
    assert "Its last part is 1." in response.json["error"]["message"]


@pytest.mark.parametrize("number", ["0", "-1", "x", "", "1.5", "+1", "99999999999999999999999"])
def test_a_part_that_is_no_number(api: Api, store: Store, number: str) -> None:
    """The parameter is named."""
    store.put_upload(FULL)
    status, _, parameter = api.get(f"/v1/uploads/{FULL.id}/error_file", part=number).error
    assert (400, "part") == (status, parameter)


@pytest.mark.parametrize(
    ("accept", "is_link"),
    [
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("*/*", False),
        ("application/json, text/plain, */*", False),
        ("application/json, text/csv", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("file", ["file", "error_file"])
def test_who_takes_only_json_gets_the_url(api: Api, store: Store, file: str, accept: str, *, is_link: bool) -> None:
    """A program in a browser gets the URL, which it could not read from a redirect; everybody else is led there."""
    store.put_upload(FULL)
    before = int(time.time())
    response = api.call("GET", f"/v1/uploads/{FULL.id}/{file}", key=READ_KEY, headers={"accept": accept})
    if not is_link:
        assert (302, "") == (response.status, response.text)
        return
    link = response.json
    assert (200, {"object", "url", "expires_at"}, "file_link") == (response.status, set(link), link["object"])
    assert before + 900 <= link["expires_at"] <= time.time() + 900
    led = urlsplit(api.get(f"/v1/uploads/{FULL.id}/{file}").headers["Location"])
    assert (led.netloc, led.path) == (urlsplit(link["url"]).netloc, urlsplit(link["url"]).path)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("usage.csv", "usage.csv"),
        ("März 2024.csv", "M_rz 2024.csv"),
        ('a"b\\c.csv', "a_b_c.csv"),
        ("a\r\nSet-Cookie: x.csv", "a__Set-Cookie: x.csv"),
        ("使用量.csv", "___.csv"),
    ],
)
def test_any_file_name_can_be_an_attachment(name: str, plain: str) -> None:
    """A name survives the header whole, and an old browser gets a plain one."""
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.startswith(f'attachment; filename="{plain}"')
    if name != plain:
        assert unquote(header.partition("UTF-8''")[2]) == name


def test_presigned_urls_go_to_the_public_endpoint(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an address for people is set, URLs and forms name it, in the form that every client resolves."""
    monkeypatch.setenv("PUBLIC_S3_ENDPOINT", "http://localhost:4566")
    forget()
    store.put_upload(FULL)
    location = api.get(f"/v1/uploads/{FULL.id}/file").headers["Location"]
    form = api.call("POST", "/v1/uploads", body=b"file_name=a.csv").json
    forget()
    assert location.startswith("http://localhost:4566/meterdrop-uploads/uploads/acme/2024-09.csv?")
    assert form["url"] == "http://localhost:4566/meterdrop-uploads"


def test_the_history_of_an_upload(api: Api, store: Store) -> None:
    """Each entry with its change, and with the counts where a run ended."""
    by = Author("key_1", "billing job")
    upload = with_change(FULL, Change("upload", None, 1))
    upload = with_change(upload, Change("process", INGEST, 2), FULL.counts)
    upload = store.put_upload(with_change(upload, Change("reprocess", by, 3, "req")))
    found = api.get(f"/v1/uploads/{upload.id}/history").json
    assert (found["object"], found["upload"]) == ("upload_history", upload.id)
    assert found["data"] == [
        {
            "number": number,
            "change": {"action": action, "at": number, "by": author, "request_id": request},
            "status": "succeeded_with_errors",
            "run": 1,
            "counts": counts,
        }
        for number, (action, author, request, counts) in enumerate(
            [
                ("upload", None, None, None),
                (
                    "process",
                    {"id": "meterdrop", "name": "ingest"},
                    None,
                    {"row_count": 3, "success_count": 1, "duplicate_count": 1, "error_count": 1},
                ),
                ("reprocess", {"id": "key_1", "name": "billing job"}, "req", None),
            ],
            1,
        )
    ]
    assert api.get(f"/v1/uploads/{upload.id}").json["last_change"] == found["data"][2]["change"]
