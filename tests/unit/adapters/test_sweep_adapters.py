"""What the sweep stands on, on moto: listings, its mark, the queue; and the reading of uploads."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from boto3.dynamodb.types import TypeSerializer

from meterdrop.adapters.aws.s3_versions import ObjectVersions
from meterdrop.adapters.aws.sqs_queue import Queue
from meterdrop.adapters.uploads.sweep_cursor import SWEEP_ID, SweepCursorTable
from meterdrop.adapters.uploads.upload_items import to_item
from meterdrop.adapters.uploads.upload_list import KnownUploads
from meterdrop.adapters.uploads.upload_table import MONTHS_ID
from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.keys import INPUT_PREFIXES
from meterdrop.domain.uploads.objects import (
    ListedVersion,
    ObjectVersion,
    RecountCursor,
    RecountPlace,
    SweepCursor,
    VersionCursor,
    VersionWalk,
)
from meterdrop.domain.uploads.upload import Upload
from meterdrop.handlers.sqs import Notification, parse_message
from tests.support.api.moto_wire import MotoClient
from tests.unit.adapters.conftest import BUCKET, Aws
from tests.unit.adapters.test_uploads import UPLOAD

ODD_KEY = "uploads/a b+ü&=%20<>\n.csv"


def walk(aws: Aws, page_size: int) -> list[ListedVersion]:
    """List everything, page by page."""
    versions, found, place = ObjectVersions(aws.s3, BUCKET, page_size=page_size), list[ListedVersion](), VersionCursor()
    while True:
        page = versions.page(place)
        assert len(page.versions) <= page_size
        found += page.versions
        after = page.next or place.next_prefix()
        if after is None:
            return found
        place = after


@pytest.mark.parametrize("page_size", [1, 3, 1_000])
def test_a_walk_finds_every_version_once(aws: Aws, page_size: int) -> None:
    """Older ones and those under a delete marker too; of other prefixes nothing."""
    expected: dict[ObjectVersion, int] = {}
    for key in (*(f"{prefix}{n}" for prefix in INPUT_PREFIXES for n in range(3)), "uploads/1", "uploads/1", ODD_KEY):
        answer = aws.s3.put_object(Bucket=BUCKET, Key=key, Body=b"x" * len(expected))
        expected[ObjectVersion(BUCKET, key, answer["VersionId"])] = len(expected)
    aws.s3.delete_object(Bucket=BUCKET, Key="uploads/1")
    aws.s3.put_object(Bucket=BUCKET, Key="errors/1", Body=b"x")
    found = walk(aws, page_size)
    assert expected == {each.version: each.size for each in found}
    assert len(expected) == len(found)
    now = datetime.now(UTC).timestamp()
    assert all(now - 60 < each.last_modified <= now for each in found)


def test_a_walk_over_nothing(aws: Aws) -> None:
    """One call for each prefix."""
    assert [] == walk(aws, 1_000)


def test_the_mark_is_kept(aws: Aws) -> None:
    """All of it, from run to run; before the first run it is the beginning."""
    cursors = SweepCursorTable(aws.dynamodb, "uploads")
    walk = VersionWalk(1_727_108_545, 1_727_000_000, has_missed=True)
    versions = VersionCursor("uploads/", ODD_KEY, "v1")
    mark = SweepCursor(versions, {"processing": "upl_a"}, "0123#upl_a#4", walk, 1_727_100_000, 1_727_050_000)
    assert SweepCursor() == cursors.take("one", 1_000, 1_300)
    assert cursors.put(mark, "one")
    cursors.give_back("one")
    assert mark == cursors.take("two", 1_001, 1_301)
    assert cursors.put(SweepCursor(), "two")
    assert SweepCursor() == cursors.take("two", 1_002, 1_302)


def test_one_run_at_a_time(aws: Aws) -> None:
    """Another one gets the mark only after the lease; then the first can note nothing any more, nor end that lease."""
    cursors = SweepCursorTable(aws.dynamodb, "uploads")
    assert SweepCursor() == cursors.take("one", 1_000, 1_300)
    assert cursors.take("two", 1_299, 1_600) is None
    assert SweepCursor() == cursors.take("two", 1_300, 1_600)
    assert not cursors.put(SweepCursor(outbox="lost"), "one")
    cursors.give_back("one")
    assert cursors.take("three", 1_301, 1_601) is None


def test_a_mark_without_a_recount(aws: Aws) -> None:
    """An earlier version of Meterdrop left it: the recount begins at the beginning."""
    cursors = SweepCursorTable(aws.dynamodb, "uploads")
    cursors.take("one", 1_000, 1_300)
    stored = SweepCursor(outbox="a", recount=RecountCursor(RecountPlace("upl_a", -5), RecountPlace(None, 7)))
    assert cursors.put(stored, "one")
    assert cursors.take("one", 1_001, 1_300) == stored
    aws.dynamodb.update_item(TableName="uploads", Key={"id": {"S": SWEEP_ID}}, UpdateExpression="REMOVE mark.recount")
    assert cursors.take("one", 1_001, 1_300) == SweepCursor(outbox="a")


def test_a_message_about_a_found_version_reads_as_of_s3(aws: Aws) -> None:
    """Its key may hold anything; its time is that of the sweep."""
    queue = Queue(aws.sqs, aws.queue_url)
    version = ObjectVersion(BUCKET, ODD_KEY, "v1")
    queue.send_found(version, 3, 1_727_108_545)
    queue.send_found(ObjectVersion(BUCKET, "uploads/other/", "v2"), 3, 1_727_108_546)
    assert 2 == queue.waiting()
    bodies = [
        message["Body"]
        for message in aws.sqs.receive_message(QueueUrl=aws.queue_url, MaxNumberOfMessages=10)["Messages"]
    ]
    assert 0 == queue.waiting()
    assert {
        Notification(version, 1_727_108_545),
        Notification(ObjectVersion(BUCKET, "uploads/other/", "v2"), 1_727_108_546),
    } == {asked for body in bodies for asked in parse_message(body)}


def test_a_message_is_passed_on_as_it_is(aws: Aws) -> None:
    """Byte for byte."""
    Queue(aws.sqs, aws.queue_url).pass_on('{"ü":  1}')
    (message,) = aws.sqs.receive_message(QueueUrl=aws.queue_url)["Messages"]
    assert '{"ü":  1}' == message["Body"]


@pytest.fixture
def swept(aws: Aws) -> list[Upload]:
    """Make a table with the index, and uploads in it: by number of upload, month and status."""
    names = ("id", "status_month", "created_id")
    aws.dynamodb.create_table(
        TableName="swept",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_status",
                "KeySchema": [
                    {"AttributeName": "status_month", "KeyType": "HASH"},
                    {"AttributeName": "created_id", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    month = 31 * 86_400
    uploads = [
        replace(UPLOAD, id=f"upl_{letter * 26}", created=UPLOAD.created + n * month, status=status)
        for n, (letter, status) in enumerate(
            [
                ("d", Status.PROCESSING),
                ("c", Status.SUCCEEDED),
                ("b", Status.PROCESSING),
                ("a", Status.REVERTING),
                ("e", Status.PROCESSING),
            ]
        )
    ]
    serialize = TypeSerializer().serialize
    for upload in uploads:
        aws.dynamodb.put_item(
            TableName="swept", Item={name: serialize(value) for name, value in to_item(upload).items()}
        )
    aws.dynamodb.put_item(
        TableName="swept",
        Item={"id": {"S": MONTHS_ID}, "form": {"N": "1"}, "months": {"SS": [upload.month for upload in uploads]}},
    )
    return uploads


def test_uploads_on_their_way(aws: Aws, swept: list[Upload]) -> None:
    """Those of a status, oldest first over all months, until a time, and behind one of them."""
    known = KnownUploads(aws.dynamodb, MotoClient(aws.dynamodb), "swept")
    first, _, third, reverting, last = swept
    assert [first, third, last] == list(known.passing(Status.PROCESSING, last.created, None))
    assert [first, third] == list(known.passing(Status.PROCESSING, last.created - 1, None))
    assert [third, last] == list(known.passing(Status.PROCESSING, last.created, first.id))
    assert [reverting] == list(known.passing(Status.REVERTING, last.created, None))
    assert [] == list(known.passing(Status.PENDING, last.created, None))


def test_which_uploads_are_known(aws: Aws, swept: list[Upload]) -> None:
    """However many are asked for at once."""
    ids = [upload.id for upload in swept]
    absent = [f"upl_{n:026d}" for n in range(150)]
    assert set(ids) == KnownUploads(aws.dynamodb, MotoClient(aws.dynamodb), "swept").known([*absent, *ids])
