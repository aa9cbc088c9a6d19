"""Answers that API Gateway gives itself: what Stripe's clients make of them, with the guide's set-up and without."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import stripe

from tests.support.integration.front import Front, Received, Sent, serving
from tests.support.integration.node_client import FETCH, PROGRAMS, run_node

GATEWAY = {
    "429": Sent(429, b'{"message":"Too Many Requests"}'),
    "500": Sent(500, b'{"message":"Internal Server Error"}'),
    "503": Sent(503, b'{"message":"Service Unavailable"}'),
    "no JSON": Sent(503, b"<html></html>", {"Content-Type": "text/html"}),
}
EVENT = Sent(200, b'{"object": "billing.meter_event"}')
REFUSED = Sent(400, b'{"error": {"type": "invalid_request_error", "code": "no_meter", "message": "No such meter."}}')
WITHOUT = """
import Stripe from "stripe";
const { hostname: host, port } = new URL(process.env.API);
const stripe = new Stripe(process.env.KEY, { protocol: "http", host, port });
"""
"""A set-up by address alone."""


def kind_of(request: Received) -> str:
    """Return the kind of answer that a request asks for, by its event name."""
    [kind] = parse_qs(request.body.decode())["event_name"]
    return kind.replace("+", " ")


@pytest.fixture
def gateway() -> Iterator[Front]:
    """Run a server that answers as an HTTP API of API Gateway does: each kind always, `… once` only at first."""
    tries = Counter[str]()

    def respond(request: Received) -> Sent:
        kind = kind_of(request)
        tries[kind] += 1
        if kind.endswith(" once"):
            return GATEWAY[kind.removesuffix(" once")] if tries[kind] == 1 else EVENT
        return {**GATEWAY, "event": EVENT, "refused": REFUSED}[kind]

    with serving(respond) as front:
        yield front


def outcomes(folder: Path, setup: str, gateway: Front, *kinds: str) -> tuple[dict[str, Any], Counter[str]]:
    """Send an event for each kind; return what the client made of it, and how often it tried."""
    (folder / "setup.mjs").write_text(setup + "export { stripe };\n", encoding="utf-8")
    environment = {"API": gateway.url, "KEY": "sk_1", "SETUP": str(folder / "setup.mjs"), "KINDS": ",".join(kinds)}
    done = run_node(folder, (PROGRAMS / "attempts.mjs").read_text(encoding="utf-8"), environment)
    assert done.code == 0, done.output
    return json.loads(done.output), Counter(map(kind_of, gateway.received))


def test_without_the_guard_an_event_that_was_not_counted_looks_counted(tmp_path: Path, gateway: Front) -> None:
    """The reason for the guard: the client looks only for `error`."""
    results, tries = outcomes(tmp_path, WITHOUT, gateway, "429", "500", "503", "event")
    assert {"429": {"resolved": None}, "500": {"resolved": None}, "503": {"resolved": None}} == {
        kind: result for kind, result in results.items() if kind != "event"
    }
    assert {"resolved": "billing.meter_event"} == results["event"]
    assert 1 == tries["429"]


def test_with_the_guard_it_is_retried_and_then_an_error(tmp_path: Path, gateway: Front) -> None:
    """By the client's own retries; what succeeds and what Meterdrop refuses stays as it is."""
    kinds = ("429", "500", "503", "no JSON", "429 once", "503 once", "event", "refused")
    results, tries = outcomes(tmp_path, FETCH, gateway, *kinds)
    event = {"resolved": "billing.meter_event"}
    assert results == {
        "429": {"type": "StripeRateLimitError", "status": 429, "message": "Too Many Requests"},
        "500": {"type": "StripeAPIError", "status": 500, "message": "Internal Server Error"},
        "503": {"type": "StripeAPIError", "status": 503, "message": "Service Unavailable"},
        "no JSON": {"type": "StripeAPIError", "status": 503, "message": "API Gateway returned 503."},
        "429 once": event,
        "503 once": event,
        "event": event,
        "refused": {"type": "StripeInvalidRequestError", "status": 400, "message": "No such meter."},
    }
    assert tries == {**dict.fromkeys(kinds[:4], 3), "429 once": 2, "503 once": 2, "event": 1, "refused": 1}
    keys = {kind_of(request): request.headers["idempotency-key"] for request in gateway.received}
    assert len(set(keys.values())) == len(kinds)
    assert {request.headers["idempotency-key"] for request in gateway.received} == set(keys.values())


def test_the_client_for_python_raises(gateway: Front) -> None:
    """It retries 500 and 503, and not 429."""
    addresses: Any = dict.fromkeys(("api", "files", "connect", "meter_events"), gateway.url)
    client = stripe.StripeClient("sk_1", base_addresses=addresses, max_network_retries=1)
    for kind in ("429", "500", "503"):
        with pytest.raises(stripe.APIError):
            client.v1.billing.meter_events.create({"event_name": kind, "payload": {}})
    assert {"429": 1, "500": 2, "503": 2} == Counter(map(kind_of, gateway.received))
