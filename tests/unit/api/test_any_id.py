"""Whatever text stands where an id belongs: it is judged before AWS is asked, and never an error of ours."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from meterdrop.settings import dynamodb
from tests.support.api.client import Api, ApiResponse, sample
from tests.support.api.store import SECRET_KEY, Store
from tests.unit.api.test_customers import made

SURROGATE = "\ud800"
LONGEST_KEY = 2_048
"""Bytes of a partition key of DynamoDB."""
LONG = "x" * (LONGEST_KEY + 1)
TOO_LONG = "ü" * 40_000
TEXTS = [
    SURROGATE,
    f"a{SURROGATE}b",
    LONG,
    TOO_LONG,
    "😀" * 100,
    "",
    " ",
    "\0",
    "\n",
    "#",
    "a/b",
    "?",
    "%",
    "..",
    "upl_",
]
IN_QUERIES = {
    "/v1/uploads": (
        "starting_after", "ending_before", "parent", "partner", "key", "key_prefix", "key_contains", "file_name",
        "kind", "dry_run", "status", "created[gt]",
    ),
    "/v1/open_uploads": ("starting_after", "ending_before", "kind", "partner", "created[gt]"),
    "/v1/customers": ("starting_after", "ending_before", "email", "created"),
    "/v1/customers/search": ("query", "page"),
    "/v1/billing/meters": ("starting_after", "ending_before", "status"),
    "/v1/billing/meters/<>/events": ("customer", "identifier", "starting_after", "ending_before"),
    "/v1/billing/meters/<>/event_summaries": ("customer", "starting_after", "ending_before", "anchor"),
    "/v1/template.csv": ("meter", "kind"),
    "/v1/billing_periods": ("starting_after", "ending_before"),
}  # fmt: skip
IN_PATHS = {
    "/v1/uploads/<>": "GET",
    "/v1/uploads/<>/file": "GET",
    "/v1/uploads/<>/error_file": "GET",
    "/v1/uploads/<>/revert": "POST",
    "/v1/uploads/<>/reprocess": "POST",
    "/v1/billing_periods/<>": "GET",
    "/v1/billing_periods/<>/close": "POST",
    "/v1/billing_periods/<>/statements": "GET",
    "/v1/billing_periods/<>/statements/1": "GET",
    "/v1/billing_periods/<>/reconciliation": "GET",
    "/v1/customers/<>": "GET",
    "/v1/billing/meters/<>": "GET",
    "/v1/billing/meters/<>/deactivate": "POST",
    "/v1/billing/meters/<>/events": "GET",
    "/v1/billing/meters/<>/event_summaries": "GET",
}
EVENT = {"event_name": "ai_search_api", "payload": {"stripe_customer_id": "c1", "value": "1"}, "identifier": "i1"}
CANCEL = {"event_name": "ai_search_api", "type": "cancel", "cancel": {"identifier": "i1"}}
METER = {"display_name": "d", "event_name": "ai_search_api", "default_aggregation": {"formula": "sum"}}
IN_BODIES: list[tuple[str, Any]] = [
    ("/v1/billing/meter_events", EVENT),
    ("/v1/billing/meter_event_adjustments", CANCEL),
    ("/v1/customers", {"id": "c2", "name": "n", "email": "e", "description": "d", "metadata": {"k": "v"}}),
    ("/v1/customers/c1", {"name": "n", "email": "e", "description": "d", "metadata": {"k": "v"}}),
    ("/v1/billing/meters", METER),
    ("/v1/uploads", {"file_name": "f.csv", "kind": "usage", "dry_run": "true"}),
]
any_text = st.sampled_from(TEXTS) | st.text(st.characters(), max_size=8) | st.text(min_size=90, max_size=120)
bounded = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def refuse_as_aws(params: dict[str, Any], **_: object) -> None:
    """Raise where DynamoDB would and moto does not: a key too long or empty, half a character anywhere."""
    for name, text in key_texts(params):
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            size = 0
        if not 0 < size <= LONGEST_KEY and name in {"pk", "sk", "id", ":pk"}:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "no such key"}}, "any")


def key_texts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts of a call, each with the name of its attribute."""
    if isinstance(value, dict):
        for inner_name, inner in value.items():
            if inner_name == "S":
                yield name, inner
            else:
                yield from key_texts(inner, inner_name)
    elif isinstance(value, list):
        for inner in value:
            yield from key_texts(inner, name)


@pytest.fixture
def meter(api: Api) -> str:
    """Make a meter and a customer, with a DynamoDB that is as strict as AWS's; return the meter's id."""
    dynamodb().meta.events.register("provide-client-params.dynamodb.*", refuse_as_aws)
    made(api, id="c1")
    response = post(api, "/v1/billing/meters", METER)
    return str(response.json["id"])


def post(api: Api, path: str, body: object, **headers: str) -> ApiResponse:
    """Write in JSON, which can say what no other text can."""
    return api.call("POST", path, body=json.dumps(body), headers={"content-type": "application/json", **headers})


def assert_judged(response: ApiResponse) -> None:
    """See that nothing broke, and that what is refused is refused in Stripe's shape."""
    assert response.status < 500, response.text
    if response.status >= 400:
        assert response.error[1]


@pytest.mark.parametrize("identifier", [SURROGATE, LONG, TOO_LONG, "x" * 101])
def test_an_identifier_that_cannot_be(api: Api, meter: str, identifier: str) -> None:
    """It is refused as in a file, and there is no event of it that could be cancelled."""
    del meter
    status, code, param = post(api, "/v1/billing/meter_events", EVENT | {"identifier": identifier}).error
    assert (status, param) == (400, "identifier")
    assert code in {"field_too_long", "field_invalid"}
    cancel = CANCEL | {"cancel": {"identifier": identifier}}
    # Half a character is no text at all.
    status, code = (400, "parameter_invalid") if identifier == SURROGATE else (404, "resource_missing")
    refused = post(api, "/v1/billing/meter_event_adjustments", cancel)
    assert (status, code, "cancel[identifier]") == refused.error


@bounded
@given(text=any_text, at=st.integers(0, 40), body=st.sampled_from(IN_BODIES))
@example(text=SURROGATE, at=0, body=("/v1/billing/meter_events", EVENT))
def test_any_text_in_a_body(api: Api, meter: str, text: str, at: int, body: tuple[str, Any]) -> None:
    """In place of any text of any body, names of metadata and payload among them."""
    del meter
    path, fields = body
    places = list(texts_of(fields))
    assert_judged(post(api, path, replaced(fields, places[at % len(places)], text)))


@bounded
@given(text=any_text, at=st.integers(0, 100))
@example(text=SURROGATE, at=10)
@example(text=SURROGATE, at=4)
def test_any_text_in_a_query(api: Api, meter: str, text: str, at: int) -> None:
    """In place of any parameter of any list."""
    places = [(path, name) for path, names in IN_QUERIES.items() for name in names]
    path, name = places[at % len(places)]
    event = sample("list-uploads")
    event |= {"rawPath": path.replace("<>", meter), "queryStringParameters": {name: text}}
    event["headers"]["authorization"] = f"Bearer {SECRET_KEY}"
    assert_judged(api.send(event))


@bounded
@given(text=any_text, path=st.sampled_from(sorted(IN_PATHS)))
@example(text=SURROGATE, path="/v1/customers/<>")
@example(text=TOO_LONG, path="/v1/billing/meters/<>")
def test_any_text_in_a_path(api: Api, meter: str, text: str, path: str) -> None:
    """In place of any id of any path: there is nothing, or no such method."""
    del meter
    assert_judged(api.call(IN_PATHS[path], path.replace("<>", text)))


@bounded
@given(text=any_text, name=st.sampled_from(["authorization", "idempotency-key", "accept", "content-type", "other"]))
@example(text=f"Bearer sk_{SURROGATE}", name="authorization")
def test_any_text_in_a_header(api: Api, store: Store, text: str, name: str) -> None:
    """A key that cannot be is no key, and so is an Idempotency-Key."""
    del store
    assert_judged(post(api, "/v1/customers", {}, **{name: text}))


def texts_of(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where the texts of a body stand; names that anybody may choose among them."""
    if not isinstance(value, dict):
        yield path
        return
    for name, inner in value.items():
        yield from texts_of(inner, (*path, name))
    if path in {("metadata",), ("payload",)}:
        yield (*path, "")


def replaced(value: Any, path: tuple[str, ...], text: str) -> Any:
    """Return a body with a text in place of another, or one more name."""
    if not path:
        return text
    name, *rest = path
    if not name:
        return {**value, text: "v"}
    return {**value, name: replaced(value[name], tuple(rest), text)}
