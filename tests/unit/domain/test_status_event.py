"""What the outside is told of a final status."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from meterdrop.domain.codes import FileCode, Kind, RowCode, Status
from meterdrop.domain.periods.statement import Statement, statement_key
from meterdrop.domain.uploads.resource import upload_object
from meterdrop.domain.uploads.status_event import DETAIL_LIMIT, statement_event, status_event
from meterdrop.domain.uploads.upload import (
    ERROR_GROUP_LIMIT,
    Counts,
    ErrorFile,
    ErrorGroup,
    Failure,
    Sample,
    Total,
    Upload,
)
from tests.support.fakes.world import World

EVENTS = Path(__file__).parents[3] / "events"
BUS_LIMIT = 262_144  # bytes: of an event on its bus, and of the message that a queue gets
ENVELOPE = 1_000  # bytes: more than what EventBridge writes around a detail
ID = "upl_4x6kq2m7c3v5b2n4j6h7g5f3d2"
UPLOAD = Upload(
    id=ID,
    kind=Kind.USAGE,
    status=Status.SUCCEEDED_WITH_ERRORS,
    dry_run=False,
    key="uploads/acme/2024-09.csv",
    version_id="3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
    size=1234,
    created=1_727_108_545,
    started_at=1_727_108_546,
    finished_at=1_727_108_547,
    counts=Counts(3, 1, 1, 1),
    totals=(Total("ai_search_api", 1, "400", 1_727_222_400, 1_727_222_400),),
    samples=(
        Sample(
            2,
            RowCode.TIMESTAMP_INVALID,
            "timestamp",
            'timestamp: "45559" looks like a spreadsheet\'s day number. Format the column as a date.',
        ),
    ),
    errors=(ErrorGroup(RowCode.TIMESTAMP_INVALID, "timestamp", 1),),
    error_file=ErrorFile(f"errors/acme/2024-09.csv/{ID}.csv", 1, ("v9",)),
    revision=4,
)


def test_the_sample() -> None:
    """The sample under events/ is what EventBridge delivers of this upload."""
    sample = json.loads((EVENTS / "upload-succeeded-with-errors.json").read_text())
    told = status_event(UPLOAD)
    assert sample["detail-type"] == told.type
    assert sample["detail"] == json.loads(told.detail)
    assert "2024-09-23T16:22:27Z" == sample["time"]
    assert 1_727_108_547 == told.ended_at


def test_the_sample_of_a_statement() -> None:
    """The sample under events/ is what EventBridge delivers of this statement."""
    period = "bp_4x6kq2m7c3v5b2n4j6h7g5f3d2"
    statement = Statement(
        period=period,
        number=2,
        as_of=1_727_740_800,
        created=1_727_740_802,
        key=statement_key(period, 2),
        version_id="3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
        size=246,
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        line_count=2,
        event_count=41,
        offsets=(0, 246),
    )
    sample = json.loads((EVENTS / "statement-created.json").read_text())
    told = statement_event(statement)
    assert (told.type, json.loads(told.detail)) == (sample["detail-type"], sample["detail"])
    assert ("2024-10-01T00:00:02Z", 1_727_740_802) == (sample["time"], told.ended_at)


def test_a_revert_is_told_at_its_own_time() -> None:
    """Announcements are sent in the order of their times: the revert comes after the run that it takes back."""
    told = status_event(replace(UPLOAD, status=Status.REVERTED, reverted_at=1_727_200_000, revision=6))
    detail = json.loads(told.detail)
    assert (1_727_200_000, "1727200000#") == (told.ended_at, told.sort_key[:11])
    assert (1_727_108_547, 1_727_200_000) == (detail["finished_at"], detail["reverted_at"])


def test_the_detail_is_the_upload_object_and_two_fields_more() -> None:
    """What the API shows comes first and unchanged."""
    detail = json.loads(status_event(UPLOAD).detail)
    assert [*upload_object(UPLOAD), "email", "event_id", "trimmed"] == list(detail)
    assert upload_object(UPLOAD).items() <= detail.items()
    assert (detail["event_id"], detail["trimmed"]) == (f"evt_{ID[4:]}_4", [])


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("2024-09.csv", "2024-09.csv"),
        ("März 2.5.TSV", "März 2.5.TSV"),
        ("pay https://evil.example/now.csv", "pay https[:]//evil[.]example/now.csv"),
        ("www.evil.com", "www[.]evil[.]com"),
        ("evil.csv.com", "evil.csv[.]com"),
        ("evil.csvs", "evil[.]csvs"),
        ("evil\u3002com", "evil[\u3002]com"),
        ("a@evil.рф", "a@evil[.]рф"),
        ("two\nlines\u202e.csv", "two?lines?.csv"),
        ("a" * 100, "a" * 100),
        ("a" * 101, "a" * 100 + "..."),
    ],
)
def test_an_email_has_no_links_and_no_long_names(name: str, shown: str) -> None:
    """AWS sends it, so its reader trusts it; who dropped the file chose its name and what the errors quote."""
    failure = Failure(FileCode.UNKNOWN_COLUMNS, name)
    error_file = ErrorFile(name, 1, ("v1",))
    upload = replace(UPLOAD, status=Status.FAILED, key=name, failure=failure, error_file=error_file)
    email = json.loads(status_event(upload).detail)["email"]
    assert (email["key"], email["errors"]) == (shown, shown)
    assert email["file"] == shown.rpartition("/")[2]
    assert email["reason"].startswith(shown.removesuffix("..."))


def test_an_email_cuts_long_reasons() -> None:
    """A reason is longer than a name: it says what to do."""
    failure = Failure(FileCode.UNKNOWN_COLUMNS, "x" * 401)
    email = json.loads(status_event(replace(UPLOAD, status=Status.FAILED, failure=failure)).detail)["email"]
    assert email["reason"] == "x" * 400 + "..."


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS, Status.FAILED, Status.REVERTED])
def test_the_type_names_the_status(status: Status) -> None:
    """Rules select by it."""
    assert f"upload.{status.value}" == status_event(replace(UPLOAD, status=status)).type


@pytest.mark.parametrize("status", [Status.PENDING, Status.PROCESSING, Status.REVERTING])
def test_what_passes_is_not_told(status: Status) -> None:
    """Only a final status is."""
    with pytest.raises(ValueError, match="final"):
        status_event(replace(UPLOAD, status=status))


def test_the_same_status_has_the_same_id_and_another_has_another() -> None:
    """By it consumers tell a repeat from a second run, whatever else is equal."""
    assert status_event(UPLOAD) == status_event(replace(UPLOAD))
    others = [UPLOAD, replace(UPLOAD, revision=5), replace(UPLOAD, id="upl_" + "a" * 26)]
    assert 3 == len({json.loads(status_event(upload).detail)["event_id"] for upload in others})


def test_every_part_with_a_limit_fits_at_its_limit() -> None:
    """The longest key, samples, groups and a failure with all that they may quote, in wide characters: all is there."""
    key = "uploads/" + "\x01" * 1_016
    sample = Sample(107_000, RowCode.FIELD_TOO_LONG, "\U0001f4a7" * 108, '\\"' * 600)
    largest = replace(
        UPLOAD,
        key=key,
        version_id="v" * 1_024,
        samples=(sample,) * 10,
        errors=(ErrorGroup(RowCode.FIELD_TOO_LONG, "\U0001f4a7" * 108, 107_000),) * ERROR_GROUP_LIMIT,
        totals=tuple(Total("\U0001f4a7" * 100, 10**6, "9" * 38, 10**10, 10**10) for _ in range(100)),
        failure=Failure(FileCode.UNKNOWN_COLUMNS, "\U0001f4a7" * 20 * 205),
        error_file=ErrorFile(f"errors/{key[8:]}", 107_000, ("v",)),
    )
    told = status_event(largest)
    detail = json.loads(told.detail)
    assert (upload_object(largest).items() <= detail.items(), detail["trimmed"]) == (True, [])
    assert len(told.detail.encode()) < DETAIL_LIMIT * 3 // 5


@pytest.mark.parametrize("meters", [400, 600, 5_000, 100_000])
@pytest.mark.parametrize("name", ["plain", "\U0001f4a7" * 90])
def test_totals_are_cut_where_there_is_no_room(meters: int, name: str) -> None:
    """A file may have rows of more meters than an event has room for: the first stay, and the detail says so."""
    totals = tuple(Total(f"{name}_{number:09d}", 1, "1.5", 10**9, 10**9) for number in range(meters))
    told = status_event(replace(UPLOAD, totals=totals))
    detail, size = json.loads(told.detail), len(told.detail.encode())
    whole = upload_object(replace(UPLOAD, totals=totals))
    cut = len(detail["totals"]) < meters
    assert size <= DETAIL_LIMIT < BUS_LIMIT - ENVELOPE
    assert (["totals"] if cut else []) == detail["trimmed"]
    assert whole["totals"][: len(detail["totals"])] == detail["totals"]
    assert {**whole, "totals": None} == {
        name: None if name == "totals" else value
        for name, value in detail.items()
        if name not in {"email", "event_id", "trimmed"}
    }
    assert not cut or size > DETAIL_LIMIT - 1_000  # as many as there is room for


def test_the_worst_samples_that_a_file_can_make() -> None:
    """Every payload column of the longest name has a cell that is refused: measured, not assumed."""
    names = [f"payload_{'💧' * 89}{number:02d}" for number in range(48)]
    columns = ["timestamp", "event_name", "payload_stripe_customer_id", "payload_value", *names]
    row = ",".join(["'\\" * 5_000, "ai_search_api", "\\" * 5_000, "\\" * 5_000, *["💧" * 5_000] * 48])
    outcome = World().ingest(f"{','.join(columns)}\n{row}\n".encode())
    assert 10 == len(outcome.upload.samples)
    detail = status_event(outcome.upload).detail
    assert [] == json.loads(detail)["trimmed"]
    assert 20_000 > len(detail.encode())
