"""The history of an upload: what happened to it, by whom, in each upload's own item."""

import pytest

from meterdrop.domain.changes import INGEST, RECOVER, SWEEP, Author, Change
from meterdrop.domain.codes import FileCode, Kind, Status
from meterdrop.domain.uploads.objects import key_id_in
from meterdrop.domain.uploads.transitions import (
    HISTORY_LIMIT,
    last_change,
    to_reprocess,
    to_revert,
    with_change,
    with_end,
)
from meterdrop.domain.uploads.upload import Counts, Failure, HistoryEntry, Upload
from meterdrop.pipeline.requeue import Requeue
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.world import World
from tests.unit.pipeline.test_crashes import FILE
from tests.unit.pipeline.test_revert import Sent, resume

KEY = Author("key_1", "billing job")
OTHER = Author("key_2", None)


def entries(upload: Upload) -> list[tuple[str, Author | None, Status, int, bool]]:
    """Return action, author, status, run, and whether there are counts."""
    return [(e.change.action, e.change.by, e.status, e.run, e.counts is not None) for e in upload.history]


def test_a_file_arrives_and_is_processed() -> None:
    """The arrival, then the end of the run with its counts and its time."""
    upload = World().ingest(FILE).upload
    assert entries(upload) == [
        ("upload", None, Status.PROCESSING, 1, False),
        ("process", INGEST, upload.status, 1, True),
    ]
    assert [entry.change.at for entry in upload.history] == [upload.created, upload.finished_at]
    assert upload.history[1].counts == upload.counts
    assert last_change(upload) is None


def test_each_request_is_an_entry_and_each_end_too() -> None:
    """Reprocessed by one key, reverted by another: both are named, and what came of it."""
    world = World()
    version = world.drop(FILE)
    world.deliver_until_final(version)
    requeue = Requeue(world.uploads, world.objects, Sent(), BUCKET)
    requeue.begin(version.upload_id, to_reprocess, Change("reprocess", KEY, 7, "req"))
    again = Change("reprocess", OTHER, 8, "later")
    assert requeue.begin(version.upload_id, to_reprocess, again) is not None  # it is being processed: nothing changes
    resume(world, version)
    requeue.begin(version.upload_id, to_revert, Change("revert", OTHER, 9, "req2"))
    resume(world, version)
    upload = world.uploads.stored[version.upload_id]
    done = Status.SUCCEEDED_WITH_ERRORS
    assert entries(upload) == [
        ("upload", None, Status.PROCESSING, 1, False),
        ("process", INGEST, done, 1, True),
        ("reprocess", KEY, Status.PROCESSING, 2, False),
        ("process", INGEST, done, 2, True),
        ("revert", OTHER, Status.REVERTING, 2, False),
        ("reverted", None, Status.REVERTED, 2, False),
    ]
    assert [entry.number for entry in upload.history] == [1, 2, 3, 4, 5, 6]
    assert last_change(upload) == Change("revert", OTHER, 9, "req2")


def test_a_long_history_keeps_the_arrival_and_the_newest() -> None:
    """Whoever reprocesses an upload a thousand times doesn't fill its item; the gap shows in the numbers."""
    upload = with_change(an_upload(), Change("upload", KEY, 1))
    for number in range(1_000):
        upload = with_change(upload, Change("reprocess", OTHER, number))
    assert len(upload.history) == HISTORY_LIMIT
    assert [entry.number for entry in upload.history] == [1, *range(1_001 - HISTORY_LIMIT + 2, 1_002)]
    assert upload.history[0].change.by == KEY
    assert last_change(upload) == Change("reprocess", OTHER, 999)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (Change("upload", None, 1), None),
        (Change("upload", KEY, 1), KEY),
        (Change("reprocess", SWEEP, 1), SWEEP),
        (Change("give_up", RECOVER, 1), RECOVER),
        (Change("process", INGEST, 1), None),
        (Change("reverted", None, 1), None),
    ],
)
def test_the_last_change_is_somebodys(change: Change, shown: Author | None) -> None:
    """What follows from a request by itself isn't the last change."""
    found = last_change(with_change(an_upload(), change))
    assert (found and found.by) == shown


def test_giving_up_is_recovers() -> None:
    """An upload that failed through no fault of its file names the part that gave it up."""
    failed = an_upload(status=Status.FAILED, failure=Failure(FileCode.INTERNAL_ERROR, "?"), finished_at=5)
    [entry] = with_end(failed).history
    assert entry == HistoryEntry(1, Change("give_up", RECOVER, 5), Status.FAILED, 1, Counts())


@pytest.mark.parametrize("text", ["", "sk_secret", "key_", "key_a b", "key_<script>", "key_" + "a" * 41, "Key_a"])
def test_the_sender_of_a_file_is_a_key_or_unknown(text: str) -> None:
    """Anyone with AWS credentials can set the metadata: other texts don't get into the history."""
    assert key_id_in({"uploaded-by": text}) is None
    assert key_id_in({"uploaded-by": "key_4x6kq2"}) == "key_4x6kq2"
    assert key_id_in({}) is None


def an_upload(**changes: object) -> Upload:
    """Make an upload without a history."""
    fields: dict[str, object] = {
        "id": "upl_x",
        "kind": Kind.USAGE,
        "status": Status.PROCESSING,
        "dry_run": False,
        "key": "uploads/a.csv",
        "version_id": "v",
        "created": 1,
    }
    return Upload(**(fields | changes))  # type: ignore[arg-type]
