"""Every answer of a route that Stripe has, by Stripe's description, and each row of the tables in docs/stripe.md."""

import json
import re
from collections.abc import Iterator, Mapping
from math import inf
from typing import Any

import pytest

from meterdrop.api.app import openapi_document
from meterdrop.api.http.auth import SESSION_PATH, STREAM_PATH
from tests.support.api.client import Api, ApiResponse
from tests.support.api.store import READ_KEY, SECRET_KEY, Store
from tests.support.stripe_description import description, fields, operations, parameters
from tests.support.stripe_guide import FIELDS, GUIDE, NOT_THERE, ONLY_HERE, PARAMETERS, ROUTES, STRICT, SUPPORTED, THERE

_PLACEHOLDER = re.compile(r"{[^}]*}")
NOW = 1_727_222_400
CURSORS = {"starting_after", "ending_before"}
"""They are IDs, which are shorter than Stripe allows."""
COMPONENTS = {"error": "api_errors"}
"""The names of objects in the description where they are others."""
DOCUMENT = json.loads(openapi_document())


@pytest.fixture
def known(api: Api, store: Store) -> Mapping[str, str]:
    """Make a meter with usage, and customers; return what takes the place of `{id}` and `{customer}` in paths."""
    store.put_customer("cus_1")
    meter = send(api, "POST", "/v1/billing/meters", METER).json["id"]
    inactive = send(api, "POST", "/v1/billing/meters", METER | {"event_name": "old"}).json["id"]
    send(api, "POST", f"/v1/billing/meters/{inactive}/deactivate")
    for identifier in ("a", "b"):
        send(api, "POST", "/v1/billing/meter_events", EVENT | {"identifier": identifier})
    send(api, "POST", "/v1/customers", CUSTOMER | {"id": "cus_full"})
    send(api, "POST", "/v1/customers", {"id": "cus_gone"})
    send(api, "DELETE", "/v1/customers/cus_gone")
    return {"id": meter, "inactive": inactive}


METER = {"display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"}}
EVENT = {"event_name": "calls", "payload": {"stripe_customer_id": "cus_1", "value": "2.5"}, "timestamp": NOW}
V2_EVENT = EVENT | {"timestamp": "2024-09-25T00:00:00.250Z"}
CANCEL = {"event_name": "calls", "type": "cancel", "cancel": {"identifier": "a"}}
WINDOW = {"start_time": NOW, "end_time": NOW + 86_400}
ADDRESS = {"line1": "1 Main St", "city": "Ulm"}
CUSTOMER = {
    "name": "Ada", "email": "ada@example.com", "description": "d", "phone": "1", "metadata": {"plan": "pro"},
    "address": ADDRESS, "shipping": {"name": "Ada", "address": ADDRESS}, "preferred_locales": ["de"],
    "tax_exempt": "reverse",
}  # fmt: skip
GOOD: dict[str, list[tuple[str, Mapping[str, object]]]] = {
    "GET /v1/billing/meters": [("", {}), ("", {"limit": 1}), ("", {"status": "inactive"})],
    "POST /v1/billing/meters": [
        ("", METER | {"event_name": formula, "default_aggregation": {"formula": formula}})
        for formula in ("sum", "count", "last", "max", "min")
    ],
    "GET /v1/billing/meters/{id}": [("{id}", {}), ("{inactive}", {})],
    "POST /v1/billing/meters/{id}": [("{id}", {"display_name": "x"}), ("{id}", {})],
    "POST /v1/billing/meters/{id}/deactivate": [("{id}", {})],
    "POST /v1/billing/meters/{id}/reactivate": [("{inactive}", {})],
    "GET /v1/billing/meters/{id}/event_summaries": [
        ("{id}", WINDOW),
        ("{id}", WINDOW | {"customer": "cus_1", "value_grouping_window": "hour"}),
        ("{id}", {"period": "month", **WINDOW}),
    ],
    "POST /v1/billing/meter_events": [("", EVENT), ("", EVENT | {"identifier": "c", "timestamp": "2024-09-25"})],
    "POST /v1/billing/meter_event_adjustments": [("", CANCEL)],
    "GET /v1/customers": [("", {}), ("", {"email": "ada@example.com"}), ("", {"limit": 1})],
    "POST /v1/customers": [("", {}), ("", CUSTOMER)],
    "GET /v1/customers/{customer}": [("cus_1", {}), ("cus_full", {}), ("cus_gone", {})],
    "POST /v1/customers/{customer}": [("cus_1", CUSTOMER), ("cus_full", {"address": "", "shipping": ""})],
    "DELETE /v1/customers/{customer}": [("cus_1", {})],
    "POST /v2/billing/meter_event_adjustments": [("", CANCEL)],
    "POST /v2/billing/meter_event_session": [("", {})],
    "POST /v2/billing/meter_event_stream": [("", {"events": [V2_EVENT, V2_EVENT | {"identifier": "c"}]})],
    "POST /v2/billing/meter_events": [("", V2_EVENT), ("", V2_EVENT | {"identifier": "c", "timestamp": NOW})],
    "GET /v1/customers/search": [("", {"query": "name~'ada'"}), ("", {"query": "-name:null OR id~'c'", "limit": 1})],
}
"""Good requests of each route: what takes the place of the placeholder, and the parameters."""


def send(api: Api, method: str, path: str, fields: Mapping[str, object] = {}) -> ApiResponse:
    """Send a request as a program does: parameters of a read in the query, of a write in JSON. Streams get a token."""
    if method == "GET":
        return api.call(method, path, key=READ_KEY, query={name: str(value) for name, value in fields.items()})
    key = api.call("POST", SESSION_PATH).json["authentication_token"] if path == STREAM_PATH else SECRET_KEY
    body = json.dumps(fields) if fields else None
    return api.call(method, path, key=key, body=body, headers={"content-type": "application/json"})


def path_of(route: str, place: str, known: Mapping[str, str]) -> tuple[str, str]:
    """Return method and path of a route."""
    method, path = route.split(" ")
    return method, _PLACEHOLDER.sub(place.format(**known), path)


def check(route: str, response: ApiResponse) -> ApiResponse:
    """Compare a response with the description."""
    method, path = route.split(" ")
    assert STRICT.errors(method, path, response.status, response.json) == [], response.text
    return response


def test_no_unknown_field_is_overlooked() -> None:
    """The comparison is strict, inside of lists as well; a field is null only where the description says so."""
    meters = {"object": "list", "data": [], "has_more": False, "url": "/v1/billing/meters"}
    assert STRICT.errors("GET", "/v1/billing/meters", 200, meters) == []
    for wrong in (meters | {"more": 1}, meters | {"data": [{}]}, meters | {"url": None}):
        assert STRICT.errors("GET", "/v1/billing/meters", 200, wrong)
    for error in ({"type": "api_error", "param": None}, {"type": "other"}, {"type": "api_error", "hint": "x"}):
        assert STRICT.errors("GET", "/v1/customers", 400, {"error": error})
    session = {"object": "v2.billing.meter_event_session", "id": "x", "authentication_token": "x", "livemode": True}
    times = {"created": "2024-09-25T00:00:00.000Z", "expires_at": "2024-09-25T00:15:00.000Z"}
    assert STRICT.errors("POST", SESSION_PATH, 200, session | times) == []
    assert STRICT.errors("POST", SESSION_PATH, 200, session | times | {"created": "2024-09-25 00:00"})
    error = {"code": "no_meter", "message": "x", "type": "invalid_request_error"}
    assert STRICT.errors("POST", "/v2/billing/meter_events", 400, {"error": error}) == []
    assert STRICT.errors("POST", "/v2/billing/meter_events", 400, {"error": error | {"param": "event_name"}})


@pytest.mark.parametrize("route", SUPPORTED)
def test_every_answer_is_as_described(api: Api, known: Mapping[str, str], route: str) -> None:
    """Good requests, unknown parameters, unknown objects, no key, a key that only reads, and another method."""
    for place, given in GOOD[route]:
        method, path = path_of(route, place, known)
        assert check(route, send(api, method, path, given)).status == 200
    method, path = path_of(route, "nobody", known)
    assert check(route, send(api, method, path, {"unknown": "x"})).status in {400, 404}
    assert check(route, send(api, method, path, {"expand": ["a"]})).status in {200, 400, 404}
    assert check(route, api.call(method, path, key=None)).error == (401, "api_key_invalid", None)
    if method != "GET":
        refused = (401, "api_key_invalid", None) if path == STREAM_PATH else (403, "permission_missing", None)
        assert check(route, api.call(method, path, key=READ_KEY)).error == refused
    assert check(route, api.call("PATCH", path)).error == (405, "method_not_allowed", None)


def test_every_route_of_stripe_is_in_the_table(api: Api) -> None:
    """Those that have no row of their own are not there: 404, whatever is sent."""
    described = {f"{method} {path}" for method, path in operations()}
    assert set(ROUTES) - {"all other routes"} <= described
    assert {route for route, here in ROUTES.items() if here == NOT_THERE} == {"all other routes"}
    for route in sorted(described - set(ROUTES)):
        method, path = path_of(route, "x", {})
        response = send(api, method, path, {"limit": "3"})
        # A step like `search` may be an ID: there is no such object, or no such method of it.
        assert response.error[:2] in {(404, "resource_missing"), (405, "method_not_allowed")}, (route, response.text)


def described_parameters() -> Iterator[tuple[str, str]]:
    """Yield each parameter that Stripe has for a route that is here."""
    for route in SUPPORTED:
        yield from ((route, name) for name in parameters(*route.split(" ")))


def test_every_parameter_of_stripe_is_in_the_table() -> None:
    """And no other, but those that are only here."""
    own = {row for row, here in PARAMETERS.items() if here == ONLY_HERE or row[1] == "expand"}
    assert set(described_parameters()) - own == set(PARAMETERS) - own


@pytest.mark.parametrize("route", SUPPORTED)
def test_a_parameter_is_there_or_refused(api: Api, known: Mapping[str, str], route: str) -> None:
    """Whatever is not there is refused by its name, not ignored; a text that is there is as long as Stripe's."""
    place, given = GOOD[route][-1]
    method, path = path_of(route, place, known)
    for name, here in ((name, here) for (of, name), here in PARAMETERS.items() if of == route):
        response = check(route, send(api, method, path, {**given, name: given.get(name, "x")}))
        is_unknown = response.status == 400 and response.error == (400, "parameter_unknown", name)
        assert is_unknown == (here == NOT_THERE), (name, response.text)
        if here == THERE and name not in CURSORS:
            limit = parameters(*route.split(" "))[name].get("maxLength", 0)
            assert longest(own_parameters(route)[name]) >= limit, name


def own_parameters(route: str) -> dict[str, Any]:
    """Return the schemas of a route's parameters by name."""
    method, path = route.split(" ")
    [operation] = [
        operations[method.lower()]
        for own_path, operations in DOCUMENT["paths"].items()
        if _PLACEHOLDER.sub("{}", own_path) == _PLACEHOLDER.sub("{}", path) and method.lower() in operations
    ]
    found = {each["name"].partition("[")[0]: each["schema"] for each in operation.get("parameters", [])}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        model = DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
        found |= model["properties"]
    return found


def longest(schema: Any) -> float:
    """Return the maximum length of a text, infinite if there is none."""
    return max((each["maxLength"] for each in [schema, *schema.get("anyOf", [])] if "maxLength" in each), default=inf)


def test_every_field_of_stripe_is_in_the_table(api: Api, known: Mapping[str, str]) -> None:
    """Each object has the fields that the table names, and no others."""
    responses = {
        "billing.meter": send(api, "GET", f"/v1/billing/meters/{known['id']}").json,
        "billing.meter_event": send(api, "POST", "/v1/billing/meter_events", EVENT).json,
        "billing.meter_event_adjustment": send(api, "POST", "/v1/billing/meter_event_adjustments", CANCEL).json,
        "billing.meter_event_summary": send(
            api, "GET", f"/v1/billing/meters/{known['id']}/event_summaries", WINDOW
        ).json["data"][0],
        "customer": send(api, "GET", "/v1/customers/cus_full").json,
        "deleted_customer": send(api, "GET", "/v1/customers/cus_gone").json,
        "error": send(api, "GET", "/v1/customers/nobody").json["error"],
        "v2.billing.meter_event": send(api, "POST", "/v2/billing/meter_events", V2_EVENT).json,
        "v2.billing.meter_event_adjustment": send(api, "POST", "/v2/billing/meter_event_adjustments", CANCEL).json,
        "v2.billing.meter_event_session": send(api, "POST", SESSION_PATH).json,
        "v2.error": send(api, "POST", "/v2/billing/meter_events").json["error"],
    }
    assert set(responses) == {name for name, _ in FIELDS}
    for name, response in responses.items():
        table = {field: here for (of, field), here in FIELDS.items() if of == name}
        stripes = fields(COMPONENTS.get(name, name))
        assert {field for field, here in table.items() if here != ONLY_HERE} == stripes
        assert {field for field, here in table.items() if here != NOT_THERE} == set(response)
        assert not stripes & {field for field, here in table.items() if here == ONLY_HERE}


def test_the_guide_names_the_version() -> None:
    """Whoever locks another version of the description sees what changed."""
    assert f"`{description()['info']['version']}`" in GUIDE.read_text()
