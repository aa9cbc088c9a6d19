"""Billing periods through the whole stack: API, queue, functions, tables and bucket."""

from decimal import Decimal

import pytest

from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post
from tests.support.periods import ADA, BOB, OCTOBER, close, drop, lines_of, september, values


def test_a_statement_and_its_adjustments(queues: Queues) -> None:
    """The first statement has the usage of the period, the next what changed since, and the first stays as it was."""
    first = drop(queues, "1.csv", f"2024-09-25,ai_search_api,{ADA},400,", f"2024-09-25,cpu_usage,{BOB},1.5,")
    drop(queues, "other.csv", f"2024-10-01,ai_search_api,{ADA},7,", f"2024-08-31T23:59:59Z,ai_search_api,{ADA},7,")
    period = september(queues)
    one = close(queues, period)
    assert (one["number"], one["line_count"], one["event_count"], one["unfinished_uploads"]) == (1, 2, 2, [])
    before = lines_of(queues, one)
    assert values(before) == {("ai_search_api", ADA): (1, Decimal(400)), ("cpu_usage", BOB): (1, Decimal("1.5"))}

    drop(queues, "late.csv", f"2024-09-30,ai_search_api,{ADA},5.25,", f"2024-09-30,logins,{BOB},,")
    post(queues.functions, f"/v1/uploads/{first}/revert", {}, key="revert")
    queues.drain()
    two = close(queues, period, "again")
    assert values(lines_of(queues, two)) == {
        ("ai_search_api", ADA): (0, Decimal("-394.75")),
        ("cpu_usage", BOB): (-1, Decimal("-1.5")),
        ("logins", BOB): (1, Decimal(1)),
    }
    assert [line["total_aggregated_value"] for line in lines_of(queues, two)] == ["5.25", "0", "1"]
    assert lines_of(queues, one) == before
    three = close(queues, period, "nothing new")
    assert (three["number"], three["line_count"], lines_of(queues, three)) == (3, 0, [])
    listed = get(queues.functions, f"/v1/billing_periods/{period}/statements")["data"]
    assert [each["number"] for each in listed] == [3, 2, 1]


def test_the_event(queues: Queues) -> None:
    """Each statement is published once, as the API shows it."""
    drop(queues, "1.csv", f"2024-09-25,ai_search_api,{ADA},400,")
    statement = close(queues, september(queues))
    [event] = [each for each in queues.functions.account.status_events() if each["DetailType"] == "statement.created"]
    period = statement["billing_period"]
    assert event["Detail"] == {**statement, "event_id": f"evt_{period.removeprefix('bp_')}_1", "trimmed": []}


def test_late_rows_of_a_period_that_refuses_them(queues: Queues) -> None:
    """Rows and events are refused with a code of their own; what was counted stays, and is a duplicate."""
    drop(queues, "1.csv", f"2024-09-25,ai_search_api,{ADA},400,a")
    period = september(queues, late_policy="refuse", meters=["mtr_search"])
    close(queues, period)
    id_ = drop(
        queues,
        "late.csv",
        f"2024-09-25,ai_search_api,{ADA},400,a",
        f"2024-09-30T23:59:59Z,ai_search_api,{ADA},1,b",
        f"2024-10-01,ai_search_api,{ADA},2,c",
        f"2024-09-25,cpu_usage,{ADA},3,d",
        f"2024-09-25,ai_search_api,{ADA},x,e",
    )
    upload = get(queues.functions, f"/v1/uploads/{id_}")
    assert (upload["success_count"], upload["duplicate_count"], upload["error_count"]) == (2, 1, 2)
    assert [(each["row_number"], each["code"], each["field"]) for each in upload["samples"]] == [
        (2, "timestamp_in_closed_period", "timestamp"),
        (5, "timestamp_in_closed_period", "timestamp"),
        (5, "meter_event_invalid_value", "payload_value"),
    ]
    assert period in upload["samples"][0]["message"]
    assert close(queues, period, "again")["line_count"] == 0


def test_events_of_the_api_in_a_period_that_refuses_them(queues: Queues) -> None:
    """They get 400 with the code of rows."""
    close(queues, september(queues, late_policy="refuse"))
    fields = {
        "event_name": "ai_search_api",
        "timestamp": OCTOBER - 1,
        "payload": {"stripe_customer_id": ADA, "value": "25"},
    }
    with pytest.raises(AssertionError, match=r"400.*timestamp_in_closed_period"):
        post(queues.functions, "/v1/billing/meter_events", fields, repeats=False)
    post(queues.functions, "/v1/billing/meter_events", {**fields, "timestamp": OCTOBER}, key="later", repeats=False)


def test_a_lost_message(queues: Queues) -> None:
    """The sweep finds a close that nobody continues, also after its message was given up."""
    period = september(queues)
    post(queues.functions, f"/v1/billing_periods/{period}/close", {}, key="close")
    queues.functions.account.lose_messages()
    queues.functions.account.clock.now += 500
    queues.sweep()
    assert queues.messages() == []
    queues.functions.account.clock.now += 500
    queues.sweep()
    queues.drain()
    assert get(queues.functions, f"/v1/billing_periods/{period}")["status"] == "closed"


def test_an_open_period_refuses_nothing(queues: Queues) -> None:
    """Its policy holds from the first close on."""
    period = september(queues, late_policy="refuse")
    id_ = drop(queues, "1.csv", f"2024-09-25,ai_search_api,{ADA},400,")
    assert get(queues.functions, f"/v1/uploads/{id_}")["success_count"] == 1
    assert close(queues, period)["event_count"] == 1
