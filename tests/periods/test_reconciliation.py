"""The reconciliation of a period: its figures add up to the report, and it names what is open."""

import csv
import io
from decimal import Decimal
from types import ModuleType
from typing import Any

import pytest

from meterdrop.adapters.dynamodb import read_limit
from meterdrop.usage import reconciliation
from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post
from tests.support.periods import ADA, BOB, HEADER, OCTOBER, SEPTEMBER, drop


def create(queues: Queues, start: int, end: int) -> str:
    """Create a period."""
    times = {"start_time": start, "end_time": end}
    return str(post(queues.functions, "/v1/billing_periods", times, key=f"{times}")["id"])


def corrected(queues: Queues, upload: str, wrong: str, right: str) -> bytes:
    """Return an upload's error file with a correction."""
    item = queues.upload(upload)
    assert item is not None
    assert item.error_file is not None
    data = queues.functions.account.objects("errors/")[item.error_file.key]
    text = io.StringIO(newline="")
    rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    csv.writer(text).writerows([[right if cell == wrong else cell for cell in row] for row in rows])
    return text.getvalue().encode()


def reconciled(queues: Queues, period: str) -> dict[str, Any]:
    """Return the reconciliation, and hold that it adds up to the usage report."""
    found = get(queues.functions, f"/v1/billing_periods/{period}/reconciliation")
    assert found["row_count"] == found["success_count"] + found["duplicate_count"] + found["error_count"]
    times = get(queues.functions, f"/v1/billing_periods/{period}")
    report = {"start_time": times["start_time"], "end_time": times["end_time"], "limit": 100}
    lines = get(queues.functions, "/v1/usage_reports", report)["data"]
    assert lines
    assert {line["meter"] for line in lines} <= {sums["meter"] for sums in found["meters"]}
    for sums in found["meters"]:
        parts = [sums[name] for name in ("uploads", "api", "cancelled")]
        own = [line for line in lines if line["meter"] == sums["meter"]]
        count = sum(part["event_count"] for part in parts)
        assert count == sums["total"]["event_count"] == sum(line["event_count"] for line in own)
        value = sum(Decimal(part["value_sum"] or 0) for part in parts)
        assert value == Decimal(sums["total"]["value_sum"] or 0)
        if sums["event_name"] in {"ai_search_api", "cpu_usage"}:  # these add values
            assert value == sum(Decimal(line["aggregated_value_decimal"]) for line in own)
    return found


def open_uploads(queues: Queues) -> set[tuple[str, str, int]]:
    """Return the list of what is open: IDs, reasons, and open rows."""
    found = get(queues.functions, "/v1/open_uploads", {"limit": 100})["data"]
    return {(each["id"], each["reason"], each["open_error_count"]) for each in found}


@pytest.fixture
def uploads(queues: Queues) -> dict[str, str]:
    """Drop files of every fate, add an event and cancel one."""
    good = f"2024-09-25T10:20:00Z,ai_search_api,{ADA},400,a"
    made = {
        "good": drop(
            queues, "good.csv", good, f"2024-09-25T10:40:00Z,cpu_usage,{BOB},1.5,", f"2024-09-30,logins,{BOB},,"
        ),
        "other month": drop(queues, "other.csv", f"2024-08-25,ai_search_api,{ADA},7,"),
        "duplicate": drop(queues, "duplicate.csv", good),
        "some refused": drop(
            queues,
            "some.csv",
            f"2024-09-25T10:30:00Z,ai_search_api,{ADA},5,",
            "2024-09-25,ai_search_api,cus_nobody,6,",
            f"2024-09-25,ai_search_api,{ADA},x,",
        ),
        "all refused": drop(queues, "all.csv", f"2024-09-25,nothing,{ADA},5,"),
        "failed": drop(queues, "failed.csv"),
        "mended": drop(queues, "mended.csv"),
    }
    queues.functions.account.clock.now += 60  # S3 orders versions by time
    drop(queues, "mended.csv", f"2024-09-02,ai_search_api,{ADA},1,")
    queues.put("validate/dry.csv", (HEADER + f"2024-09-25,ai_search_api,{ADA},1,\n").encode())
    fields = {
        "event_name": "cpu_usage",
        "timestamp": 1_727_260_500,
        "payload": {"stripe_customer_id": ADA, "value": "3"},
    }
    post(queues.functions, "/v1/billing/meter_events", {**fields, "identifier": "hand"}, key="event")
    post(queues.functions, "/v1/billing/meter_events", {**fields, "identifier": "stays"}, key="another event")
    for name, identifier in (("ai_search_api", "a"), ("cpu_usage", "hand")):
        cancel = {"type": "cancel", "event_name": name, "cancel": {"identifier": identifier}}
        post(queues.functions, "/v1/billing/meter_event_adjustments", cancel, key=f"cancel {identifier}")
    queues.drain()
    return made


def test_figures_add_up(queues: Queues, uploads: dict[str, str]) -> None:
    """Of whole months, and of a period that cuts the hour of the events."""
    found = reconciled(queues, create(queues, SEPTEMBER, OCTOBER))
    assert {name: found[f"{name}_count"] for name in ("file", "row", "success", "duplicate", "error")} == {
        "file": 7,
        "row": 9,
        "success": 5,
        "duplicate": 1,
        "error": 3,
    }
    assert found["failed_uploads"] == [uploads["failed"]]
    assert open_uploads(queues) == {(uploads["failed"], "failed", 0)} | {
        (uploads[name], "refused_rows", count) for name, count in (("some refused", 2), ("all refused", 1))
    }
    assert (found["open_error_count"], set(found["open_error_uploads"])) == (
        3,
        {uploads["some refused"], uploads["all refused"]},
    )
    cut = reconciled(queues, create(queues, 1_727_260_200, 1_727_260_260 + 900))
    [search] = [sums for sums in cut["meters"] if sums["event_name"] == "ai_search_api"]
    assert (search["uploads"]["event_count"], search["cancelled"]["event_count"]) == (1, 0)


def test_what_is_corrected_is_not_open(queues: Queues, uploads: dict[str, str]) -> None:
    """Rows that an error file brings back are counted, also by way of its own error file."""
    period = create(queues, SEPTEMBER, OCTOBER)
    data = corrected(queues, uploads["some refused"], "cus_nobody", BOB)
    first = queues.put("uploads/corrected.csv", data).upload_id
    queues.drain()
    assert reconciled(queues, period)["open_error_count"] == 2
    assert (uploads["some refused"], "refused_rows", 1) in open_uploads(queues)
    queues.put("uploads/corrected again.csv", corrected(queues, first, "x", "10"))
    queues.drain()
    found = reconciled(queues, period)
    assert (found["open_error_count"], found["open_error_uploads"]) == (1, [uploads["all refused"]])
    assert open_uploads(queues) == {(uploads["failed"], "failed", 0), (uploads["all refused"], "refused_rows", 1)}
    history = f"/v1/uploads/{uploads['some refused']}/history"
    assert get(queues.functions, history)["open_error_count"] == 0
    post(queues.functions, f"/v1/uploads/{first}/revert", {}, key="revert")
    queues.drain()
    assert get(queues.functions, history)["open_error_count"] == 1


@pytest.mark.parametrize("limit", [(read_limit, "MAX_READ_BYTES", 1), (reconciliation, "MAX_EVENTS", 1)])
def test_a_period_that_is_too_large_is_refused(
    queues: Queues, uploads: dict[str, str], monkeypatch: pytest.MonkeyPatch, limit: tuple[ModuleType, str, int]
) -> None:
    """By what it reads, or by the single events of the hours that it cuts. The error names the way that works."""
    assert uploads
    period = create(queues, SEPTEMBER, SEPTEMBER + 24 * 86_400 + 10 * 3_600 + 3_000)  # ends at 10:50 of the 25th
    monkeypatch.setattr(*limit)
    with pytest.raises(AssertionError, match=r"filter_too_broad.*too much usage.*Use a usage report"):
        get(queues.functions, f"/v1/billing_periods/{period}/reconciliation")
