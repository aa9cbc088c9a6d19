"""The contract of the uploads' table, in memory and on moto."""

from dataclasses import replace
from decimal import Decimal

import pytest

from meterdrop.adapters.uploads.outbox import OUTBOX_PREFIX
from meterdrop.adapters.uploads.upload_items import from_item, to_item
from meterdrop.adapters.uploads.upload_table import MONTHS_ID, UploadTable
from meterdrop.domain.codes import FileCode, Kind, RowCode, Status
from meterdrop.domain.control.totals import Control, Totals
from meterdrop.domain.uploads.status_event import status_event
from meterdrop.domain.uploads.upload import Counts, ErrorFile, ErrorGroup, Failure, Sample, Total, Upload
from meterdrop.pipeline.ports import Uploads
from tests.support.fakes.status import FakeUploads
from tests.unit.adapters.conftest import Aws

UPLOAD = Upload(
    id="upl_" + "a" * 26,
    kind=Kind.USAGE,
    status=Status.PROCESSING,
    dry_run=False,
    key="uploads/acme/2024-09.csv",
    version_id="v1",
    created=1_727_108_545,
    started_at=1_727_108_546,
    lease_token="token",
    lease_until=1_727_109_000,
    attempts=1,
)
FULL = replace(
    UPLOAD,
    status=Status.SUCCEEDED_WITH_ERRORS,
    dry_run=True,
    run=2,
    parent="upl_" + "b" * 26,
    updates="upl_" + "c" * 26,
    size=1234,
    finished_at=1_727_108_547,
    counts=Counts(4, 1, 1, 2),
    totals=(Total("ai_search_api", 1, "400.5", 0, 1_727_222_400), Total("logins", 3, None)),
    samples=(
        Sample(2, RowCode.NO_METER, "event_name", "event_name: no meter"),
        Sample(3, RowCode.FIELD_COUNT_MISMATCH, "", "x"),
    ),
    errors=(ErrorGroup(RowCode.NO_METER, "event_name", 1), ErrorGroup(RowCode.FIELD_COUNT_MISMATCH, "", 1)),
    control=Control(
        Totals(4, {"ai_search_api": Decimal("400.5"), "a.b#c": Decimal(0)}),
        Totals(4, {"ai_search_api": Decimal("-0.5")}),
    ),
    error_file=ErrorFile("errors/acme/2024-09.csv/x.csv", 2, ("v9", "v10"), is_complete=False),
    error_parts=3,
    sha256="f" * 64,
    allow_duplicate=True,
    has_ended=True,
)
REVERTED = replace(FULL, status=Status.REVERTED, dry_run=False, reverted_at=1_727_200_000)
FAILED = replace(UPLOAD, status=Status.FAILED, failure=Failure(FileCode.MALFORMED, "Line 3: ü"))
FAILED = replace(
    FAILED, control=Control(Totals(None, {"a": Decimal("1" * 100)}), Totals(None, {"a": Decimal("1e-100")}))
)


@pytest.fixture(params=["in memory", "on moto"])
def uploads(request: pytest.FixtureRequest) -> Uploads:
    """Make the table."""
    if request.param == "in memory":
        return FakeUploads()
    return UploadTable(request.getfixturevalue("aws").dynamodb, "uploads")


def next_(upload: Upload, **changes: object) -> Upload:
    """Return the next revision."""
    return replace(upload, revision=upload.revision + 1, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("upload", [UPLOAD, FULL, REVERTED, FAILED])
def test_what_is_stored_is_read(uploads: Uploads, upload: Upload) -> None:
    """Every field comes back as it was; one that is not there is None."""
    assert uploads.get(upload.id) is None
    assert uploads.create(upload) is True
    assert uploads.get(upload.id) == upload


def test_of_two_creations_one_wins(uploads: Uploads) -> None:
    """An upload is created once."""
    assert uploads.create(UPLOAD) is True
    assert uploads.create(replace(UPLOAD, lease_token="another")) is False
    assert uploads.get(UPLOAD.id) == UPLOAD


def test_of_two_writers_one_wins(uploads: Uploads) -> None:
    """Who writes from an old revision writes nothing."""
    uploads.create(UPLOAD)
    assert uploads.save(next_(UPLOAD, attempts=2)) is True
    assert uploads.save(next_(UPLOAD, attempts=3)) is False
    assert uploads.get(UPLOAD.id) == next_(UPLOAD, attempts=2)
    assert uploads.save(next_(next_(UPLOAD), attempts=4)) is True


def test_what_is_unset_is_gone(uploads: Uploads) -> None:
    """A field that the next revision does not have is not left from the last one."""
    uploads.create(FULL)
    assert uploads.save(next_(FULL, error_file=None, parent=None, totals=(), samples=())) is True
    assert uploads.get(FULL.id) == next_(FULL, error_file=None, parent=None, totals=(), samples=())


def test_saving_what_is_not_there(uploads: Uploads) -> None:
    """A revision of nothing is not stored."""
    assert uploads.save(next_(UPLOAD)) is False
    assert uploads.get(UPLOAD.id) is None


def test_a_final_status_and_its_announcement_are_stored_together(uploads: Uploads) -> None:
    """Who finishes from an old revision stores neither."""
    uploads.create(UPLOAD)
    final = next_(FULL)
    assert uploads.finish(final, status_event(final)) is True
    assert uploads.get(FULL.id) == final
    other = next_(FAILED, finished_at=5)
    assert uploads.finish(other, status_event(other)) is False
    assert uploads.finish(next_(final, attempts=3), status_event(final)) is True
    assert uploads.get(FULL.id) == next_(final, attempts=3)


def test_the_outbox_has_what_is_final_and_nothing_else(aws: Aws) -> None:
    """The announcement of the status that was stored; none of one that was not."""
    uploads = UploadTable(aws.dynamodb, "uploads")
    uploads.create(UPLOAD)
    final, late = next_(FULL), next_(FAILED, finished_at=5)
    uploads.finish(final, status_event(final))
    uploads.finish(late, status_event(late))
    items = aws.dynamodb.scan(TableName="uploads")["Items"]
    told = [item["detail"]["S"] for item in items if item["id"]["S"].startswith(OUTBOX_PREFIX)]
    assert [status_event(final).detail] == told


def test_finishing_what_is_not_there(uploads: Uploads) -> None:
    """A final status of nothing is not stored."""
    assert uploads.finish(next_(FULL), status_event(next_(FULL))) is False
    assert uploads.get(FULL.id) is None


def test_a_repeated_write_meets_itself(aws: Aws) -> None:
    """A client that repeats a write whose answer was lost is told that it succeeded, by the table as by the upload."""
    table = UploadTable(aws.dynamodb, "uploads")
    assert [table.create(FULL), table.create(FULL)] == [True, True]
    assert [table.save(next_(FULL)), table.save(next_(FULL))] == [True, True]
    final = next_(next_(FULL))
    assert [table.finish(final, status_event(final)), table.finish(final, status_event(final))] == [True, True]


def test_the_month_is_known_before_the_upload(aws: Aws) -> None:
    """Listings find every upload by its month, so the month is written first, and stays beside others."""
    table = UploadTable(aws.dynamodb, "uploads")
    table.create(UPLOAD)
    table.create(replace(UPLOAD, id="upl_" + "c" * 26, created=1_700_000_000))
    item = aws.dynamodb.get_item(TableName="uploads", Key={"id": {"S": MONTHS_ID}})["Item"]
    assert set(item["months"]["SS"]) == {"2024-09", "2023-11"}


def test_attributes_that_indexes_stand_on() -> None:
    """Names and forms that the four indexes and the API's readers expect."""
    item = to_item(FULL)
    assert (item["month"], item["created_id"]) == ("2024-09", f"1727108545#{FULL.id}")
    assert item["status_month"] == "succeeded_with_errors#2024-09"
    assert (item["key"], item["parent"]) == (FULL.key, FULL.parent)
    assert "parent" not in to_item(UPLOAD)
    assert from_item(item) == FULL


def test_an_item_of_an_earlier_version() -> None:
    """It has nothing of what came later, and reads all the same."""
    totals = (Total("ai_search_api", 1, "400.5"),)
    old = replace(
        REVERTED, totals=totals, updates=None, reverted_at=None, errors=(), allow_duplicate=False, control=None
    )
    item = to_item(old)
    for name in ("errors", "has_ended"):
        del item[name]
    assert not {"updates", "reverted_at", "is_let_in"} & set(item)
    assert {"event_name", "event_count", "value_sum"} == set(item["totals"][0])
    found = from_item(item)
    assert old == found
    assert found.ended_at == found.finished_at == FULL.finished_at
