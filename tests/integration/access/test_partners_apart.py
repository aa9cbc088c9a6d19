"""Two partners on the deployed stack: no file of one changes what becomes of the other's."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Counts, Upload
from tests.support.integration.dropping import Dropping
from tools.emulator.synth import LIMITED_PARTNER, LOCAL_PARTNER
from tools.stack.local_stack import LocalStack

_http = urllib3.PoolManager(retries=False)
DAY = 1_727_222_400
"""2024-09-25T00:00:00Z."""


@dataclass
class Partners:
    """A meter and customers that no other test knows. The limited partner bills only customers `limited_*`."""

    stack: LocalStack
    name: str = field(default_factory=lambda: f"apart_{secrets.token_hex(4)}")
    meter: str = ""

    def call(self, method: str, path: str, **fields: Any) -> tuple[int, Any]:
        """Send a request with the secret key; return status and body."""
        headers = {"Authorization": f"Bearer {self.stack.secret_key}"}
        request: Any = {"fields": fields} if method == "GET" else {"json": fields}
        answer = _http.request(method, self.stack.api_url + path, headers=headers, **request)
        return answer.status, answer.json()

    def file(self, *rows: tuple[object, str], customer: str = "limited_1") -> bytes:
        """Make a file with these values and identifiers."""
        lines = [f"2024-09-25,{self.name},{customer}-{self.name},{value},{id_}" for value, id_ in rows]
        head = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier"
        return "\n".join([head, *lines, ""]).encode()

    def drop(self, partner: str, body: bytes) -> Upload:
        """Drop a file in a partner's folder, or in the owner's, and see it through."""
        return Dropping(self.stack).drop(f"uploads/{partner}/{self.name}-{secrets.token_hex(4)}.csv", body)

    def feed(self, **fields: object) -> list[dict[str, Any]]:
        """Return events of the meter, newest first."""
        status, body = self.call("GET", f"/v1/billing/meters/{self.meter}/events", **fields)
        assert status == 200, body
        found: list[dict[str, Any]] = body["data"]
        return found

    def total(self) -> float:
        """Return the day's usage of the customer."""
        window = {"customer": f"limited_1-{self.name}", "start_time": DAY, "end_time": DAY + 86_400}
        _, body = self.call("GET", f"/v1/billing/meters/{self.meter}/event_summaries", **window)
        return float(sum(each["aggregated_value"] for each in body["data"]))

    def reported(self, **fields: object) -> list[str]:
        """Return the values of the day's usage report."""
        window = {"start_time": DAY, "end_time": DAY + 86_400, "meter": self.meter}
        _, body = self.call("GET", "/v1/usage_reports", **window, **fields)
        return [each["aggregated_value_decimal"] for each in body["data"]]


@pytest.fixture
def partners(stack: LocalStack) -> Iterator[Partners]:
    """Make the meter and the customer."""
    found = Partners(stack)
    _, meter = found.call(
        "POST",
        "/v1/billing/meters",
        event_name=found.name,
        display_name=found.name,
        default_aggregation={"formula": "sum"},
    )
    found.meter = meter["id"]
    found.call("POST", "/v1/customers", id=f"limited_1-{found.name}")
    found.call("POST", "/v1/customers", id=f"other_1-{found.name}")
    yield found
    Dropping(stack).wait_for_queue(parked=99)


def test_identifiers_bytes_and_reverts_are_apart(partners: Partners) -> None:
    """Squatting, the same bytes first, and a take-over with a revert: each file counts as if it were alone."""
    own, others = partners.name + "-1", partners.name + "-2"
    squatted = partners.drop(LIMITED_PARTNER, partners.file((7, own), (1, others)))
    real = partners.drop(LOCAL_PARTNER, partners.file((100, own), (1, others)))
    assert (squatted.counts, real.counts) == (Counts(2, 2), Counts(2, 2))
    bytes_ = partners.file((5, ""))
    copies = [partners.drop(partner, bytes_) for partner in (LIMITED_PARTNER, LOCAL_PARTNER, "own")]
    assert [copy.status for copy in copies] == [Status.SUCCEEDED] * 3
    assert [copy.partner for copy in copies] == [LIMITED_PARTNER, LOCAL_PARTNER, None]
    assert partners.total() == 7 + 1 + 100 + 1 + 3 * 5
    partners.call("POST", f"/v1/uploads/{squatted.id}/revert", reprocess_duplicates=True)
    assert _final(partners, squatted) is Status.REVERTED
    assert partners.total() == 100 + 1 + 3 * 5


def test_nobody_forges_ids_or_leaves_its_limits(partners: Partners) -> None:
    """A derived ID of another partner, a customer outside the limits, and a negative value are refused."""
    refused = partners.drop(LOCAL_PARTNER, partners.file((3, ""), customer="new"))
    forged = partners.drop(LIMITED_PARTNER, partners.file((0, f"{refused.id}:1")))
    assert (forged.counts, forged.parent, forged.samples[0].code) == (Counts(1, error=1), None, "field_invalid")
    assert "no usage upload has this ID" in forged.samples[0].message
    outside = partners.drop(LIMITED_PARTNER, partners.file((1, ""), customer="other_1"))
    unknown = partners.drop(LIMITED_PARTNER, partners.file((2, ""), customer="nobody"))
    said = [each.samples[0].message.replace("other_1", "nobody") for each in (outside, unknown)]
    assert said[0] == said[1]
    negative = partners.drop(LIMITED_PARTNER, partners.file((-3, "")))
    assert [sample.code for sample in negative.samples] == ["meter_event_invalid_value"]
    partners.call("POST", "/v1/customers", id=f"new-{partners.name}")
    corrected = partners.drop(LOCAL_PARTNER, Dropping(partners.stack).error_file(refused))
    assert (corrected.counts, corrected.parent) == (Counts(1, 1), refused.id)


def test_the_api_shows_filters_and_cancels_by_partner(partners: Partners) -> None:
    """An identifier that a partner and the owner both have is two events, each with a cursor and a cancel."""
    id_ = partners.name + "/x"
    for partner, value in ((LOCAL_PARTNER, 1), (LIMITED_PARTNER, 2), ("own", 4)):
        partners.drop(partner, partners.file((value, id_)))
    events = partners.feed()
    shown = sorted((each["identifier"], each["partner"] or "", each["value"]) for each in events)
    assert shown == [(id_, "", "4"), (id_, LIMITED_PARTNER, "2"), (id_, LOCAL_PARTNER, "1")]
    pages = [partners.feed(limit=1, starting_after=each["id"]) for each in events]
    assert [[each["id"] for each in page] for page in pages] == [[events[1]["id"]], [events[2]["id"]], []]
    assert [each["value"] for each in partners.feed(partner=LIMITED_PARTNER)] == ["2"]
    assert [each["value"] for each in partners.feed(partner="owner")] == ["4"]
    assert partners.feed(identifier=id_) == events
    assert [each["value"] for each in partners.feed(identifier=id_, partner=LOCAL_PARTNER)] == ["1"]
    assert partners.feed(identifier=partners.name) == []
    _, listed = partners.call("GET", "/v1/uploads", partner=LIMITED_PARTNER, limit=1)
    assert listed["data"][0]["id"] == partners.feed(partner=LIMITED_PARTNER)[0]["upload"]
    assert [partners.reported(partner=each) for each in (LOCAL_PARTNER, LIMITED_PARTNER, "owner")] == [
        ["1"],
        ["2"],
        ["4"],
    ]
    cancel = {"type": "cancel", "event_name": partners.name, "cancel": {"identifier": id_}}
    assert partners.call("POST", "/v1/billing/meter_event_adjustments", **cancel, partner=LIMITED_PARTNER)[0] == 200
    assert (partners.total(), partners.feed(partner=LIMITED_PARTNER)[0]["cancelled"] is None) == (5, False)
    assert partners.call("POST", "/v1/billing/meter_event_adjustments", **cancel)[0] == 200
    assert partners.total() == 1
    assert partners.call("POST", "/v1/billing/meter_event_adjustments", **cancel, partner="nobody")[0] == 404


def _final(partners: Partners, upload: Upload) -> Status:
    """Wait until an upload is final again."""
    dropping = Dropping(partners.stack)
    return dropping.final(dropping.version(upload.key, upload.version_id)).status
