"""Reverting and reprocessing: what becomes of an upload of every status, and what is asked of the ingest function."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from meterdrop import settings
from meterdrop.adapters.aws.sqs_queue import Queue
from meterdrop.adapters.uploads.duplicates import Duplicates
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.api.schemas.uploads import MAX_CHILDREN
from meterdrop.domain.codes import FileCode, Kind, RowCode, Status
from meterdrop.domain.uploads.resource import upload_object
from meterdrop.domain.uploads.upload import Counts, ErrorFile, Failure, Sample, Total, Upload
from tests.support.api.client import Api, ApiResponse
from tests.support.api.store import BUCKET, READ_KEY, Store, an_upload, take_messages

pytestmark = pytest.mark.usefixtures("empty_queue")

KEY = "uploads/acme/2024-09.csv"
JUDGED: dict[str, Any] = {
    "status": Status.SUCCEEDED_WITH_ERRORS,
    "started_at": 1_727_108_546,
    "finished_at": 1_727_108_547,
    "counts": Counts(3, 1, 1, 1),
    "totals": (Total("ai_search_api", 1, "400"),),
    "samples": (Sample(2, RowCode.TIMESTAMP_INVALID, "timestamp", "?"),),
    "error_file": ErrorFile("errors/acme/2024-09.csv/x.csv", 1, ("v",)),
    "sha256": "a" * 64,
    "attempts": 0,
    "lease_token": "of the last attempt",
    "revision": 7,
}
SUCCEEDED = (Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS)
IMPOSSIBLE = {
    "revert": set(Status) - {*SUCCEEDED, Status.REVERTING},
    "reprocess": {Status.PENDING, Status.REVERTING, Status.REVERTED},
}


def put(store: Store, **changes: Any) -> Upload:
    """Store an upload whose file is in the bucket."""
    return store.put_upload(an_upload(version_id=store.drop(KEY), **(JUDGED | changes)))


def stored(upload: Upload) -> Upload | None:
    """Read an upload as it is now."""
    return UploadTable(boto3.client("dynamodb"), "uploads").get(upload.id)


def post_action(api: Api, action: str, upload: Upload, **request: Any) -> ApiResponse:
    """Ask for a revert or a reprocess."""
    return api.call("POST", f"/v1/uploads/{upload.id}/{action}", **request)


@pytest.mark.parametrize("status", SUCCEEDED)
def test_a_revert_begins(api: Api, store: Store, status: Status) -> None:
    """The status says so, nobody holds the upload, the counts tell what was judged, and one message is sent."""
    upload = put(store, status=status, attempts=3, lease_until=1_727_108_999)
    response = post_action(api, "revert", upload)
    found = stored(upload)
    assert found is not None
    assert response.status == 202
    assert response.json == {**upload_object(found), "children": [], "duplicates": []}
    assert list(response.json)[-2:] == ["children", "duplicates"]
    assert (found.status, found.attempts, found.lease_until) == (Status.REVERTING, 0, 0)
    assert (found.finished_at, found.reverted_at) == (upload.finished_at, None)
    assert (found.counts, found.totals, found.error_file) == (upload.counts, upload.totals, upload.error_file)
    assert (found.revision, found.run, found.sha256) == (8, 1, upload.sha256)
    assert take_messages() == [{"upload": upload.id}]


@pytest.mark.parametrize("status", [*SUCCEEDED, Status.FAILED])
@pytest.mark.parametrize(
    "changes",
    [{}, {"kind": Kind.CUSTOMERS}, {"dry_run": True}, {"failure": Failure(FileCode.DUPLICATE, "?"), "sha256": None}],
    ids=["usage", "customers", "dry run", "with a failure"],
)
def test_a_reprocess_begins(api: Api, store: Store, status: Status, changes: dict[str, Any]) -> None:
    """Whatever its kind: the next run, with nothing judged yet; arrival and content stay."""
    upload = put(store, status=status, attempts=3, lease_until=1_727_108_999, **changes)
    response = post_action(api, "reprocess", upload)
    found = stored(upload)
    assert found is not None
    assert (response.status, response.json) == (202, upload_object(found))
    assert (found.status, found.run, found.revision) == (Status.PROCESSING, 2, 8)
    assert (found.counts, found.totals, found.samples, found.errors) == (Counts(), (), (), ())
    assert (found.failure, found.error_file, found.started_at, found.finished_at) == (None, None, None, None)
    assert (found.attempts, found.lease_until) == (0, 0)
    assert (found.created, found.sha256, found.kind, found.dry_run) == (
        upload.created,
        upload.sha256,
        upload.kind,
        upload.dry_run,
    )
    assert take_messages() == [{"upload": upload.id}]


@pytest.mark.parametrize(("action", "status"), [(a, s) for a, statuses in IMPOSSIBLE.items() for s in sorted(statuses)])
def test_an_unexpected_state(api: Api, store: Store, action: str, status: Status) -> None:
    """What cannot be is refused in words that name the upload, and nothing is changed or sent."""
    upload = put(store, status=status)
    response = post_action(api, action, upload)
    assert response.error == (400, "upload_unexpected_state", "id")
    assert response.json["error"]["message"].startswith(f"Upload {upload.id} ")
    assert stored(upload) == upload
    assert take_messages() == []


@pytest.mark.parametrize("changes", [{"kind": Kind.CUSTOMERS}, {"dry_run": True}])
@pytest.mark.parametrize("status", Status)
def test_what_counts_no_usage_is_not_reverted(api: Api, store: Store, status: Status, changes: dict[str, Any]) -> None:
    """Customers and dry runs stay as they are, whatever their status."""
    upload = put(store, status=status, **changes)
    assert post_action(api, "revert", upload).error == (400, "upload_unexpected_state", "id")
    assert stored(upload) == upload
    assert take_messages() == []


@pytest.mark.parametrize(("action", "status"), [("revert", Status.REVERTING), ("reprocess", Status.PROCESSING)])
def test_a_repeat_sends_the_message_again(api: Api, store: Store, action: str, status: Status) -> None:
    """What is on that way already is accepted without a change, lease and all: the first message may be lost."""
    upload = put(store, status=status, lease_until=1_727_108_999, attempts=2)
    assert [post_action(api, action, upload).status, post_action(api, action, upload).status] == [202, 202]
    assert stored(upload) == upload
    assert take_messages() == [{"upload": upload.id}] * 2


@pytest.mark.parametrize("action", ["revert", "reprocess"])
@pytest.mark.parametrize("deleted", ["version", "bucket knows no such key"])
def test_a_file_that_is_gone(api: Api, store: Store, action: str, deleted: str) -> None:
    """Without the file neither can be done: it says so, and changes nothing."""
    upload = put(store)
    if deleted == "version":
        boto3.client("s3").delete_object(Bucket=BUCKET, Key=KEY, VersionId=upload.version_id)
    else:
        upload = store.put_upload(an_upload(key="uploads/never.csv", **JUDGED))
    assert post_action(api, action, upload).error == (400, "upload_file_gone", "id")
    assert stored(upload) == upload
    assert take_messages() == []


@pytest.mark.parametrize("action", ["revert", "reprocess"])
def test_a_file_that_was_archived(api: Api, store: Store, action: str) -> None:
    """S3 does not return it: it says so, and changes nothing."""
    archived = boto3.client("s3").put_object(Bucket=BUCKET, Key=KEY, Body=b"x", StorageClass="GLACIER")["VersionId"]
    upload = store.put_upload(an_upload(key=KEY, **JUDGED | {"version_id": archived}))
    response = post_action(api, action, upload)
    assert response.error == (400, "upload_file_unreadable", "id")
    assert "archive storage class" in response.json["error"]["message"]
    assert stored(upload) == upload
    assert take_messages() == []


@pytest.mark.parametrize("action", ["revert", "reprocess"])
def test_a_file_under_a_delete_marker_is_there(api: Api, store: Store, action: str) -> None:
    """Who deletes a key leaves its versions."""
    upload = put(store)
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=KEY)
    assert post_action(api, action, upload).status == 202


@pytest.mark.parametrize("action", ["revert", "reprocess"])
@pytest.mark.parametrize("id_", [an_upload(9).id, "upl_x", "duplicates%23upl_x", "#months"])
def test_an_unknown_upload_is_missing(api: Api, store: Store, action: str, id_: str) -> None:
    """An id that no upload has is 404, and other items of the table are none."""
    store.put("uploads", {"id": "#months", "months": {"2024-09"}})
    assert api.call("POST", f"/v1/uploads/{id_}/{action}").error[:2] == (404, "resource_missing")
    assert take_messages() == []


@pytest.mark.parametrize("action", ["revert", "reprocess"])
def test_a_read_key_changes_nothing(api: Api, store: Store, action: str) -> None:
    """Both take a key that may write."""
    upload = put(store)
    assert post_action(api, action, upload, key=READ_KEY).error == (403, "permission_missing", None)
    assert stored(upload) == upload


@pytest.mark.parametrize("action", ["revert", "reprocess"])
def test_no_parameters(api: Api, store: Store, action: str) -> None:
    """There are none to give."""
    upload = put(store)
    assert post_action(api, action, upload, body="force=true").error == (400, "parameter_unknown", "force")
    assert stored(upload) == upload


@pytest.mark.parametrize("action", ["revert", "reprocess"])
def test_a_message_that_could_not_be_sent(api: Api, store: Store, action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is a 500 after the status was stored; the same request again sends the message."""
    upload = put(store)

    def fail(_: Queue, __: str) -> None:
        raise ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage")

    with monkeypatch.context() as patch:
        patch.setattr(Queue, "send", fail)
        assert post_action(api, action, upload).error == (500, "internal_error", None)
    between = stored(upload)
    assert between is not None
    assert not between.is_final
    assert post_action(api, action, upload).status == 202
    assert stored(upload) == between
    assert take_messages() == [{"upload": upload.id}]


@pytest.mark.parametrize(("action", "begun"), [("revert", Status.REVERTING), ("reprocess", Status.PROCESSING)])
def test_one_of_two_at_once(
    api: Api, store: Store, action: str, begun: Status, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where somebody else's write comes in between, the upload is judged again: here it is on that way already."""
    upload = put(store)
    facts = settings.s3().head_object
    other = an_upload(version_id=upload.version_id, **(JUDGED | {"status": begun, "revision": 8, "run": 5}))

    def head_object(**request: Any) -> Any:
        store.put_upload(other)
        return facts(**request)

    monkeypatch.setattr(settings.s3(), "head_object", head_object)
    assert post_action(api, action, upload).json["run"] == 5
    assert stored(upload) == other
    assert take_messages() == [{"upload": upload.id}]


def test_a_repeat_under_its_key_runs_once(api: Api, store: Store) -> None:
    """The first answer comes again though the run is over; without a key that would be the next run."""
    upload = put(store)
    headers = {"idempotency-key": "k"}
    first = post_action(api, "reprocess", upload, headers=headers)
    store.put_upload(an_upload(version_id=upload.version_id, **(JUDGED | {"run": 2, "revision": 9})))
    assert post_action(api, "reprocess", upload, headers=headers).json == first.json
    assert take_messages() == [{"upload": upload.id}]
    assert post_action(api, "reprocess", upload).json["run"] == 3


def test_relatives_of_a_reverted_upload(api: Api, store: Store) -> None:
    """Children are the newest hundred, newest first; duplicates are those that were noted."""
    upload = put(store)
    children = [store.put_upload(an_upload(number, parent=upload.id)).id for number in range(1, MAX_CHILDREN + 2)]
    relations = Duplicates(boto3.client("dynamodb"), "uploads")
    others = sorted(an_upload(number).id for number in (500, 501, 502))
    for other in others:
        relations.record_duplicate(upload.id, other)
    shown = api.get(f"/v1/uploads/{upload.id}/revert").json
    response = post_action(api, "revert", upload).json
    assert shown == {**response, "status": upload.status.value, "last_change": None}
    assert response["children"] == list(reversed(children))[:MAX_CHILDREN]
    assert response["duplicates"] == others
    assert post_action(api, "revert", upload).json == response
    assert api.get(f"/v1/uploads/{upload.id}/revert").json == response


@pytest.mark.parametrize("status", list(Status))
def test_looking_at_a_revert_begins_none(api: Api, store: Store, status: Status) -> None:
    """What a revert would leave to do can be seen of every upload, by a read key too, and nothing is asked for."""
    upload = put(store, status=status)
    response = api.get(f"/v1/uploads/{upload.id}/revert")
    assert (200, status.value, [], []) == (
        response.status,
        response.json["status"],
        response.json["children"],
        response.json["duplicates"],
    )
    assert (upload, []) == (stored(upload), take_messages())
    assert (404, "resource_missing", "id") == api.get("/v1/uploads/upl_x/revert").error
