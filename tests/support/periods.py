"""Steps of tests with billing periods, through the whole stack."""

import csv
import hashlib
import io
from decimal import Decimal
from typing import Any

from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"
SEPTEMBER, OCTOBER = 1_725_148_800, 1_727_740_800
ADA, BOB = "cus_QMJJtcu70R1x46", "cus_GAXJtSu6021a6s"


def drop(queues: Queues, key: str, *rows: str) -> str:
    """Drop a file and see it through."""
    id_ = queues.put(f"uploads/{key}", (HEADER + "".join(f"{row}\n" for row in rows)).encode()).upload_id
    queues.drain()
    return id_


def september(queues: Queues, key: str = "a period", **parameters: Any) -> str:
    """Create the billing period of September."""
    period = post(queues.functions, "/v1/billing_periods", {"period": "month", **parameters}, key=key)
    assert (period["start_time"], period["end_time"], period["status"]) == (SEPTEMBER, OCTOBER, "open")
    return str(period["id"])


def close(queues: Queues, period: str, key: str = "close") -> dict[str, Any]:
    """Close a period and see it through; returns its last statement."""
    assert post(queues.functions, f"/v1/billing_periods/{period}/close", {}, key=key)["status"] == "closing"
    queues.drain()
    closed = get(queues.functions, f"/v1/billing_periods/{period}")
    assert (closed["status"], closed["waiting_for"]) == ("closed", [])
    return get(queues.functions, f"/v1/billing_periods/{period}/statements/{closed['statement_count']}")


def lines_of(queues: Queues, statement: dict[str, Any]) -> list[dict[str, str]]:
    """Read the file of a statement, and hold it against its hash and the lines of the API."""
    data = queues.functions.account.objects("statements/")[statement["file"]["key"]]
    assert hashlib.sha256(data).hexdigest() == statement["file"]["sha256"]
    lines = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    path = f"/v1/billing_periods/{statement['billing_period']}/statements/{statement['number']}/lines"
    shown = get(queues.functions, path, {"limit": 100})["data"]
    assert [(each["customer"], each["aggregated_value_decimal"]) for each in shown] == [
        (line["customer"], line["aggregated_value"]) for line in lines
    ]
    return lines


def values(lines: list[dict[str, str]]) -> dict[tuple[str, str], tuple[int, Decimal]]:
    """Return what lines add, by meter and customer."""
    return {
        (line["event_name"], line["customer"]): (int(line["event_count"]), Decimal(line["aggregated_value"]))
        for line in lines
    }
