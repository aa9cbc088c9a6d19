"""The routes of billing periods: parameters, lists, and pages of lines."""

from typing import Any

import pytest

from tests.support.aws import catalog
from tests.support.aws.queues import Queues
from tests.support.aws.requests import get, post
from tests.support.periods import HEADER, OCTOBER, SEPTEMBER, close, september

LINES = 1_003


def refused(queues: Queues, path: str, fields: dict[str, Any]) -> str:
    """Post what is refused; returns the answer."""
    with pytest.raises(AssertionError) as answer:
        post(queues.functions, path, fields, key=f"{path} {fields}", repeats=False)
    return str(answer.value)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "parameter_missing"),
        ({"start_time": SEPTEMBER}, "parameter_missing"),
        ({"start_time": OCTOBER, "end_time": SEPTEMBER}, "Invalid end_time"),
        ({"period": "month", "end_time": OCTOBER}, "parameters_exclusive"),
        ({"anchor": 1, "start_time": SEPTEMBER, "end_time": OCTOBER}, "Invalid anchor"),
        ({"period": "month", "meters": ["mtr_none"]}, "No such meter: mtr_none"),
        ({"period": "month", "late_policy": "hold"}, "late_policy"),
        ({"period": "year"}, "period"),
    ],
)
def test_parameters_that_are_refused(queues: Queues, fields: dict[str, Any], said: str) -> None:
    """Each with its name."""
    assert said in refused(queues, "/v1/billing_periods", fields)


def test_times(queues: Queues) -> None:
    """A month by any of its seconds or by an anchor, and the last one that has ended."""
    for fields, start, end in (
        ({"period": "month"}, SEPTEMBER, OCTOBER),
        ({"period": "month", "start_time": SEPTEMBER}, SEPTEMBER, OCTOBER),
        ({"period": "month", "start_time": OCTOBER - 1}, SEPTEMBER, OCTOBER),
        ({"period": "month", "anchor": SEPTEMBER + 86_400 * 14 + 3}, SEPTEMBER - 86_400 * 17 + 3, 1_726_358_403),
        ({"start_time": 5, "end_time": 7}, 5, 7),
    ):
        made = post(queues.functions, "/v1/billing_periods", fields, key=str(fields))
        assert (made["start_time"], made["end_time"]) == (start, end)
    listed = get(queues.functions, "/v1/billing_periods", {"limit": 2})
    assert (len(listed["data"]), listed["has_more"]) == (2, True)
    rest = get(queues.functions, "/v1/billing_periods", {"starting_after": listed["data"][1]["id"]})
    assert (len(rest["data"]), rest["has_more"]) == (3, False)


def test_a_period_that_has_not_ended(queues: Queues) -> None:
    """It can't be closed."""
    fields = {"period": "month", "start_time": OCTOBER}
    period = post(queues.functions, "/v1/billing_periods", fields)["id"]
    assert "period_not_ended" in refused(queues, f"/v1/billing_periods/{period}/close", {})
    assert get(queues.functions, f"/v1/billing_periods/{period}")["status"] == "open"


def test_what_is_not_there(queues: Queues) -> None:
    """404, whatever is missing."""
    period = september(queues)
    for path in ("bp_none", f"{period}/statements/1", f"{period}/statements/x", f"{period}/statements/1/lines"):
        with pytest.raises(AssertionError, match=r"404.*resource_missing"):
            get(queues.functions, f"/v1/billing_periods/{path}")


def test_pages_of_lines(queues: Queues) -> None:
    """All pages together are the file, in both directions, over the borders of the parts that are read."""
    for number in range(LINES):
        catalog.put_customer(queues.functions, f"cus_{number:04d}")
    rows = "".join(f"2024-09-25,ai_search_api,cus_{number:04d},{number},\n" for number in range(LINES))
    queues.put("uploads/many.csv", (HEADER + rows).encode())
    queues.drain()
    statement = close(queues, september(queues))
    assert statement["line_count"] == LINES
    path = f"/v1/billing_periods/{statement['billing_period']}/statements/1/lines"
    expected = [f"cus_{number:04d}" for number in range(LINES)]
    seen, cursor = list[dict[str, Any]](), dict[str, Any]()
    while True:
        page = get(queues.functions, path, {"limit": 97, **cursor})
        seen += page["data"]
        if not page["has_more"]:
            break
        cursor = {"starting_after": seen[-1]["id"]}
    assert [line["customer"] for line in seen] == expected
    before = get(queues.functions, path, {"limit": 5, "ending_before": seen[502]["id"]})
    assert ([line["id"] for line in before["data"]], before["has_more"]) == (
        [line["id"] for line in seen[497:502]],
        True,
    )
    with pytest.raises(AssertionError, match="No such line"):
        get(queues.functions, path, {"starting_after": seen[0]["id"] + "0000"})


def test_a_repeated_creation(queues: Queues) -> None:
    """The same key and parameters return the same period."""
    assert september(queues) == september(queues)
