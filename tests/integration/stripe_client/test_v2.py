"""Version 2 of Stripe's meter events by Stripe's own client: single events, cancels, sessions and the stream."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from tests.support.integration.stripe_calls import Calls, unique

HOUR = 3_600
AT = int(time.time()) // HOUR * HOUR - HOUR


@pytest.fixture
def meter(calls: Calls) -> tuple[str, str, str]:
    """Make a meter and a customer; return the IDs, and the event name between them."""
    event_name = unique("search")
    new = {"display_name": "Searches", "event_name": event_name, "default_aggregation": {"formula": "sum"}}
    created = calls(calls.client.v1.billing.meters.create, new)  # type: ignore[arg-type]
    return created.id, event_name, calls(calls.client.v1.customers.create, {"name": "Ada"}).id


def an_event(meter: tuple[str, str, str], value: str, **fields: str) -> Any:
    """Make an event, its time as Python writes it."""
    timestamp = datetime.fromtimestamp(AT, UTC).replace(microsecond=123_456).isoformat()
    payload = {"stripe_customer_id": meter[2], "value": value}
    return {"event_name": meter[1], "payload": payload, "timestamp": timestamp, **fields}


def total(calls: Calls, meter: tuple[str, str, str]) -> tuple[float, int]:
    """Return the sum and the number of the events."""
    window: Any = {"customer": meter[2], "start_time": AT - HOUR, "end_time": AT + HOUR}
    [summary] = calls(calls.client.v1.billing.meters.event_summaries.list, meter[0], window).data
    return summary.aggregated_value, summary["event_count"]


def streaming(calls: Calls) -> Calls:
    """Create a session, and call with its token."""
    session = calls(calls.client.v2.billing.meter_event_session.create)
    assert session.object == "v2.billing.meter_event_session"
    expires_at = datetime.fromisoformat(session.expires_at)
    assert 14 * 60 < (expires_at - datetime.now(UTC)).total_seconds() <= 15 * 60
    return calls.by(session.authentication_token)


def test_an_event_and_its_cancel(calls: Calls, meter: tuple[str, str, str]) -> None:
    """They come back as Stripe shows them, and usage follows at once."""
    identifier = unique("event")
    event = calls(calls.client.v2.billing.meter_events.create, an_event(meter, "25", identifier=identifier))
    assert isinstance(event, stripe.v2.billing.MeterEvent)
    assert (identifier, meter[1]) == (event.identifier, event.event_name)
    assert datetime.fromtimestamp(AT, UTC) == datetime.fromisoformat(event.timestamp)
    assert {"stripe_customer_id": meter[2], "value": "25"} == event.payload.to_dict()
    assert (25, 1) == total(calls, meter)
    cancelled = calls(
        calls.client.v2.billing.meter_event_adjustments.create,
        {"event_name": meter[1], "type": "cancel", "cancel": {"identifier": identifier}},
    )
    assert isinstance(cancelled, stripe.v2.billing.MeterEventAdjustment)
    assert ("complete", identifier) == (cancelled.status, cancelled.cancel.identifier)
    assert (0, 0) == total(calls, meter)


def test_a_stream(calls: Calls, meter: tuple[str, str, str]) -> None:
    """A hundred events count when the call returns; the same call again counts nothing twice."""
    events = [an_event(meter, "0.5", identifier=unique("event")) for _ in range(100)]
    stream = streaming(calls)
    for _ in range(2):
        stream(stream.client.v2.billing.meter_event_stream.create, {"events": events})
    assert (50, 100) == total(calls, meter)


def test_a_stream_with_an_error(calls: Calls, meter: tuple[str, str, str]) -> None:
    """The client gets Stripe's code and the position of the event, and nothing counts."""
    stream = streaming(calls)
    events = [an_event(meter, "1"), an_event(meter, "many")]
    with pytest.raises(stripe.InvalidRequestError, match=r"events\[1\]") as error:
        stream(stream.client.v2.billing.meter_event_stream.create, {"events": events})
    assert "payload_invalid_value" == error.value.code
    assert (
        []
        == calls(
            calls.client.v1.billing.meters.event_summaries.list,
            meter[0],
            {"customer": meter[2], "start_time": AT - HOUR, "end_time": AT + HOUR, "value_grouping_window": "hour"},
        ).data
    )


def test_a_token_that_is_not_valid(calls: Calls, meter: tuple[str, str, str]) -> None:
    """The client raises the error by which Stripe's samples know that they need a new session."""
    stream = calls.by("mest_" + "x" * 43)
    with pytest.raises(stripe.TemporarySessionExpiredError):
        stream(stream.client.v2.billing.meter_event_stream.create, {"events": [an_event(meter, "1")]})
    with pytest.raises(stripe.AuthenticationError):
        calls(calls.client.v2.billing.meter_event_stream.create, {"events": [an_event(meter, "1")]})


def test_errors_of_single_events(calls: Calls, meter: tuple[str, str, str]) -> None:
    """Codes as Stripe's description of version 2 has them."""
    for fields, code in (
        ({"event_name": unique("nobody")}, "no_meter"),
        ({"payload": {"value": "1"}}, "payload_no_customer_defined"),
        ({"payload": {"stripe_customer_id": meter[2]}}, "payload_no_value_defined"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as error:
            calls(calls.client.v2.billing.meter_events.create, an_event(meter, "1") | fields)
        assert code == error.value.code
