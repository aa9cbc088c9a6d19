"""Meters: Stripe's shapes, one active meter for an event name, and what is refused."""

import json
from typing import Any

import pytest

from meterdrop.adapters.catalog.meter_writes import EventNames
from meterdrop.api.http import dependencies
from meterdrop.domain.metering.meter import Meter
from tests.support.api.client import Api, ApiResponse
from tests.support.api.store import Store

METERS = "/v1/billing/meters"
NEW: dict[str, Any] = {
    "display_name": "AI search",
    "event_name": "ai_search_api",
    "default_aggregation": {"formula": "sum"},
}


def post(api: Api, path: str, *, token: str | None = None, **fields: Any) -> ApiResponse:
    """Write with the secret key, in JSON."""
    headers = {"content-type": "application/json"} | ({"idempotency-key": token} if token else {})
    return api.call("POST", path, body=json.dumps(fields), headers=headers)


def made(api: Api, **changes: Any) -> dict[str, Any]:
    """Make a meter."""
    response = post(api, METERS, **(NEW | changes))
    assert response.status == 200, response.text
    meter: dict[str, Any] = response.json
    return meter


def listed(api: Api, **query: object) -> list[str]:
    """Give the event names of a page."""
    return [meter["event_name"] for meter in api.get(METERS, **query).json["data"]]


def test_a_meter_has_stripes_shape(api: Api) -> None:
    """Every field of Stripe's is there; what was not given is Stripe's default."""
    meter = made(api)
    expected = {
        "id": meter["id"],
        "object": "billing.meter",
        "created": meter["created"],
        "customer_mapping": {"event_payload_key": "stripe_customer_id", "type": "by_id"},
        "default_aggregation": {"formula": "sum"},
        "display_name": "AI search",
        "event_name": "ai_search_api",
        "event_time_window": None,
        "last_change": meter["last_change"],
        "livemode": True,
        "status": "active",
        "status_transitions": {"deactivated_at": None},
        "updated": meter["created"],
        "value_settings": {"event_payload_key": "value"},
    }
    assert expected == meter
    assert expected == api.get(f"{METERS}/{meter['id']}").json


def test_a_meter_by_form(api: Api) -> None:
    """Stripe's client sends nested names; Meterdrop's own formulas are taken too."""
    body = (
        "display_name=Seats&event_name=seats&default_aggregation[formula]=max"
        "&customer_mapping[event_payload_key]=tenant&customer_mapping[type]=by_id"
        "&value_settings[event_payload_key]=seats"
    )
    meter = api.call("POST", METERS, body=body, headers={"content-type": "application/x-www-form-urlencoded"}).json
    assert meter["default_aggregation"] == {"formula": "max"}
    assert meter["customer_mapping"] == {"event_payload_key": "tenant", "type": "by_id"}
    assert meter["value_settings"] == {"event_payload_key": "seats"}


def test_ingest_reads_what_the_api_made(api: Api) -> None:
    """A meter made by the API is a meter to ingest, with every attribute."""
    made(
        api, customer_mapping={"event_payload_key": "tenant", "type": "by_id"}, default_aggregation={"formula": "last"}
    )
    (meter,) = dependencies.meters().list_meters()
    assert ("payload_tenant", "payload_value", "last", True) == (
        meter.customer_column,
        meter.value_column,
        meter.formula,
        meter.active,
    )


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"event_time_window": "day"}, "parameter_unknown", "event_time_window"),
        ({"price": "price_1"}, "parameter_unknown", "price"),
        ({"display_name": ""}, "parameter_invalid_empty", "display_name"),
        ({"display_name": " \t"}, "parameter_invalid_empty", "display_name"),
        ({"display_name": "a\nb"}, "parameter_invalid", "display_name"),
        ({"display_name": "x" * 251}, "parameter_invalid", "display_name"),
        ({"event_name": "x" * 101}, "parameter_invalid", "event_name"),
        ({"event_name": " a"}, "parameter_invalid", "event_name"),
        ({"event_name": "a\u2029b"}, "parameter_invalid", "event_name"),
        ({"event_name": "half a character: \ud800"}, "parameter_invalid", "event_name"),
        ({"event_name": "'=1+1"}, "parameter_invalid", "event_name"),
        ({"event_name": 5}, "parameter_invalid", "event_name"),
        ({"default_aggregation": {"formula": "median"}}, "parameter_invalid", "default_aggregation[formula]"),
        ({"default_aggregation": {}}, "parameter_missing", "default_aggregation[formula]"),
        ({"default_aggregation": "sum"}, "parameter_invalid", "default_aggregation"),
        (
            {"customer_mapping": {"event_payload_key": "a", "type": "by_email"}},
            "parameter_invalid",
            "customer_mapping[type]",
        ),
        ({"customer_mapping": {"event_payload_key": "a"}}, "parameter_missing", "customer_mapping[type]"),
        (
            {"customer_mapping": {"event_payload_key": "x" * 101, "type": "by_id"}},
            "parameter_invalid",
            "customer_mapping[event_payload_key]",
        ),
        (
            {"value_settings": {"event_payload_key": "v ", "kind": 1}},
            "parameter_invalid",
            "value_settings[event_payload_key]",
        ),
        (
            {"value_settings": {"event_payload_key": "stripe_customer_id"}},
            "parameter_invalid",
            "value_settings[event_payload_key]",
        ),
    ],
)
def test_what_cannot_be_is_refused(api: Api, changes: dict[str, Any], code: str, param: str) -> None:
    """The parameter at fault is named, nothing is ignored, and nothing is made."""
    assert (400, code, param) == post(api, METERS, **(NEW | changes)).error
    assert listed(api) == []


@pytest.mark.parametrize("name", NEW)
def test_what_is_required(api: Api, name: str) -> None:
    """A meter has a name for people, a name for events, and a formula."""
    assert (400, "parameter_missing", name) == post(api, METERS, **{key: NEW[key] for key in NEW if key != name}).error


def test_an_event_name_belongs_to_one_active_meter(api: Api) -> None:
    """The message names the meter that has it; once that is inactive, another may have it, but not both."""
    first = made(api)
    cell_error = post(api, METERS, **NEW)
    assert (400, "resource_already_exists", "event_name") == cell_error.error
    assert first["id"] in cell_error.json["error"]["message"]
    assert post(api, f"{METERS}/{first['id']}/deactivate").json["status"] == "inactive"
    second = made(api)
    cell_error = post(api, f"{METERS}/{first['id']}/reactivate")
    assert (400, "resource_already_exists", "id") == cell_error.error
    assert second["id"] in cell_error.json["error"]["message"]
    assert post(api, f"{METERS}/{second['id']}/deactivate").status == 200
    assert post(api, f"{METERS}/{first['id']}/reactivate").json["status"] == "active"


def test_deactivating_and_reactivating(api: Api) -> None:
    """The moment is shown; twice is an error; what is counted for is unchanged."""
    meter = made(api)
    path = f"{METERS}/{meter['id']}"
    assert (400, "meter_active", "id") == post(api, f"{path}/reactivate").error
    inactive = post(api, f"{path}/deactivate").json
    assert inactive["updated"] == inactive["status_transitions"]["deactivated_at"] >= meter["created"]
    assert inactive == api.get(path).json
    assert (400, "archived_meter", "id") == post(api, f"{path}/deactivate").error
    active = post(api, f"{path}/reactivate").json
    changed = {name: active[name] for name in ("updated", "last_change")}
    assert {**meter, **changed} == active == api.get(path).json


def test_renaming(api: Api) -> None:
    """The display name may change, and nothing else."""
    meter = made(api)
    path = f"{METERS}/{meter['id']}"
    assert post(api, path, display_name=" Search ").json["display_name"] == "Search"
    assert api.get(path).json["display_name"] == "Search"
    assert post(api, path).json["display_name"] == "Search"
    assert (400, "parameter_unknown", "event_name") == post(api, path, event_name="b").error
    assert (400, "parameter_invalid_empty", "display_name") == post(api, path, display_name="").error


@pytest.mark.parametrize("path", ["", "/deactivate", "/reactivate"])
def test_unknown_meters(api: Api, path: str) -> None:
    """What is not there is missing, whatever is done with it; what is unknown of a body is refused."""
    body = {"display_name": "x"} if path == "" else {}
    assert (404, "resource_missing", "id") == post(api, f"{METERS}/mtr_nobody{path}", **body).error
    assert (400, "parameter_unknown", "reason") == post(api, f"{METERS}/mtr_nobody{path}", reason="none").error
    assert (404, "resource_missing", "id") == api.get(f"{METERS}/mtr_nobody").error
    assert (404, "resource_missing", "id") == post(api, f"{METERS}/{'x' * 5_000}{path}", **body).error


def test_paging(api: Api, store: Store) -> None:
    """Newest first, by cursor in both directions, and by status; a cursor need not match the status."""
    for number in range(7):
        status = "inactive" if number % 2 else "active"
        store.put_meter(f"mtr_{number}", f"m{number}", status=status, created=number // 2)  # type: ignore[arg-type]
    everything = ["m6", "m5", "m4", "m3", "m2", "m1", "m0"]
    assert listed(api) == everything
    assert listed(api, limit=2, starting_after="mtr_5") == ["m4", "m3"]
    assert listed(api, limit=2, ending_before="mtr_3") == ["m5", "m4"]
    assert listed(api, status="inactive", starting_after="mtr_4") == ["m3", "m1"]
    page = api.get(METERS, limit=6).json
    assert ("list", True, METERS) == (page["object"], page["has_more"], page["url"])
    assert api.get(METERS, limit=7).json["has_more"] is False
    assert (400, "resource_missing", "starting_after") == api.get(METERS, starting_after="mtr_9").error
    assert (400, "parameters_exclusive", "ending_before") == api.get(
        METERS, starting_after="mtr_1", ending_before="mtr_2"
    ).error
    assert (400, "parameter_invalid", "status") == api.get(METERS, status="gone").error


def test_a_repeat_after_a_crash_finds_what_was_made(api: Api, store: Store) -> None:
    """Where the answer was not remembered, the same key leads to the meter all the same; another use of it does not."""
    first = post(api, METERS, token="t", **NEW)
    for item in store.items("idempotency"):
        store.client.delete_item(TableName="idempotency", Key={"id": {"S": item["id"]}})
    again = post(api, METERS, token="t", **NEW)
    assert (200, first.json) == (again.status, again.json)
    for item in store.items("idempotency"):
        store.client.delete_item(TableName="idempotency", Key={"id": {"S": item["id"]}})
    other = post(api, METERS, token="t", **(NEW | {"event_name": "other"}))
    assert (400, "idempotency_key_reused", None) == other.error
    assert listed(api) == ["ai_search_api"]


def test_a_meter_written_by_hand(api: Api, store: Store) -> None:
    """It may lack what has a default, keeps its name from others, and can be deactivated and reactivated."""
    key = {"pk": "meters", "sk": "mtr_hand", "form": 1}
    store.put("catalog", {**key, "id": "mtr_hand", "event_name": "ai_search_api", "status": "active"})
    assert api.get(f"{METERS}/mtr_hand").json["value_settings"] == {"event_payload_key": "value"}
    assert (400, "resource_already_exists", "event_name") == post(api, METERS, **NEW).error
    assert post(api, f"{METERS}/mtr_hand/deactivate").status == 200
    assert post(api, f"{METERS}/mtr_hand/reactivate").status == 200
    assert (400, "resource_already_exists", "event_name") == post(api, METERS, **NEW).error


def test_a_name_whose_meter_was_deactivated_by_hand(api: Api, store: Store) -> None:
    """A claim that nobody took back goes over to the next meter of the name."""
    first = made(api)
    store.client.update_item(
        TableName="catalog",
        Key={"pk": {"S": "meters"}, "sk": {"S": first["id"]}},
        UpdateExpression="SET #status = :inactive",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":inactive": {"S": "inactive"}},
    )
    second = made(api)
    assert (400, "resource_already_exists", "id") == post(api, f"{METERS}/{first['id']}/reactivate").error
    assert post(api, f"{METERS}/{second['id']}/deactivate").status == 200


def test_a_name_that_is_taken_in_the_last_moment(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looked and saw nobody is stopped by the claim, looks again, and is told."""
    look, rivals = EventNames.claim, [NEW]

    def look_and_wait(self: EventNames, meter: Meter) -> Any:
        writes = look(self, meter)
        if rivals:
            rivals.pop()
            made(api)
        return writes

    monkeypatch.setattr(EventNames, "claim", look_and_wait)
    assert (400, "resource_already_exists", "event_name") == post(api, METERS, **NEW).error
    assert listed(api) == ["ai_search_api"]
