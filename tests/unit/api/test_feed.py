"""The live feed on the wire: what an event shows, filters, pages, and what is refused."""

from typing import Any

import pytest

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
    UPLOAD,
    an_event,
    fill,
)

ODD = "a b/ü+&%#\\\"'"


def ids(api: Api, **query: object) -> list[str]:
    """Ask, and give the identifiers of a page."""
    response = api.get(EVENTS, **query)
    assert response.status == 200, response.text
    return [each["identifier"] for each in response.json["data"]]


def test_an_event_shows_what_is_stored(api: Api, store: Store) -> None:
    """Of a file: upload and row; the payload has the meter's keys put back, and values are plain text."""
    event = an_event(7, NIGHT + 5, "400.50", payload={"model": "big"}, cancelled=NIGHT + 3 * DAY)
    fill(store, [event], customer_key="tenant", value_key="seats")
    assert {
        "object": "list",
        "data": [
            {
                "id": f"{UPLOAD}:7",
                "object": "billing.meter_event",
                "cancelled": NIGHT + 3 * DAY,
                "created": NIGHT + 2 * DAY,
                "customer": CUSTOMER,
                "event_name": "ai_search_api",
                "identifier": f"{UPLOAD}:7",
                "last_change": None,
                "livemode": True,
                "partner": None,
                "payload": {"tenant": CUSTOMER, "seats": "400.5", "model": "big"},
                "row_number": 7,
                "timestamp": NIGHT + 5,
                "upload": UPLOAD,
                "value": "400.5",
            }
        ],
        "has_more": False,
        "url": EVENTS,
    } == api.get(EVENTS).json


def test_an_event_by_hand_has_no_upload(api: Api, store: Store) -> None:
    """Neither upload nor row, and no value where it has none."""
    fill(store, [an_event(1, value=None, upload=BY_HAND, id="hand")])
    [event] = api.get(EVENTS).json["data"]
    assert (None, None, None, None) == (event["upload"], event["row_number"], event["value"], event["cancelled"])
    assert {"stripe_customer_id": CUSTOMER} == event["payload"]


def test_newest_received_comes_first(api: Api, store: Store) -> None:
    """By arrival, not by when it happened; of one arrival the later hour, then the later row."""
    late: dict[str, Any] = {"upload": BY_HAND, "received": NIGHT + 3 * DAY}
    fill(
        store,
        [
            an_event(1, NIGHT + HOUR, id="hour 1, row 1"),
            an_event(2, NIGHT + HOUR, id="hour 1, row 2"),
            an_event(3, NIGHT + 1, id="hour 0, row 3"),
            an_event(1, NIGHT - 9 * DAY, id="by hand", **late),
        ],
    )
    assert ["by hand", "hour 1, row 2", "hour 1, row 1", "hour 0, row 3"] == ids(api)


def test_filters_narrow(api: Api, store: Store) -> None:
    """By customer and by time, the start inside and the end outside; a deleted customer's events are there."""
    fill(
        store,
        [
            an_event(1, NIGHT, id="1"),
            an_event(2, NIGHT + 59, id="2", customer=OTHER),
            an_event(3, NIGHT + 60, id="3"),
            an_event(4, NIGHT + 40 * DAY, id="4", customer=DELETED),
        ],
    )
    cases: list[tuple[dict[str, object], list[str]]] = [
        ({}, ["4", "3", "2", "1"]),
        ({"customer": CUSTOMER}, ["3", "1"]),
        ({"customer": OTHER}, ["2"]),
        ({"customer": DELETED}, ["4"]),
        ({"start_time": NIGHT + 59}, ["4", "3", "2"]),
        ({"end_time": NIGHT + 60}, ["2", "1"]),
        ({"start_time": NIGHT, "end_time": NIGHT + 1, "customer": CUSTOMER}, ["1"]),
        ({"start_time": NIGHT + 1, "end_time": NIGHT + 2}, []),
    ]
    for query, expected in cases:
        assert expected == ids(api, **query)


@pytest.mark.parametrize("query", [{}, {"customer": CUSTOMER}, {"start_time": NIGHT}])
def test_pages_by_identifiers(api: Api, store: Store, query: dict[str, Any]) -> None:
    """Whatever an identifier holds, it is a cursor, forwards and backwards."""
    fill(store, [an_event(row, NIGHT + row, id=f"{row}{ODD}" if row % 2 else f"{UPLOAD}:{row}") for row in range(1, 8)])
    everything = ids(api, **query)
    assert 7 == len(everything)
    for place, id_ in enumerate(everything):
        behind = api.get(EVENTS, **query, limit=3, starting_after=id_).json
        assert everything[place + 1 : place + 4] == [each["identifier"] for each in behind["data"]]
        assert (place + 4 < 7) is behind["has_more"]
        ahead = api.get(EVENTS, **query, limit=3, ending_before=id_).json
        assert everything[max(place - 3, 0) : place] == [each["identifier"] for each in ahead["data"]]
        assert (place > 3) is ahead["has_more"]


def test_the_feed_ends_after_a_hundred(api: Api, store: Store) -> None:
    """Without a filter; with one there is no end before the last."""
    fill(store, [an_event(row, NIGHT + row) for row in range(1, 121)])
    last = api.get(EVENTS, limit=100).json
    assert (100, False) == (len(last["data"]), last["has_more"])
    everything = api.get(EVENTS, limit=100, customer=CUSTOMER).json
    assert (last["data"], True) == (everything["data"], everything["has_more"])


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"customer": "c" * 101}, "parameter_invalid", "customer"),
        ({"start_time": NIGHT, "end_time": NIGHT}, "parameter_invalid", "end_time"),
        ({"start_time": "now"}, "parameter_invalid_integer", "start_time"),
        ({"starting_after": "nothing"}, "resource_missing", "starting_after"),
        ({"starting_after": "x" * 101}, "parameter_invalid", "starting_after"),
        ({"ending_before": "of another meter"}, "resource_missing", "ending_before"),
        ({"ending_before": "1", "customer": OTHER}, "resource_missing", "ending_before"),
        ({"starting_after": "1", "start_time": NIGHT + 1}, "resource_missing", "starting_after"),
        ({"starting_after": "1", "ending_before": "1"}, "parameters_exclusive", "ending_before"),
        ({"meter": METER}, "parameter_unknown", "meter"),
    ],
)
def test_what_is_refused(api: Api, store: Store, query: dict[str, object], code: str, param: str) -> None:
    """A cursor has to be one of the events that are asked for."""
    fill(store, [an_event(1, id="1"), an_event(2, id="of another meter", meter="mtr_other")])
    assert (400, code, param) == api.get(EVENTS, **query).error
