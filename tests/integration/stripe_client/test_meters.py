"""Meters by Stripe's own client, in both of its forms."""

from typing import cast

import pytest
import stripe
from stripe.params.billing import MeterCreateParams

from tests.support.integration.stripe_calls import Calls, unique


def a_meter(**changes: object) -> MeterCreateParams:
    """Give what a meter is made with, under a name of its own."""
    meter = {
        "display_name": "Search requests",
        "event_name": unique("search"),
        "default_aggregation": {"formula": "sum"},
    }
    return cast("MeterCreateParams", meter | changes)


def test_a_meter_is_made_with_what_stripe_fills_in(calls: Calls) -> None:
    """The keys of the payload have Stripe's defaults, and the meter is active."""
    new = a_meter()
    meter = calls(calls.client.v1.billing.meters.create, new)
    assert ("mtr_", "billing.meter", "active", True) == (meter.id[:4], meter.object, meter.status, meter.livemode)
    assert (new["event_name"], "Search requests") == (meter.event_name, meter.display_name)
    assert ("stripe_customer_id", "by_id") == (meter.customer_mapping.event_payload_key, meter.customer_mapping.type)
    assert ("sum", "value") == (meter.default_aggregation.formula, meter.value_settings.event_payload_key)
    assert (None, None) == (meter.event_time_window, meter.status_transitions.deactivated_at)
    assert isinstance(meter.created, int)
    assert meter.created <= meter.updated


@pytest.mark.parametrize("formula", ["sum", "count", "last", "max", "min"])
def test_a_meter_is_found_as_it_was_made(calls: Calls, formula: str) -> None:
    """All that can be said of a meter comes back, after a while too."""
    new = a_meter(
        default_aggregation={"formula": formula},
        customer_mapping={"type": "by_id", "event_payload_key": "account"},
        value_settings={"event_payload_key": "tokens"},
    )
    made = calls(calls.client.v1.billing.meters.create, new)
    found = calls(calls.client.v1.billing.meters.retrieve, made.id)
    assert made.to_dict() == found.to_dict()
    assert (formula, "account") == (found.default_aggregation.formula, found.customer_mapping.event_payload_key)
    assert "tokens" == found.value_settings.event_payload_key


def test_a_meter_gets_another_display_name(calls: Calls) -> None:
    """It is all that can be changed of a meter."""
    meters = calls.client.v1.billing.meters
    made = calls(meters.create, a_meter())
    changed = calls(meters.update, made.id, {"display_name": "Searches"})
    assert ("Searches", made.event_name) == (changed.display_name, changed.event_name)
    assert "Searches" == calls(meters.retrieve, made.id).display_name


def test_a_meter_goes_and_comes_back(calls: Calls) -> None:
    """A deactivated meter says since when; an active one does not."""
    meters = calls.client.v1.billing.meters
    made = calls(meters.create, a_meter())
    gone = calls(meters.deactivate, made.id)
    assert ("inactive", True) == (gone.status, isinstance(gone.status_transitions.deactivated_at, int))
    back = calls(meters.reactivate, made.id)
    assert ("active", None) == (back.status, back.status_transitions.deactivated_at)


def test_an_event_name_is_that_of_one_active_meter(calls: Calls) -> None:
    """A second one is refused, and so is the return of one whose name was given away."""
    meters = calls.client.v1.billing.meters
    new = a_meter()
    first = calls(meters.create, new)
    with pytest.raises(stripe.InvalidRequestError):
        calls(meters.create, new)
    calls(meters.deactivate, first.id)
    calls(meters.create, new)
    with pytest.raises(stripe.InvalidRequestError):
        calls(meters.reactivate, first.id)


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"event_time_window": "hour"}, "parameter_unknown", "event_time_window"),
        ({"default_aggregation": {"formula": "median"}}, "parameter_invalid", "default_aggregation[formula]"),
        ({"default_aggregation": {}}, "parameter_missing", "default_aggregation"),
        ({"display_name": ""}, "parameter_invalid_empty", "display_name"),
        ({"event_name": "x" * 101}, "parameter_invalid", "event_name"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
    ],
)
def test_what_a_meter_cannot_be_is_refused_by_name(
    calls: Calls, change: dict[str, object], code: str, param: str
) -> None:
    """What is not supported is said, not ignored."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls(calls.client.v1.billing.meters.create, a_meter(**change))
    assert (400, code, param) == (refused.value.http_status, refused.value.code, refused.value.param)


def test_a_meter_that_is_not_there_is_missing(calls: Calls) -> None:
    """As Stripe says it."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls(calls.client.v1.billing.meters.retrieve, "mtr_nothing")
    assert (404, "resource_missing", "id") == (refused.value.http_status, refused.value.code, refused.value.param)


def test_all_meters_are_paged_through(calls: Calls) -> None:
    """Page by page, each comes once, the newest first."""
    meters = calls.client.v1.billing.meters
    made = [calls(meters.create, a_meter()).id for _ in range(5)]
    listed = calls.find(made, calls(meters.list, {"limit": 2, "expand": ["data.default_aggregation"]}))
    ids = [meter.id for meter in listed]
    assert len(set(ids)) == len(ids)
    assert sorted((meter.created for meter in listed), reverse=True) == [meter.created for meter in listed]


def test_a_page_of_meters_leads_to_both_sides(calls: Calls) -> None:
    """`ending_before` gives what came before, in the same order."""
    meters = calls.client.v1.billing.meters
    for _ in range(3):
        calls(meters.create, a_meter())
    first = calls(meters.list, {"limit": 2})
    second = calls(meters.list, {"limit": 2, "starting_after": first.data[-1].id})
    back = calls(meters.list, {"limit": 2, "ending_before": second.data[0].id})
    assert [each.id for each in first.data] == [each.id for each in back.data]
    assert ("list", "/v1/billing/meters") == (first.to_dict()["object"], first.url)


def test_meters_are_listed_by_status(calls: Calls) -> None:
    """Active and inactive ones apart."""
    meters = calls.client.v1.billing.meters
    active, inactive = (calls(meters.create, a_meter()).id for _ in range(2))
    calls(meters.deactivate, inactive)
    for id_, status in ((active, "active"), (inactive, "inactive")):
        found = calls.find([id_], calls(meters.list, {"status": status, "limit": 3}))
        assert {status} == {each.status for each in found}
