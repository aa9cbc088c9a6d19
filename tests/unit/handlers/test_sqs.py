"""Messages of the queue: S3's notifications, and Meterdrop's own."""

import json
from pathlib import Path
from typing import Any

import pytest

from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.handlers.sqs import (
    CloseRequest,
    Notification,
    ReportRequest,
    ResumeRequest,
    UnreadableMessageError,
    parse_message,
)

EVENTS = Path(__file__).parents[3] / "events"


def record(key: str = "uploads/a.csv", name: str = "ObjectCreated:Put", size: int | None = 5) -> dict[str, Any]:
    """Make a record as S3 sends it."""
    stored: dict[str, Any] = {"key": key, "versionId": "v1", "eTag": "e", "sequencer": "0055AED6DCD90281E5"}
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2024-09-23T16:22:25.123Z",
        "eventName": name,
        "s3": {"bucket": {"name": "b"}, "object": stored if size is None else {**stored, "size": size}},
    }


def read(*records: dict[str, Any]) -> list[Notification]:
    """Read a message of these records."""
    found = parse_message(json.dumps({"Records": records}))
    return [each for each in found if isinstance(each, Notification)]


def test_a_stored_object() -> None:
    """Bucket, key and version come out, and when it was, in whole seconds."""
    assert read(record()) == [Notification(ObjectVersion("b", "uploads/a.csv", "v1"), 1_727_108_545)]


def test_the_sample() -> None:
    """The sample under events/, as Lambda hands it over, is one file with a name that takes decoding."""
    (message,) = json.loads((EVENTS / "s3-notification.json").read_text())["Records"]
    version = ObjectVersion(
        "meterdrop-uploads", "uploads/acme/März 2024 + Nachtrag.csv", "3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY"
    )
    assert parse_message(message["body"]) == [Notification(version, 1_727_108_545)]


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("uploads/a+b%2B%C3%BC.csv", "uploads/a b+ü.csv"),
        ("uploads/100%25.csv", "uploads/100%.csv"),
        ("uploads/%2520.csv", "uploads/%20.csv"),
        ("uploads/A.CSV", "uploads/A.CSV"),
        ("uploads/no-suffix", "uploads/no-suffix"),
    ],
)
def test_keys_are_decoded_once(encoded: str, key: str) -> None:
    """Keys come encoded like a form, and are decoded exactly once; every suffix is taken."""
    assert [found.version.key for found in read(record(encoded))] == [key]


@pytest.mark.parametrize("name", ["Put", "Post", "Copy", "CompleteMultipartUpload"])
def test_every_way_of_creating(name: str) -> None:
    """Objects arrive by more ways than one."""
    assert len(read(record(name=f"ObjectCreated:{name}"))) == 1


def test_folders_and_removals_are_left_out() -> None:
    """A folder of the console is no file; a key that ends in a slash and holds something is one."""
    left_out = [record("uploads/folder/", size=0), record("uploads/folder/", size=None)]
    assert read(*left_out, record(name="ObjectRemoved:Delete")) == []
    assert len(read(record("uploads/odd/", size=3))) == 1


def test_several_records_and_the_test_message() -> None:
    """A message may hold several records; that which S3 sends at set-up holds none."""
    assert [found.version.key for found in read(record("uploads/1"), record("uploads/2"))] == ["uploads/1", "uploads/2"]
    assert parse_message('{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}') == []


def test_an_upload_that_is_to_go_on() -> None:
    """A message of our own names it."""
    upload_id = "upl_ex7tqlzlmueeveqz6yf2e4l6c5"
    assert parse_message(json.dumps({"upload": upload_id})) == [ResumeRequest(upload_id)]


def test_a_period_that_is_to_be_closed() -> None:
    """The API and the sweep send its ID."""
    period_id = f"bp_{'a2' * 13}"
    assert parse_message(json.dumps({"period": period_id})) == [CloseRequest(period_id)]


def test_a_report_that_is_to_be_written() -> None:
    """A message of our own names it."""
    report_id = f"urf_{'a2' * 13}"
    assert parse_message(json.dumps({"report": report_id})) == [ReportRequest(report_id)]


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no json",
        '{"report": "urf_../a"}',
        '{"report": 1}',
        '{"period": "bp_../a"}',
        '{"Records": [{}]}',
        '{"upload": "#months"}',
        '{"upload": 1}',
        '{"upload": null}',
    ],
)
def test_no_message(body: str) -> None:
    """A body that is none raises, so that the message ends in the dead-letter queue instead of vanishing."""
    with pytest.raises(UnreadableMessageError):
        parse_message(body)


def test_an_upload_id_is_the_same_for_ever() -> None:
    """The id is made of bucket, key and version alone: changing how orphans every upload that exists."""
    version = ObjectVersion("b", "uploads/a.csv", "v1")
    assert version.upload_id == "upl_ex7tqlzlmueeveqz6yf2e4l6c5"
    others = [ObjectVersion("c", "uploads/a.csv", "v1"), ObjectVersion("b", "uploads/b.csv", "v1")]
    others.append(ObjectVersion("b", "uploads/a.csv", "v2"))
    assert len({other.upload_id for other in others} | {version.upload_id}) == 4
