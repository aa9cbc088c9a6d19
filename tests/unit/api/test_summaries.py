"""Event summaries on the wire: what is asked for, what is refused, pages, and exact numbers."""

import json
import time
from typing import Any

import pytest

from meterdrop.adapters.dynamodb import read_limit
from meterdrop.api.http import dependencies
from meterdrop.domain.metering.summary import Scope, summary_id
from meterdrop.usage import hour_events
from tests.support.api.client import Api
from tests.support.api.store import Store
from tests.support.api.usage import (
    BY_HAND,
    CUSTOMER,
    DAY,
    DELETED,
    EVENTS,
    HOUR,
    METER,
    NIGHT,
    OTHER,
    SUMMARIES,
    an_event,
    fill,
)

WHOLE = {"start_time": NIGHT, "end_time": NIGHT + DAY}


def values(api: Api, **query: object) -> list[tuple[int, str, int]]:
    """Ask, and give each summary's start, exact value and count."""
    response = api.get(SUMMARIES, **query)
    assert response.status == 200, response.text
    return [
        (each["start_time"], each["aggregated_value_decimal"], each["event_count"]) for each in response.json["data"]
    ]


def test_a_summary_has_stripes_shape(api: Api, store: Store) -> None:
    """Every field in its place; by file and by hand add up, and the total is of all customers."""
    by_hand = {"id": "hand-1", "upload": BY_HAND}
    fill(store, [an_event(1, value="2.50"), an_event(1, NIGHT + 1, "400", **by_hand), an_event(2, customer=OTHER)])
    response = api.get(SUMMARIES, customer=CUSTOMER, **WHOLE)
    assert {
        "object": "list",
        "data": [
            {
                "id": summary_id(Scope(METER, CUSTOMER), NIGHT, NIGHT + DAY),
                "object": "billing.meter_event_summary",
                "aggregated_value": 402.5,
                "aggregated_value_decimal": "402.5",
                "end_time": NIGHT + DAY,
                "event_count": 2,
                "livemode": True,
                "meter": METER,
                "start_time": NIGHT,
            }
        ],
        "has_more": False,
        "url": SUMMARIES,
    } == response.json
    assert [(NIGHT, "403.5", 3)] == values(api, **WHOLE)


def test_the_exact_value_stands_beside_the_number(api: Api, store: Store) -> None:
    """What a number of JSON cannot hold is told as text."""
    fill(store, [an_event(1, value="999999999999999"), an_event(2, value="0.000000000001")])
    [summary] = api.get(SUMMARIES, **WHOLE).json["data"]
    assert "999999999999999.000000000001" == summary["aggregated_value_decimal"]
    assert 999999999999999.0 == summary["aggregated_value"]


@pytest.mark.parametrize(
    ("formula", "value"), [("sum", "10"), ("count", "4"), ("last", "-1"), ("max", "9"), ("min", "-1")]
)
def test_the_meters_formula_counts(api: Api, store: Store, formula: str, value: str) -> None:
    """A cancelled event is in none, an event without a value only in the count."""
    events = [
        an_event(1, NIGHT, "2"),
        an_event(2, NIGHT + 1, "9"),
        an_event(3, NIGHT + 4, "-1"),
        an_event(4, NIGHT + 5, None),
        an_event(5, NIGHT + 6, "11", cancelled=NIGHT + DAY),
    ]
    fill(store, events, formula=formula)
    assert [(NIGHT, value, 4)] == values(api, **WHOLE)


def test_nothing_is_zero(api: Api, store: Store) -> None:
    """A window without events is one summary of 0; grouped it is none."""
    fill(store)
    assert [(NIGHT, "0", 0)] == values(api, customer=OTHER, **WHOLE)
    assert [(NIGHT, "0", 0)] == values(api, customer=DELETED, **WHOLE)
    assert [] == values(api, value_grouping_window="day", **WHOLE)


def test_a_deactivated_meter_is_readable(api: Api, store: Store) -> None:
    """What was used is still owed."""
    fill(store, [an_event(1)], status="inactive")
    assert [(NIGHT, "1", 1)] == values(api, **WHOLE)
    assert 1 == len(api.get(EVENTS).json["data"])


def test_groups_are_paged(api: Api, store: Store) -> None:
    """Hours that have events, newest first in both directions; days add them up."""
    fill(store, [an_event(row, NIGHT + row * HOUR) for row in range(1, 30)])
    query: dict[str, Any] = {"start_time": NIGHT, "end_time": NIGHT + 2 * DAY, "value_grouping_window": "hour"}
    first = api.get(SUMMARIES, **query, limit=20).json
    starts = [each["start_time"] for each in first["data"]]
    assert ([NIGHT + row * HOUR for row in range(29, 9, -1)], True) == (starts, first["has_more"])
    last = api.get(SUMMARIES, **query, limit=20, starting_after=first["data"][-1]["id"]).json
    assert ([NIGHT + row * HOUR for row in range(9, 0, -1)], False) == (
        [each["start_time"] for each in last["data"]],
        last["has_more"],
    )
    back = api.get(SUMMARIES, **query, limit=20, ending_before=last["data"][0]["id"]).json
    assert first["data"] == back["data"]
    query["value_grouping_window"] = "day"
    assert [(NIGHT + DAY, "6", 6), (NIGHT, "23", 23)] == values(api, **query)


def test_billing_periods(api: Api, store: Store) -> None:
    """Every month that the window touches, whole; by calendar, or from the anchor's day on."""
    fill(store, [an_event(1), an_event(2, NIGHT - 30 * DAY)])
    august, september, october = 1_722_470_400, 1_725_148_800, 1_727_740_800
    window = {"start_time": NIGHT - 40 * DAY, "end_time": NIGHT + 60}
    assert [(september, "1", 1), (august, "1", 1)] == values(api, period="month", **window)
    anchor = 1_706_659_200  # 2024-01-31
    months = api.get(SUMMARIES, period="month", anchor=anchor, **window).json["data"]
    assert [(september - DAY, october - DAY), (september - 32 * DAY, september - DAY)] == [
        (each["start_time"], each["end_time"]) for each in months
    ]
    paged = api.get(SUMMARIES, period="month", limit=1, starting_after=months[0]["id"], anchor=anchor, **window).json
    assert ([months[1]], False) == (paged["data"], paged["has_more"])


def test_the_current_period_is_the_default(api: Api, store: Store) -> None:
    """period=month alone is the month that now is in."""
    fill(store)
    [summary] = api.get(SUMMARIES, period="month").json["data"]
    assert summary["start_time"] <= int(time.time()) < summary["end_time"]


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ({"end_time": NIGHT}, "parameter_missing", "start_time"),
        ({"start_time": NIGHT}, "parameter_missing", "end_time"),
        ({"start_time": NIGHT, "period": "month"}, "parameter_missing", "end_time"),
        ({"start_time": NIGHT + 1, "end_time": NIGHT + 60}, "parameter_invalid", "start_time"),
        ({"start_time": NIGHT, "end_time": NIGHT + 61}, "parameter_invalid", "end_time"),
        ({"start_time": NIGHT, "end_time": NIGHT}, "parameter_invalid", "end_time"),
        ({"start_time": NIGHT + 60, "end_time": NIGHT}, "parameter_invalid", "end_time"),
        ({"start_time": "1e9", "end_time": NIGHT}, "parameter_invalid_integer", "start_time"),
        (WHOLE | {"value_grouping_window": "month"}, "parameter_invalid", "value_grouping_window"),
        (WHOLE | {"value_grouping_window": "hour", "start_time": NIGHT - 60}, "parameter_invalid", "start_time"),
        (WHOLE | {"value_grouping_window": "day", "end_time": NIGHT + HOUR}, "parameter_invalid", "end_time"),
        (WHOLE | {"value_grouping_window": "day", "period": "month"}, "parameters_exclusive", "value_grouping_window"),
        (WHOLE | {"period": "year"}, "parameter_invalid", "period"),
        (WHOLE | {"anchor": NIGHT}, "parameter_invalid", "anchor"),
        (WHOLE | {"customer": "cus_nobody"}, "resource_missing", "customer"),
        (WHOLE | {"customer": ""}, "parameter_invalid_empty", "customer"),
        (WHOLE | {"limit": 0}, "parameter_invalid", "limit"),
        (WHOLE | {"starting_after": "mtrusg_x"}, "resource_missing", "starting_after"),
        (WHOLE | {"ending_before": "mtrusg_" + "a" * 24}, "resource_missing", "ending_before"),
        (WHOLE | {"ending_before": "a", "starting_after": "a"}, "parameters_exclusive", "ending_before"),
        (WHOLE | {"nothing": 1}, "parameter_unknown", "nothing"),
    ],
)
def test_what_is_refused(api: Api, store: Store, query: dict[str, object], code: str, param: str) -> None:
    """Each refusal names the parameter at fault."""
    fill(store)
    assert (400, code, param) == api.get(SUMMARIES, **query).error


def test_a_cursor_of_another_query_is_refused(api: Api, store: Store) -> None:
    """A summary of another customer, of days instead of hours, or out of the window is no place in this list."""
    fill(store)
    query: dict[str, Any] = {**WHOLE, "customer": CUSTOMER, "value_grouping_window": "hour"}
    mine = Scope(METER, CUSTOMER)
    for id_ in (
        summary_id(Scope(METER, None), NIGHT, NIGHT + HOUR),
        summary_id(mine, NIGHT, NIGHT + DAY),
        summary_id(mine, NIGHT - HOUR, NIGHT),
        summary_id(mine, NIGHT + DAY, NIGHT + DAY + HOUR),
        summary_id(mine, -(2**38), 0),
    ):
        assert (400, "resource_missing", "starting_after") == api.get(SUMMARIES, **query, starting_after=id_).error
    # Nothing need be there: a cursor is a place in time.
    assert 200 == api.get(SUMMARIES, **query, starting_after=summary_id(mine, NIGHT, NIGHT + HOUR)).status


def test_an_unknown_meter_is_missing(api: Api) -> None:
    """404, as for every thing that does not exist."""
    for path in ("event_summaries", "events"):
        assert (404, "resource_missing", "id") == api.get(f"/v1/billing/meters/mtr_none/{path}", **WHOLE).error


def test_absurd_windows_are_answered(api: Api, store: Store) -> None:
    """From 1970 to the year 2286, as one or by periods."""
    fill(store, [an_event(1)])
    query = {"start_time": 0, "end_time": 9_999_936_000}
    assert [(0, "1", 1)] == values(api, **query)
    assert [(NIGHT, "1", 1)] == values(api, value_grouping_window="day", customer=CUSTOMER, **query)
    assert 10 == len(values(api, period="month", **query))
    future = {"start_time": 9_999_849_600, "end_time": 9_999_936_000}
    assert [(future["start_time"], "0", 0)] == values(api, **future)
    assert [] == values(api, period="month", anchor=9_999_999_999, **future)


def test_usage_that_keeps_changing_may_be_asked_for_again(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with a code of its own, which clients take for a reason to try again."""
    fill(store, [an_event(1), an_event(2)])
    monkeypatch.setattr(hour_events, "_PAUSES", ())
    monkeypatch.setattr(dependencies.event_reader(), "read", lambda _: {})
    response = api.get(SUMMARIES, start_time=NIGHT, end_time=NIGHT + 60)
    assert (503, "usage_changing", None) == response.error
    assert "api_error" == json.loads(response.text)["error"]["type"]
    assert ("1", "true") == (response.headers["Retry-After"], response.headers["Stripe-Should-Retry"])


def test_too_much_to_read_is_refused(api: Api, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says that whole hours cost nothing."""
    fill(store, [an_event(1), an_event(2)])
    monkeypatch.setattr(hour_events, "MAX_EVENTS", 1)
    response = api.get(SUMMARIES, start_time=NIGHT, end_time=NIGHT + 60)
    assert (400, "filter_too_broad", "start_time") == response.error
    assert "whole hours" in response.json["error"]["message"]
    assert [(NIGHT, "2", 2)] == values(api, start_time=NIGHT, end_time=NIGHT + HOUR)


@pytest.mark.parametrize(
    ("path", "query"),
    [
        (SUMMARIES, {"start_time": 0, "end_time": NIGHT + HOUR}),
        (SUMMARIES, {"start_time": 0, "end_time": NIGHT + HOUR, "period": "month"}),
        (EVENTS, {"customer": CUSTOMER}),
        (EVENTS, {"start_time": NIGHT}),
        (EVENTS, {}),
        ("/v1/usage_reports", {"start_time": 0, "end_time": NIGHT + HOUR}),
    ],
)
def test_each_request_has_a_limit_of_what_it_reads(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch, path: str, query: dict[str, Any]
) -> None:
    """Whatever the parameters are. The answer says how much it is, and what to send. The next request starts anew."""
    fill(store, [an_event(1), an_event(2)])
    assert 200 == api.get(path, **query).status
    assert 200 == api.get(path, **query).status
    monkeypatch.setattr(read_limit, "MAX_READ_BYTES", 1)
    response = api.get(path, **query)
    assert (400, "filter_too_broad", "start_time") == response.error
    assert all(words in response.json["error"]["message"] for words in ("64 MB", "shorter window", "limit"))


def test_a_sum_that_is_too_long_is_refused(api: Api, store: Store) -> None:
    """No number is better than a wrong one."""
    owners = ("upl_" + letter * 26 for letter in "ab")
    fill(
        store,
        [an_event(1, value=number, upload=owner) for owner, number in zip(owners, ("9e30", "1e-12"), strict=True)],
    )
    assert (400, "sum_not_exact", None) == api.get(SUMMARIES, **WHOLE).error
