"""Usage by Stripe's own client: events added and taken back, and what they add up to."""

import time
from dataclasses import dataclass

import pytest
import stripe
from stripe.billing import MeterEvent, MeterEventSummary

from tests.support.integration.stripe_calls import Calls, unique

HOUR = 3_600
DAY = 24 * HOUR
TODAY = int(time.time()) // DAY * DAY


@dataclass(frozen=True)
class Usage:
    """A meter and a customer that no other test knows."""

    calls: Calls
    meter: str
    event_name: str
    customer: str

    def add(self, value: str, *, at: int = TODAY - DAY, identifier: str | None = None) -> MeterEvent:
        """Add an event."""
        return self.calls(
            self.calls.client.v1.billing.meter_events.create,
            {
                "event_name": self.event_name,
                "payload": {"stripe_customer_id": self.customer, "value": value},
                "timestamp": at,
                "identifier": identifier or unique("event"),
            },
        )

    def cancel(self, identifier: str) -> stripe.billing.MeterEventAdjustment:
        """Cancel an event."""
        return self.calls(
            self.calls.client.v1.billing.meter_event_adjustments.create,
            {"event_name": self.event_name, "type": "cancel", "cancel": {"identifier": identifier}},
        )

    def summed(self, *, group: str | None = None, limit: int = 100) -> list[MeterEventSummary]:
        """Sum up the last ten days, in all or grouped, page by page."""
        first = self.calls(
            self.calls.client.v1.billing.meters.event_summaries.list,
            self.meter,
            {
                "customer": self.customer,
                "start_time": TODAY - 10 * DAY,
                "end_time": TODAY,
                "limit": limit,
                **({"value_grouping_window": group} if group else {}),  # type: ignore[typeddict-item]
            },
        )
        return list(self.calls.pages(first))

    @property
    def total(self) -> float:
        """The one summary of it all."""
        (summary,) = self.summed()
        return summary.aggregated_value


@pytest.fixture
def usage(request: pytest.FixtureRequest, calls: Calls) -> Usage:
    """Make a meter, of another formula where a test says so, and a customer."""
    event_name, formula = unique("search"), getattr(request, "param", "sum")
    meter = calls(
        calls.client.v1.billing.meters.create,
        {"display_name": "Searches", "event_name": event_name, "default_aggregation": {"formula": formula}},
    )
    return Usage(calls, meter.id, event_name, calls(calls.client.v1.customers.create, {"name": "Ada"}).id)


def test_an_event_comes_back_as_it_was_added(usage: Usage) -> None:
    """As Stripe shows one."""
    event = usage.add("25", at=TODAY - DAY, identifier=(identifier := unique("event")))
    assert ("billing.meter_event", usage.event_name, identifier) == (event.object, event.event_name, event.identifier)
    assert {"stripe_customer_id": usage.customer, "value": "25"} == event.payload.to_dict()
    assert (TODAY - DAY, True) == (event.timestamp, event.livemode)


def test_an_event_is_of_now_and_named_by_itself(usage: Usage) -> None:
    """Neither time nor identifier is needed; the client's own Idempotency-Key tells two events apart."""
    before = int(time.time())
    new = usage.calls.client.v1.billing.meter_events.create
    payload = {"stripe_customer_id": usage.customer, "value": "1"}
    events = [usage.calls(new, {"event_name": usage.event_name, "payload": payload}) for _ in range(2)]
    assert all(before <= event.timestamp <= time.time() for event in events)
    assert 2 == len({event.identifier for event in events})


def test_an_identifier_is_used_once(usage: Usage) -> None:
    """Stripe's own code, and the event counts once."""
    usage.add("25", identifier=(identifier := unique("event")))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        usage.add("25", identifier=identifier)
    assert (400, "duplicate_meter_event") == (refused.value.http_status, refused.value.code)
    assert ("identifier", 25) == (refused.value.param, usage.total)


@pytest.mark.parametrize(
    ("event_name", "customer", "value", "code", "param"),
    [
        ("nothing", None, "1", "no_meter", "event_name"),
        (None, "cus_nobody", "1", "meter_event_customer_not_found", "payload[stripe_customer_id]"),
        (None, "", "1", "meter_event_no_customer_defined", "payload[stripe_customer_id]"),
        (None, None, "", "meter_event_value_not_found", "payload[value]"),
        (None, None, "1,000", "meter_event_invalid_value", "payload[value]"),
    ],
)
def test_what_cannot_be_counted_is_refused_as_a_row_is(  # noqa: PLR0913, PLR0917  one for each column of the table
    usage: Usage, event_name: str | None, customer: str | None, value: str, code: str, param: str
) -> None:
    """The codes are those of a file's rows, which are Stripe's where Stripe has one."""
    payload = {"stripe_customer_id": usage.customer if customer is None else customer, "value": value}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        usage.calls(
            usage.calls.client.v1.billing.meter_events.create,
            {"event_name": event_name or usage.event_name, "payload": payload},
        )
    assert (400, code, param) == (refused.value.http_status, refused.value.code, refused.value.param)


def test_a_deactivated_meter_takes_no_events(usage: Usage) -> None:
    """Stripe's own code."""
    usage.calls(usage.calls.client.v1.billing.meters.deactivate, usage.meter)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        usage.add("1")
    assert "archived_meter" == refused.value.code


def test_a_cancelled_event_no_longer_counts_and_does_not_come_back(usage: Usage) -> None:
    """Usage is without it at once; its identifier stays taken; a second cancel changes nothing."""
    usage.add("25", identifier=(identifier := unique("event")))
    usage.add("17")
    adjustment = usage.cancel(identifier)
    assert ("billing.meter_event_adjustment", "complete", "cancel", usage.event_name) == (
        adjustment.object,
        adjustment.status,
        adjustment.type,
        adjustment.event_name,
    )
    assert adjustment.cancel is not None
    assert (identifier, 17) == (adjustment.cancel.identifier, usage.total)
    with pytest.raises(stripe.InvalidRequestError):
        usage.add("25", identifier=identifier)
    usage.cancel(identifier)
    assert 17 == usage.total


def test_an_event_that_is_not_there_is_not_cancelled(usage: Usage) -> None:
    """The parameter at fault is named as it was sent."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        usage.cancel(unique("event"))
    assert (404, "resource_missing") == (refused.value.http_status, refused.value.code)
    assert "cancel[identifier]" == refused.value.param


@pytest.mark.parametrize(
    ("usage", "expected"), [("sum", 9), ("count", 3), ("last", 2), ("max", 4), ("min", 2)], indirect=["usage"]
)
def test_each_formula_sums_up_its_own_way(usage: Usage, expected: float) -> None:
    """By the events' own times, whenever they came."""
    for value, days_ago in (("2", 2), ("3", 4), ("4", 3)):
        usage.add(value, at=TODAY - days_ago * DAY)
    assert expected == usage.total


def test_a_summary_is_stripes(usage: Usage) -> None:
    """With the exact value beside the number, which is ours."""
    usage.add("0.1")
    usage.add("0.2")
    (summary,) = usage.summed()
    assert ("billing.meter_event_summary", usage.meter, True) == (summary.object, summary.meter, summary.livemode)
    assert (TODAY - 10 * DAY, TODAY) == (summary.start_time, summary.end_time)
    assert (0.3, "0.3") == (summary.aggregated_value, summary["aggregated_value_decimal"])


@pytest.mark.parametrize(("group", "seconds"), [("day", DAY), ("hour", HOUR)])
def test_usage_is_grouped_and_paged_through(usage: Usage, group: str, seconds: int) -> None:
    """One summary for each hour or day with usage, the newest first, however small the pages."""
    for times in range(1, 6):
        usage.add(str(times), at=TODAY - times * seconds)
        usage.add("0.5", at=TODAY - times * seconds + 59)
    expected = [(TODAY - times * seconds, times + 0.5) for times in range(1, 6)]
    assert expected == [(each.start_time, each.aggregated_value) for each in usage.summed(group=group, limit=2)]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"start_time": TODAY - DAY + 1}, "start_time"),
        ({"end_time": TODAY + 59}, "end_time"),
        ({"value_grouping_window": "week"}, "value_grouping_window"),
        ({"start_time": TODAY - DAY + 60, "value_grouping_window": "hour"}, "start_time"),
        ({"customer": "cus_nobody"}, "customer"),
    ],
)
def test_a_window_that_cannot_be_is_refused_by_name(usage: Usage, change: dict[str, object], param: str) -> None:
    """Whole minutes, and whole hours or days where it is grouped by them."""
    window = {"customer": usage.customer, "start_time": TODAY - DAY, "end_time": TODAY, **change}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        usage.calls(usage.calls.client.v1.billing.meters.event_summaries.list, usage.meter, window)  # type: ignore[arg-type]
    assert (400, param) == (refused.value.http_status, refused.value.param)
