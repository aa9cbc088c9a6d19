"""The live feed on the wire: what an event shows, filters, pages, and what is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.support.api.client import Api
from tests.support.api.moto_wire import MotoClient
from tests.support.api.store import Store, an_upload
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

A_PARTNERS, FORMER_PARTNERS = f"upl_{'c' * 26}", f"upl_{'d' * 26}"
ODD = "a b/ü+&%#\\\"'"


@pytest.fixture
def no_query(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the queries of tables that the API makes."""
    queries: list[str] = []
    call = MotoClient.call

    def noted(self: MotoClient, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        queries.extend([request["TableName"]] if operation == "Query" else [])
        return call(self, operation, request)

    monkeypatch.setattr(MotoClient, "call", noted)
    return queries


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


def test_an_identifier_finds_its_events(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch, no_query: list[str]
) -> None:
    """The owner's and those of partners, newest received first, whatever else the feed has; no list is read."""
    monkeypatch.setenv("PARTNERS", '{"acme": {}, "globex": {}}')
    row_id = f"{UPLOAD}:5"
    fill(
        store,
        [
            *(an_event(row, NIGHT + row, id=f"other {row}") for row in range(1, 4)),
            an_event(4, NIGHT, id="é", cancelled=NIGHT + 3 * DAY),
            an_event(5, NIGHT + 5),
            an_event(6, NIGHT + 9 * HOUR, id=" acme/é", partner="acme", upload=A_PARTNERS, customer=OTHER),
            an_event(7, id=" former/é", partner="former", upload=FORMER_PARTNERS, received=NIGHT),
            an_event(8, NIGHT + 5, id=" acme/of acme", partner="acme", upload=A_PARTNERS),
        ],
    )
    store.put_upload(an_upload(id=A_PARTNERS, partner="acme"))  # its cursors name it
    # Both arrived at one time. Then the order is that of the owners.
    found = api.get(EVENTS, identifier="é").json
    assert [("é", "acme", None), ("é", None, NIGHT + 3 * DAY)] == [
        (each["identifier"], each["partner"], each["cancelled"]) for each in found["data"]
    ]
    assert False is found["has_more"]
    cases: list[tuple[dict[str, object], list[str | None]]] = [
        ({"identifier": " e\u0301 "}, ["acme", None]),
        ({"identifier": "é", "partner": "owner"}, [None]),
        ({"identifier": "é", "partner": "acme"}, ["acme"]),
        ({"identifier": "é", "partner": "globex"}, []),
        ({"identifier": "é", "partner": "former"}, ["former"]),
        ({"identifier": "é", "customer": OTHER}, ["acme"]),
        ({"identifier": "é", "end_time": NIGHT + 9 * HOUR}, [None]),
        ({"identifier": "é", "limit": 1}, ["acme"]),
        ({"identifier": "é", "starting_after": f"{A_PARTNERS}:=é"}, [None]),
        ({"identifier": "é", "ending_before": "é"}, ["acme"]),
        ({"identifier": row_id}, [None]),
        ({"identifier": row_id, "partner": "acme"}, []),
        ({"identifier": "of acme"}, ["acme"]),
    ]
    for query, expected in cases:
        response = api.get(EVENTS, **query).json
        assert (query, expected) == (query, [each["partner"] for each in response["data"]])
        assert query.get("limit") == 1 or not response["has_more"]
    for nothing in (
        "É",
        "acme/é",
        " acme/é",
        f"{A_PARTNERS}:=é",
        f"{UPLOAD}:99",
        "other",
        " ",
        "\0",
        "\n",
        "e\u0301" * 50,
    ):
        assert [] == ids(api, identifier=nothing)
    assert [] == no_query


def test_an_identifier_of_another_meter_is_not_found(api: Api, store: Store) -> None:
    """The feed is that of one meter."""
    fill(store, [an_event(1, id="elsewhere", meter="mtr_other")])
    assert [] == ids(api, identifier="elsewhere")


@pytest.mark.parametrize(
    ("query", "code", "param"),
    [
        ({"identifier": ""}, "parameter_invalid_empty", "identifier"),
        ({"identifier": "x" * 101}, "parameter_invalid", "identifier"),
        ({"identifier": "x", "starting_after": "1"}, "resource_missing", "starting_after"),
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
