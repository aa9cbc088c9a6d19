"""The contract of the outbox, in memory and on moto: what was put there with a final status, oldest first."""

from dataclasses import replace

import pytest

from meterdrop import settings
from meterdrop.adapters.uploads.outbox import OutboxTable, outbox_item
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.domain.uploads.status_event import StatusEvent, status_event
from meterdrop.pipeline.ports import Outbox, Uploads
from tests.support.aws.account import Account
from tests.support.aws.functions import deployed
from tests.support.fakes.crash import Switch
from tests.support.fakes.status import FakeOutbox, FakeUploads
from tests.unit.adapters.conftest import Aws
from tests.unit.adapters.test_uploads import FULL, UPLOAD

TABLE = "announced"


@pytest.fixture(params=["in memory", "on moto"])
def dependencies(request: pytest.FixtureRequest) -> tuple[Uploads, Outbox]:
    """Make the table of uploads and the outbox in it."""
    if request.param == "in memory":
        uploads = FakeUploads()
        return uploads, FakeOutbox(Switch(), uploads.outbox)
    aws: Aws = request.getfixturevalue("aws")
    return UploadTable(aws.dynamodb, make_table(aws)), OutboxTable(aws.dynamodb, TABLE)


def make_table(aws: Aws) -> str:
    """Make a table of uploads with the index that the outbox is listed by."""
    aws.dynamodb.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("id", "month", "created_id")],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_month",
                "KeySchema": [
                    {"AttributeName": "month", "KeyType": "HASH"},
                    {"AttributeName": "created_id", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    return TABLE


def finished(uploads: Uploads, letter: str, at: int) -> StatusEvent:
    """Take an upload to a final status at a time."""
    upload = replace(UPLOAD, id="upl_" + letter * 26)
    final = replace(FULL, id=upload.id, finished_at=at, revision=1)
    uploads.create(upload)
    assert uploads.finish(final, status_event(final))
    return status_event(final)


def again(uploads: Uploads, told: StatusEvent, times: int) -> StatusEvent:
    """Take an upload to further final statuses at the same time."""
    upload = uploads.get(told.subject)
    assert upload is not None
    for _ in range(times):
        upload = replace(upload, revision=upload.revision + 1)
        uploads.finish(upload, status_event(upload))
    return status_event(upload)


def test_what_is_put_is_listed_oldest_first(dependencies: tuple[Uploads, Outbox]) -> None:
    """All of it, as it was put, whatever the order it came in; uploads themselves are not in it."""
    uploads, outbox = dependencies
    told = [finished(uploads, letter, at) for letter, at in [("b", 3000), ("a", 1_700_000_000), ("c", 20)]]
    assert ([], None) == outbox.unsent(20, None, 10)
    assert ([told[2]], None) == outbox.unsent(3000, None, 10)
    assert ([told[2], told[0], told[1]], None) == outbox.unsent(1_700_000_001, None, 10)


def test_pages(dependencies: tuple[Uploads, Outbox]) -> None:
    """Each begins after the last one, none is left out and none comes twice, those of one second included."""
    uploads, outbox = dependencies
    told = [finished(uploads, letter, 1000) for letter in "abc"]
    told += [again(uploads, told[0], times) for times in (1, 8, 1)]
    found: list[StatusEvent] = []
    after: str | None = None
    pages = 0
    while after is not None or not pages:
        page, after = outbox.unsent(2000, after, 3)
        found += page
        pages += 1
    assert 13 == len(found) == len({each.sort_key for each in found})
    assert {each.sort_key for each in told} <= {each.sort_key for each in found}


def test_what_was_sent_is_gone(dependencies: tuple[Uploads, Outbox]) -> None:
    """To remove it once more does no harm, and the upload stays."""
    uploads, outbox = dependencies
    first, second = finished(uploads, "a", 1000), finished(uploads, "b", 1000)
    outbox.remove(first)
    outbox.remove(first)
    assert ([second], None) == outbox.unsent(2000, None, 10)
    assert uploads.get(first.subject) is not None


def test_an_index_that_lags_behind(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the index still names and the table has no more is left out, and the list goes on after it."""
    uploads, outbox = UploadTable(aws.dynamodb, make_table(aws)), OutboxTable(aws.dynamodb, TABLE)
    first, second = finished(uploads, "a", 1000), finished(uploads, "b", 1000)
    stale = aws.dynamodb.query(
        TableName=TABLE,
        IndexName="by_month",
        KeyConditionExpression="#month = :month",
        ExpressionAttributeNames={"#month": "month"},
        ExpressionAttributeValues={":month": {"S": "outbox"}},
    )
    outbox.remove(first)
    monkeypatch.setattr(aws.dynamodb, "query", lambda **_: stale)
    assert ([second], second.sort_key) == outbox.unsent(2000, None, 2)


def test_no_list_of_uploads_has_it() -> None:
    """Of the attributes that indexes stand on it has only the month, which is none."""
    item = outbox_item(status_event(FULL))
    assert {"S": f"outbox#{FULL.id}#0"} == item["id"]
    assert {"S": "outbox"} == item["month"]
    assert {"status_month", "key", "parent"}.isdisjoint(item)


def test_a_cursor_beyond_the_time() -> None:
    """A sweep without minimum age stops at an event that the next one still leaves alone: it begins again."""
    with deployed(Account()):
        uploads, outbox = UploadTable(settings.dynamodb(), "uploads"), OutboxTable(settings.dynamodb(), "uploads")
        finished(uploads, "a", 1000)
        second = finished(uploads, "b", 1000)
        _, after = outbox.unsent(1001, None, 1)
        assert outbox.unsent(1001, after, 2) == ([second], None)
        assert outbox.unsent(1000, after, 1) == outbox.unsent(500, after, 1) == ([], None)
