"""Usage of the deployed stack, by file and by hand: its summaries and its feed, through the gateway."""

import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3

from meterdrop.domain.codes import Status
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

DAY = 86_400
NIGHT = 1_727_222_400
"""2024-09-25T00:00:00Z."""
ODD = "a b/ü+&%#\\\"'?=;,"
_http = urllib3.PoolManager(retries=False)


@dataclass
class Usage:
    """A meter and a customer that no other test knows."""

    stack: LocalStack
    name: str = field(default_factory=lambda: f"reading_{secrets.token_hex(4)}")
    meter: str = ""

    def post(self, path: str, **fields: str) -> Any:
        """Write with the secret key."""
        headers = {"Authorization": f"Bearer {self.stack.secret_key}"}
        answer = _http.request(
            "POST", self.stack.api_url + path, headers=headers, fields=fields, encode_multipart=False
        )
        assert answer.status == 200, answer.data
        return answer.json()

    def get(self, what: str, **query: object) -> Any:
        """Read with the read key."""
        headers = {"Authorization": f"Bearer {self.stack.read_key}"}
        url = f"{self.stack.api_url}/v1/billing/meters/{self.meter}/{what}?{urlencode(query)}"
        answer = _http.request("GET", url, headers=headers)
        assert answer.status == 200, answer.data
        return json.loads(answer.data)


@pytest.fixture
def usage(stack: LocalStack) -> Usage:
    """Make the meter, which takes the last value, and the customer."""
    usage = Usage(stack)
    made = usage.post(
        "/v1/billing/meters",
        **{"event_name": usage.name, "display_name": usage.name, "default_aggregation[formula]": "last"},
    )
    usage.meter = made["id"]
    usage.post("/v1/customers", id=f"cus_{usage.name}")
    return usage


def test_usage_by_file_and_by_hand_is_read(usage: Usage) -> None:
    """Both are in one summary and one feed, a cancelled event is out of the one and marked in the other.

    Under the API's own role, with more rows than a list holds beside its figures, and with cursors of any characters.
    """
    rows = [f"{NIGHT + row},{usage.name},cus_{usage.name},{row},{usage.name} {row:02d} {ODD}" for row in range(40)]
    header = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier"
    quoted = [row.replace('"', '""').replace(f"{usage.name} ", f'"{usage.name} ', 1) + '"' for row in rows]
    upload = Dropping(usage.stack).drop(f"uploads/{usage.name}.csv", "\n".join([header, *quoted]).encode())
    assert Status.SUCCEEDED == upload.status, upload.samples
    while int(time.time()) <= upload.created:  # what arrives in one second is in no order of arrival
        time.sleep(0.05)
    by_hand = usage.post(
        "/v1/billing/meter_events",
        event_name=usage.name,
        timestamp=str(NIGHT + 40),
        identifier=f"{usage.name} by hand",
        **{"payload[stripe_customer_id]": f"cus_{usage.name}", "payload[value]": "0.5"},
    )
    whole = {"customer": f"cus_{usage.name}", "start_time": NIGHT, "end_time": NIGHT + DAY}
    assert [("0.5", 41)] == summed(usage, **whole)
    usage.post(
        "/v1/billing/meter_event_adjustments",
        event_name=usage.name,
        type="cancel",
        **{"cancel[identifier]": by_hand["identifier"]},
    )
    assert [("39", 40)] == summed(usage, **whole) == summed(usage, start_time=NIGHT, end_time=NIGHT + 60)
    assert [("39", 40)] == summed(usage, value_grouping_window="hour", **whole)
    assert [("39", 40)] == summed(usage, period="month", anchor=NIGHT - 400 * DAY + 30, **whole)[:1]

    feed = usage.get("events", limit=100)
    assert [by_hand["identifier"], *(f"{usage.name} {row:02d} {ODD}" for row in reversed(range(40)))] == [
        event["identifier"] for event in feed["data"]
    ]
    newest = feed["data"][0]
    assert (None, True) == (newest["upload"], newest["cancelled"] <= int(time.time()))
    assert {upload.id} == {event["upload"] for event in feed["data"][1:]}
    for query in ({}, {"customer": f"cus_{usage.name}"}, {"start_time": NIGHT, "end_time": NIGHT + DAY}):
        behind = usage.get("events", limit=5, starting_after=feed["data"][9]["identifier"], **query)
        assert feed["data"][10:15] == behind["data"]


def summed(usage: Usage, **query: object) -> list[tuple[str, int]]:
    """Give exact value and count of each summary."""
    found = usage.get("event_summaries", **query)["data"]
    return [(summary["aggregated_value_decimal"], summary["event_count"]) for summary in found]
