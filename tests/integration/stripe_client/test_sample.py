"""The calls by which Stripe's usage-based sample records usage, with nothing but addresses and key changed.

Its prices and subscriptions are money, which Meterdrop leaves to its owner.
"""

import time
from typing import Any

import pytest
import stripe

from tests.support.integration.stripe_calls import Calls, unique
from tools.stack.local_stack import LocalStack


def _total(calls: Calls, meter: str, customer: str) -> float:
    now = int(time.time()) // 60 * 60
    window: Any = {"customer": customer, "start_time": now - 600, "end_time": now + 60}
    [summary] = calls(calls.client.v1.billing.meters.event_summaries.list, meter, window).data
    return float(summary.aggregated_value)


def test_the_samples_server(calls: Calls) -> None:
    """A customer, a meter, and an event by version 2."""
    client, event_name = calls.client, unique("api_calls")
    customer = calls(client.v1.customers.create, {"name": "Jenny Rosen", "email": "jenny@example.com"})
    meter = calls(
        client.v1.billing.meters.create,
        {"display_name": "API calls", "event_name": event_name, "default_aggregation": {"formula": "sum"}},
    )
    calls(
        client.v2.billing.meter_events.create,
        {"event_name": event_name, "payload": {"stripe_customer_id": customer.id, "value": str(25)}},
    )
    assert 25 == _total(calls, meter.id, customer.id)
    with pytest.raises(stripe.InvalidRequestError, match="/v1/prices"):
        calls(client.v1.prices.create, {"currency": "usd", "unit_amount": 1, "product_data": {"name": "API"}})


def test_the_clients_example_of_a_stream(calls: Calls, stack: LocalStack) -> None:
    """A session that is renewed when it expires, and a client of its own for the stream."""
    event_name = unique("api_calls")
    customer = calls(calls.client.v1.customers.create, {"name": "Jenny Rosen"})
    meter = calls(
        calls.client.v1.billing.meters.create,
        {"display_name": "API calls", "event_name": event_name, "default_aggregation": {"formula": "sum"}},
    )
    session = calls(calls.by(stack.secret_key).client.v2.billing.meter_event_session.create)
    streaming = calls.by(session.authentication_token)
    event: Any = {"event_name": event_name, "payload": {"stripe_customer_id": customer.id, "value": "17"}}
    streaming(streaming.client.v2.billing.meter_event_stream.create, {"events": [event]})
    assert 17 == _total(calls, meter.id, customer.id)
