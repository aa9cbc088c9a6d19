"""What was given up comes back: sweep and dead-letter consumer of the deployed stack, under their own roles."""

import csv
import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from boto3.dynamodb.types import TypeSerializer

from meterdrop.adapters.uploads.outbox import outbox_item
from meterdrop.adapters.uploads.retries import retry_item
from meterdrop.adapters.uploads.upload_items import to_item
from meterdrop.domain.codes import FileCode, Kind, Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.status_event import status_event
from meterdrop.domain.uploads.transitions import Retry
from meterdrop.domain.uploads.upload import Counts, Failure, Upload
from tests.support.integration.dropping import PATIENCE, Dropping
from tools.stack.local_stack import LocalStack

ROWS = 60
BODY = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"


@pytest.fixture
def dropping(stack: LocalStack) -> Dropping:
    """Drop files into the deployed stack."""
    return Dropping(stack)


def body(name: str) -> bytes:
    """Make a file of good rows whose identifiers are its own."""
    rows = "".join(f"2024-09-25,cpu_usage,cus_QMJJtcu70R1x46,{n},{name}-{n}\n" for n in range(ROWS))
    return (BODY + rows).encode()


def invoke_sweep(stack: LocalStack) -> dict[str, int]:
    """Start the sweep, to which everything is old enough."""
    functions = stack.clients.other("lambda")
    gives_up = time.monotonic() + PATIENCE
    while time.monotonic() < gives_up:
        answer = functions.invoke(FunctionName=stack.outputs.sweep_function, Payload=b'{"quiet_seconds": 0}')
        found = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, found
        if found:
            return dict(found)
        time.sleep(0.5)  # another run is at work
    raise AssertionError("another sweep is at work all the time")


@contextmanager
def unnoticed(stack: LocalStack) -> Iterator[None]:
    """Let the bucket tell nobody of what is put meanwhile."""
    s3, bucket = stack.clients.s3(), stack.outputs.bucket
    told = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    try:
        yield
    finally:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": told})


def store(stack: LocalStack, upload: Upload) -> None:
    """Store an upload as a process left it that was killed."""
    serialize = TypeSerializer().serialize
    item = {name: serialize(value) for name, value in to_item(upload).items()}
    stack.clients.dynamodb().put_item(TableName=stack.outputs.uploads_table, Item=item)


def left(version: ObjectVersion, data: bytes) -> Upload:
    """Return an upload whose attempt was killed long ago, before it stored anything."""
    return Upload(
        id=version.upload_id,
        kind=Kind.USAGE,
        status=Status.PROCESSING,
        dry_run=False,
        key=version.key,
        version_id=version.version_id,
        created=int(time.time()) - 5_000,
        started_at=int(time.time()) - 5_000,
        size=len(data),
        attempts=1,
        lease_token="gone",
        lease_until=int(time.time()) - 4_000,
    )


@pytest.mark.parametrize("key", ["uploads/unannounced/a b+ü&=%.csv", "validate/unannounced.csv"])
def test_a_version_that_nobody_announced_is_found(dropping: Dropping, key: str) -> None:
    """Its notification is lost; the sweep finds it, and it becomes what it would have become."""
    with unnoticed(dropping.stack):
        version = dropping.put(key, body(key))
    found = invoke_sweep(dropping.stack)
    upload = dropping.final(version)
    assert found["found"] >= 1
    assert (Status.SUCCEEDED, Counts(ROWS, ROWS, 0, 0)) == (upload.status, upload.counts)
    assert (0 if upload.dry_run else ROWS) == dropping.events_of(upload)


def test_an_older_version_is_found_too(dropping: Dropping) -> None:
    """Two versions under one key, neither announced, and a third that is deleted by a marker: all are uploads."""
    with unnoticed(dropping.stack):
        versions = [dropping.put("uploads/unannounced/versions.csv", body(name)) for name in ("first", "second")]
        dropping.stack.clients.s3().delete_object(Bucket=versions[0].bucket, Key=versions[0].key)
    invoke_sweep(dropping.stack)
    assert [Status.SUCCEEDED] * 2 == [dropping.final(version).status for version in versions]


def test_an_upload_that_nobody_holds_goes_on(dropping: Dropping) -> None:
    """It is processing, its lease is long over and its message is lost."""
    data = body("held-by-nobody")
    with unnoticed(dropping.stack):
        version = dropping.put("uploads/held-by-nobody.csv", data)
    store(dropping.stack, left(version, data))
    found = invoke_sweep(dropping.stack)
    upload = dropping.final(version)
    assert found["resumed"] >= 1
    assert (Status.SUCCEEDED, Counts(ROWS, ROWS, 0, 0)) == (upload.status, upload.counts)


@pytest.mark.parametrize(
    ("key", "kind", "data"),
    [
        ("uploads/given-up.csv", Kind.USAGE, body("given-up")),
        ("validate/given-up.csv", Kind.USAGE, body("given-up-dry-run")),
        ("customers/given-up.csv", Kind.CUSTOMERS, b"id,name\ncus_given_up,Ada\n"),
    ],
)
def test_an_upload_that_was_given_up_runs_again(dropping: Dropping, key: str, kind: Kind, data: bytes) -> None:
    """The sweep starts the run that is due, of a file under each prefix."""
    with unnoticed(dropping.stack):
        version = dropping.put(key, data)
    given_up = replace(
        left(version, data),
        kind=kind,
        dry_run=key.startswith("validate/"),
        status=Status.FAILED,
        finished_at=int(time.time()) - 3_700,
        failure=Failure(FileCode.INTERNAL_ERROR, "AWS failed."),
    )
    store(dropping.stack, given_up)
    retry = Retry(given_up.id, given_up.revision, int(time.time()) - 100)
    dropping.stack.clients.dynamodb().put_item(TableName=dropping.stack.outputs.uploads_table, Item=retry_item(retry))
    found = invoke_sweep(dropping.stack)
    assert found["reprocessed"] >= 1
    assert Status.SUCCEEDED == dropping.final(version).status


def test_nothing_is_sent_for_what_is_final(dropping: Dropping) -> None:
    """A second run finds nothing any more."""
    dropping.drop("uploads/nothing-is-missing.csv", body("nothing-is-missing"))
    dropping.wait_for_queue(parked=99)
    for _ in range(5):
        found = invoke_sweep(dropping.stack)
        dropping.wait_for_queue(parked=99)
    assert (0, 0) == (found["found"], found["resumed"])
    assert found["listed"] > 0


def test_what_was_left_in_the_outbox_is_sent(dropping: Dropping) -> None:
    """An announcement whose process died before it was sent leaves the outbox."""
    upload = dropping.drop("uploads/unannounced-status.csv", body("unannounced-status"))
    dynamodb, table = dropping.stack.clients.dynamodb(), dropping.stack.outputs.uploads_table
    item = outbox_item(status_event(upload))
    dynamodb.put_item(TableName=table, Item=item)
    gives_up = time.monotonic() + PATIENCE
    while "Item" in dynamodb.get_item(TableName=table, Key={"id": item["id"]}, ConsistentRead=True):
        assert time.monotonic() < gives_up
        invoke_sweep(dropping.stack)


def test_a_half_stored_upload_among_the_dead_letters(dropping: Dropping) -> None:
    """It is undone, fails as `internal_error` with an error file that says so, and comes back by a later delivery."""
    data = body("half-stored")
    finished = dropping.drop("uploads/half-stored.csv", data)
    assert ROWS == dropping.events_of(finished)
    # As an attempt left it that was killed between its last event and its status. An earlier one wrote two parts.
    half = replace(finished, status=Status.PROCESSING, finished_at=None, attempts=30, lease_until=1, error_parts=2)
    store(dropping.stack, half)
    version = ObjectVersion(dropping.stack.outputs.bucket, finished.key, finished.version_id)
    dropping.notify(version, 1)

    given_up = dropping.final(version)
    assert given_up.failure is not None
    assert (Status.FAILED, FileCode.INTERNAL_ERROR, Counts()) == (
        given_up.status,
        given_up.failure.code,
        given_up.counts,
    )
    assert (0, 0) == (dropping.events_of(given_up), dropping.usage_of(given_up)[0])
    rows = list(csv.DictReader(io.StringIO(dropping.error_file(given_up).decode())))
    assert ["internal_error"] == [row["error_code"] for row in rows]

    dropping.wait_for_queue(parked=99)
    dropping.notify(version, 1)
    gives_up = time.monotonic() + PATIENCE
    while (upload := dropping.final(version)).failure and time.monotonic() < gives_up:
        time.sleep(0.1)
    assert (Status.SUCCEEDED, Counts(ROWS, ROWS, 0, 0)) == (upload.status, upload.counts)
    assert ROWS == dropping.events_of(upload)


def test_a_dead_letter_put_there_by_hand(dropping: Dropping) -> None:
    """Both kinds of message are understood: one of ours, and S3's of versions that have no status yet."""
    data = body("by-hand")
    with unnoticed(dropping.stack):
        known, *unknown = (
            dropping.put(f"{prefix}/by-hand-{number}.csv", data + b"\n" * number)
            for number, prefix in enumerate(("uploads", "uploads", "validate", "customers"))
        )
    store(dropping.stack, left(known, data))
    dropping.stack.clients.sqs().send_message(
        QueueUrl=dropping.stack.outputs.dead_letter_queue_url, MessageBody=json.dumps({"upload": known.upload_id})
    )
    for version in unknown:
        dropping.notify(version, 1, queue_url=dropping.stack.outputs.dead_letter_queue_url)
    for version in (known, *unknown):
        upload = dropping.final(version)
        assert upload.failure is not None
        assert FileCode.INTERNAL_ERROR == upload.failure.code
        assert 0 == dropping.events_of(upload)


def test_what_is_no_message_of_ours_stays_among_the_dead_letters(stack: LocalStack) -> None:
    """It is moved there from the queue, and nobody deletes it."""
    dropping = Dropping(stack)
    sqs = stack.clients.sqs()
    sqs.send_message(QueueUrl=stack.outputs.queue_url, MessageBody="what is this?")
    dropping.wait_for_queue(parked=99)
    gives_up = time.monotonic() + PATIENCE
    while time.monotonic() < gives_up:
        stack.save_function_logs()
        if "dead letter retried later" in stack.function_logs.read_text():
            break
        time.sleep(0.5)
    counts = sqs.get_queue_attributes(
        QueueUrl=stack.outputs.dead_letter_queue_url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    assert "dead letter retried later" in stack.function_logs.read_text()
    assert "what is this" not in stack.function_logs.read_text()
    assert ["0", "1"] == sorted(counts.values())
    # Other tests of this stack need an empty queue.
    sqs.purge_queue(QueueUrl=stack.outputs.dead_letter_queue_url)
