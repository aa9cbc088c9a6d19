"""Revert and reprocess in the deployed stack: through gateway, queue and functions, each under its own role."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Counts, Upload
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

NIGHT = 1_727_222_400
"""2024-09-25T00:00:00Z."""
_http = urllib3.PoolManager(retries=False)


@dataclass
class Account:
    """A meter and a customer that no other test knows."""

    stack: LocalStack
    name: str = field(default_factory=lambda: f"lifecycle_{secrets.token_hex(4)}")
    meter: str = ""

    @property
    def customer(self) -> str:
        """The one who is registered."""
        return f"cus_{self.name}"

    @property
    def dropping(self) -> Dropping:
        """Drops files."""
        return Dropping(self.stack)

    def call(self, method: str, path: str, **request: Any) -> urllib3.BaseHTTPResponse:
        """Send a request with the secret key."""
        headers = {"Authorization": f"Bearer {self.stack.secret_key}", **request.pop("headers", {})}
        return _http.request(method, self.stack.api_url + path, headers=headers, **request)

    def post(self, path: str, **fields: object) -> Any:
        """Write."""
        answer = self.call("POST", path, json=fields)
        assert answer.status in {200, 202}, answer.data
        return answer.json()

    def file(self, *values: object, customer: str = "", identifier: str = "") -> bytes:
        """Make a file with a row for each value; `identifier` is what identifiers begin with."""
        who = customer or self.customer
        rows = [
            f"{NIGHT + number},{self.name},{who},{value},{identifier and f'{identifier}-{number}'}"
            for number, value in enumerate(values)
        ]
        return "\n".join(
            ["timestamp,event_name,payload_stripe_customer_id,payload_value,identifier", *rows, ""]
        ).encode()

    def drop(self, body: bytes) -> tuple[ObjectVersion, Upload]:
        """Drop a file on a key of its own and see it through."""
        version = self.dropping.put(f"uploads/{self.name}/{secrets.token_hex(4)}.csv", body)
        return version, self.dropping.final(version)

    def begin(self, version: ObjectVersion, action: str, **fields: object) -> tuple[dict[str, Any], Upload]:
        """Revert or reprocess and see it through; returns the first answer too."""
        answer: dict[str, Any] = self.post(f"/v1/uploads/{version.upload_id}/{action}", **fields)
        return answer, self.dropping.final(version)

    def summaries(self) -> list[tuple[int, float]]:
        """Give count and value of the day's summary."""
        window = {"customer": self.customer, "start_time": NIGHT, "end_time": NIGHT + 86_400}
        answer = self.call("GET", f"/v1/billing/meters/{self.meter}/event_summaries", fields=window).json()
        return [(each["event_count"], each["aggregated_value"]) for each in answer["data"]]

    def feed(self) -> list[str]:
        """Give the identifiers of the newest events."""
        answer = self.call("GET", f"/v1/billing/meters/{self.meter}/events", fields={"limit": 100}).json()
        return [each["identifier"] for each in answer["data"]]

    def usage_items(self) -> list[str]:
        """Return the keys of the meter's usage. Stamps stay, and roll-ups of earlier stamps are not used any more."""
        pages = self.stack.clients.dynamodb().get_paginator("scan").paginate(TableName=self.stack.outputs.usage_table)
        items = [item for page in pages for item in page["Items"] if item["pk"]["S"].startswith(self.meter)]
        keys = [(item["pk"]["S"], item["sk"]["S"]) for item in items]
        return [f"{partition} {sort}" for partition, sort in keys if not partition.endswith(("#stamps", "#rollup"))]


@pytest.fixture
def account(stack: LocalStack) -> Iterator[Account]:
    """Make the meter and the customer; no message may end among the dead letters."""
    account = Account(stack)
    before = dead_letters(stack)
    made = account.post(
        "/v1/billing/meters",
        event_name=account.name,
        display_name=account.name,
        default_aggregation={"formula": "sum"},
    )
    account.meter = made["id"]
    account.post("/v1/customers", id=account.customer)
    yield account
    account.dropping.wait_for_queue(parked=99)
    assert before == dead_letters(stack)


def dead_letters(stack: LocalStack) -> int:
    """Count the messages in the dead-letter queue."""
    answer = stack.clients.sqs().get_queue_attributes(
        QueueUrl=stack.outputs.dead_letter_queue_url,
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )
    return sum(map(int, answer["Attributes"].values()))


def test_a_reverted_upload_leaves_nothing(account: Account) -> None:
    """Summaries and feed are as before it, and the same file dropped again counts as if it had never been."""
    body = account.file(1, 2.5, 4)
    version, upload = account.drop(body)
    assert (Counts(3, 3, 0, 0), [(3, 7.5)]) == (upload.counts, account.summaries())
    assert 3 == len(account.feed())

    answer, reverted = account.begin(version, "revert")
    assert ("reverting", [], []) == (answer["status"], answer["children"], answer["duplicates"])
    assert (Status.REVERTED, upload.counts) == (reverted.status, reverted.counts)
    assert 0 == account.dropping.events_of(upload)
    assert ([], [], []) == (account.feed(), account.usage_items(), [each for each in account.summaries() if each[0]])

    again, counted = account.drop(body)
    assert again.upload_id != version.upload_id
    assert (Counts(3, 3, 0, 0), [(3, 7.5)]) == (counted.counts, account.summaries())
    refused = account.call("POST", f"/v1/uploads/{version.upload_id}/revert")
    assert (400, "upload_unexpected_state") == (refused.status, refused.json()["error"]["code"])


def test_rows_of_a_customer_who_was_registered_since(account: Account) -> None:
    """Reprocessed, they count; those that counted before do once; the error file goes with its reasons."""
    newcomer = f"{account.customer}_new"
    body = account.file(1, 2) + account.file(4, 8, customer=newcomer).partition(b"\n")[2]
    version, upload = account.drop(body)
    assert (Counts(4, 2, 0, 2), 1) == (upload.counts, upload.run)
    account.post("/v1/customers", id=newcomer)

    answer, second = account.begin(version, "reprocess")
    assert ("processing", 2, 0, None) == (answer["status"], answer["run"], answer["row_count"], answer["error_file"])
    assert (Status.SUCCEEDED, Counts(4, 4, 0, 0), 2) == (second.status, second.counts, second.run)
    assert second.error_file is None
    assert 4 == account.dropping.events_of(second)
    assert [(2, 3.0)] == account.summaries()
    assert 4 == len(account.feed())

    account.call("DELETE", f"/v1/customers/{newcomer}")
    _, third = account.begin(version, "reprocess")
    assert (Status.SUCCEEDED, Counts(4, 4, 0, 0), 3) == (third.status, third.counts, third.run)


def test_a_revert_takes_cancels_and_long_event_lists_back(account: Account) -> None:
    """All that is stored of the meter's usage goes: figures, parts of lists, the feed's item, and a cancel."""
    identifier = f"{account.name}-{'x' * 40}"
    version, upload = account.drop(account.file(*range(1, 41), identifier=identifier))
    assert Counts(40, 40, 0, 0) == upload.counts
    assert [] != [key for key in account.usage_items() if "#events#" in key]
    account.post(
        "/v1/billing/meter_event_adjustments",
        event_name=account.name,
        type="cancel",
        cancel={"identifier": f"{identifier}-0"},
    )
    assert [(39, 819.0)] == account.summaries()
    assert [] != [key for key in account.usage_items() if "cancel#" in key]

    _, reverted = account.begin(version, "revert")
    assert Status.REVERTED == reverted.status
    assert ([], []) == (account.usage_items(), account.feed())
    _, counted = account.drop(account.file(*range(1, 41), identifier=identifier))
    assert (Counts(40, 40, 0, 0), [(40, 820.0)]) == (counted.counts, account.summaries())


def test_a_cancelled_event_stays_cancelled_when_reprocessed(account: Account) -> None:
    """The next run keeps its mark, and what it takes out of usage."""
    version, upload = account.drop(account.file(1, 2, identifier=account.name))
    account.post(
        "/v1/billing/meter_event_adjustments",
        event_name=account.name,
        type="cancel",
        cancel={"identifier": f"{account.name}-0"},
    )
    _, second = account.begin(version, "reprocess")
    assert (upload.counts, 2) == (second.counts, second.run)
    assert [(1, 2.0)] == account.summaries()


def test_who_has_duplicates_and_children_of_a_reverted_upload(account: Account) -> None:
    """The answer names both; reprocessed, the duplicates count; the child has kept what it counted."""
    first, upload = account.drop(account.file(1, 2, identifier=account.name) + account.file("x").partition(b"\n")[2])
    second, other = account.drop(account.file(1, 2, 4, identifier=account.name))
    corrected = account.dropping.error_file(upload).replace(b",x,", b",16,")
    child, _ = account.drop(corrected)
    assert (Counts(3, 1, 2, 0), [(4, 23.0)]) == (other.counts, account.summaries())

    answer, _ = account.begin(first, "revert")
    assert ([child.upload_id], [second.upload_id]) == (answer["children"], answer["duplicates"])
    assert [(2, 20.0)] == account.summaries()
    _, reprocessed = account.begin(second, "reprocess")
    assert (Counts(3, 3, 0, 0), [(4, 23.0)]) == (reprocessed.counts, account.summaries())


def test_refused_rows_are_open_until_they_are_counted(account: Account) -> None:
    """In the list of what is open and in the history, which a client that has it gets as 304."""

    def left() -> list[int]:
        found = account.call("GET", "/v1/open_uploads?limit=100").json()["data"]
        history = account.call("GET", f"/v1/uploads/{upload.id}/history").json()
        counts = [each["open_error_count"] for each in found if each["id"] == upload.id]
        return [*counts, history["open_error_count"]]

    _, upload = account.drop(account.file(1, "x"))
    assert left() == [1, 1]
    path = f"/v1/uploads/{upload.id}/history"
    tag = account.call("GET", path).headers["ETag"]
    again = account.call("GET", path, headers={"If-None-Match": tag})
    assert (again.status, again.data, again.headers["ETag"]) == (304, b"", tag)
    child, _ = account.drop(account.dropping.error_file(upload).replace(b",x,", b",16,"))
    assert left() == [0]
    assert account.call("GET", path, headers={"If-None-Match": tag}).status == 200
    listed = account.call("GET", f"/v1/uploads?key_contains={child.key.upper()}&kind=usage&dry_run=false").json()
    assert [each["id"] for each in listed["data"]] == [child.upload_id]
    account.begin(child, "revert")
    assert left() == [1, 1]


def test_a_revert_reprocesses_the_duplicates(account: Account) -> None:
    """Nobody has to ask for each of them: when the revert is final, they are under way or have ended."""
    first, _ = account.drop(account.file(1, 2, identifier=account.name))
    second, _ = account.drop(account.file(1, 2, 4, identifier=account.name))
    answer, _ = account.begin(first, "revert", reprocess_duplicates=True)
    assert [second.upload_id] == answer["duplicates"]
    other = account.dropping.final(second)
    assert (2, Counts(3, 3, 0, 0), [(3, 7.0)]) == (other.run, other.counts, account.summaries())


def test_the_same_bytes_once_their_owner_is_reverted(account: Account) -> None:
    """What failed as a duplicate file is judged anew."""
    body = account.file(1)
    first, _ = account.drop(body)
    second, failed = account.drop(body)
    assert failed.failure is not None
    assert FileCode.DUPLICATE == failed.failure.code
    account.begin(first, "revert")
    _, counted = account.begin(second, "reprocess")
    assert (Status.SUCCEEDED, [(1, 1.0)]) == (counted.status, account.summaries())


@pytest.mark.parametrize("prefix", ["validate", "customers"])
def test_other_kinds_are_reprocessed(account: Account, prefix: str) -> None:
    """The API may look at their files too, and the result is the same."""
    body = f"id\n{account.name}\n".encode() if prefix == "customers" else account.file(1)
    first = account.dropping.drop(f"{prefix}/{account.name}.csv", body)
    _, second = account.begin(ObjectVersion(account.stack.outputs.bucket, first.key, first.version_id), "reprocess")
    assert (Status.SUCCEEDED, Status.SUCCEEDED, 2) == (first.status, second.status, second.run)
    assert (Counts(1, 1, 0, 0), Counts(1, 1, 0, 0)) == (first.counts, second.counts)
    assert [(0, 0.0)] == account.summaries()


@pytest.mark.parametrize("action", ["revert", "reprocess"])
def test_a_file_that_was_deleted_for_good(account: Account, action: str) -> None:
    """Under its own role the API learns that the version is gone, says so, and changes nothing."""
    version, upload = account.drop(account.file(1))
    s3 = account.stack.clients.s3()
    s3.delete_object(Bucket=version.bucket, Key=version.key, VersionId=version.version_id)
    refused = account.call("POST", f"/v1/uploads/{upload.id}/{action}")
    assert (400, "upload_file_gone") == (refused.status, refused.json()["error"]["code"])
    assert upload == account.dropping.upload(version)
    assert [(1, 1.0)] == account.summaries()
