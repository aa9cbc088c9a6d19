"""What goes wrong, as the exceptions of Stripe's own client; and requests that are repeated."""

import uuid

import pytest
import stripe

from tests.support.integration.stripe_calls import Calls, unique
from tools.stack.local_stack import LocalStack


def test_a_wrong_key_is_an_authentication_error(calls: Calls) -> None:
    """Whatever is asked for, also what is not there."""
    wrong = calls.by("sk_wrong").client
    for call, arguments in ((wrong.v1.billing.meters.list, ()), (wrong.v1.customers.retrieve, ("cus_nobody",))):
        with pytest.raises(stripe.AuthenticationError) as refused:
            calls(call, *arguments)
        assert (401, True) == (refused.value.http_status, bool(refused.value.request_id))


def test_a_read_key_reads_and_does_not_write(calls: Calls, stack: LocalStack) -> None:
    """To write with it is a permission error, and nothing is done."""
    reading, email = calls.by(stack.read_key).client, f"{unique('eve')}@example.com"
    for call, arguments in (
        (reading.v1.customers.create, ({"email": email},)),
        (reading.v1.customers.delete, ("cus_1",)),
    ):
        with pytest.raises(stripe.PermissionError) as refused:
            calls(call, *arguments)
        assert 403 == refused.value.http_status
    assert [] == calls(reading.v1.customers.list, {"email": email}).data


def test_an_error_has_all_that_stripes_have(calls: Calls) -> None:
    """Message, code, parameter, status, the object of the error and the id that the log has too."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls(calls.client.v1.customers.list, {"limit": 101})
    error = refused.value
    assert (400, "parameter_invalid", "limit") == (error.http_status, error.code, error.param)
    assert error.error is not None
    assert ("invalid_request_error", "limit") == (error.error.type, error.error.param)
    assert error.user_message
    assert error.request_id
    assert "false" == (error.headers or {})["stripe-should-retry"]


def test_an_answer_tells_its_request(calls: Calls) -> None:
    """`last_response` has the id, the status and the key that the client sent."""
    answer = calls(calls.client.v1.customers.create, {}, {"idempotency_key": (key := str(uuid.uuid4()))}).last_response
    assert answer is not None
    assert (200, key, True) == (answer.code, answer.idempotency_key, bool(answer.request_id))


def test_the_same_request_again_is_answered_as_at_first(calls: Calls) -> None:
    """One customer, however often it is sent; the answer says that it was given before."""
    customers, email = calls.client.v1.customers, f"{unique('ada')}@example.com"
    key = {"idempotency_key": str(uuid.uuid4())}
    first, again = (calls(customers.create, {"email": email, "metadata": {"a": "1"}}, key) for _ in range(2))  # type: ignore[arg-type]
    assert first.to_dict() == again.to_dict()
    assert [first.id] == [each.id for each in calls(customers.list, {"email": email}).data]
    responses = [each.last_response for each in (first, again) if each.last_response is not None]
    assert [None, "true"] == [response.headers.get("idempotent-replayed") for response in responses]


@pytest.mark.parametrize("change", [{"name": "Eve"}, {"email": "eve@example.com"}, {"metadata": {"a": "2"}}])
def test_another_request_under_the_same_key_is_an_idempotency_error(calls: Calls, change: dict[str, object]) -> None:
    """And nothing is done."""
    customers, email = calls.client.v1.customers, f"{unique('ada')}@example.com"
    key = {"idempotency_key": str(uuid.uuid4())}
    calls(customers.create, {"email": email}, key)  # type: ignore[arg-type]
    with pytest.raises(stripe.IdempotencyError) as refused:
        calls(customers.create, {"email": email, **change}, key)  # type: ignore[arg-type]
    assert 400 == refused.value.http_status
    assert 1 == len(calls(customers.list, {"email": email}).data)


def test_a_key_names_a_request_of_one_path(calls: Calls) -> None:
    """The same parameters elsewhere are another request."""
    key = {"idempotency_key": str(uuid.uuid4())}
    made = calls(calls.client.v1.customers.create, {"name": "Ada"}, key)  # type: ignore[arg-type]
    with pytest.raises(stripe.IdempotencyError):
        calls(calls.client.v1.customers.update, made.id, {"name": "Ada"}, key)  # type: ignore[arg-type]


def test_what_was_refused_may_be_corrected_under_its_key(calls: Calls) -> None:
    """An error is not remembered: once the customer is there, the very same event counts."""
    customer, event = unique("account"), unique("event")
    meter = calls(
        calls.client.v1.billing.meters.create,
        {"display_name": "S", "event_name": unique("search"), "default_aggregation": {"formula": "sum"}},
    )
    new = {
        "event_name": meter.event_name,
        "payload": {"stripe_customer_id": customer, "value": "3"},
        "identifier": event,
    }
    key = {"idempotency_key": str(uuid.uuid4())}
    with pytest.raises(stripe.InvalidRequestError):
        calls(calls.client.v1.billing.meter_events.create, new, key)  # type: ignore[arg-type]
    calls(calls.client.v1.customers.create, {"id": customer})  # type: ignore[arg-type]
    events = [calls(calls.client.v1.billing.meter_events.create, new, key) for _ in range(2)]  # type: ignore[arg-type]
    assert [event, event] == [each.identifier for each in events]


def test_a_deletion_may_be_repeated_under_its_key(calls: Calls) -> None:
    """Without a key the second one finds nothing."""
    customers = calls.client.v1.customers
    made = calls(customers.create, {})
    key = {"idempotency_key": str(uuid.uuid4())}
    assert [True, True] == [calls(customers.delete, made.id, None, key).deleted for _ in range(2)]  # type: ignore[arg-type]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls(customers.delete, made.id)
    assert "resource_missing" == refused.value.code


def test_options_of_the_client_change_nothing(calls: Calls, stack: LocalStack) -> None:
    """A version, an account and more detail are taken politely."""
    client = calls.by(stack.secret_key, stripe_version="2020-08-27", stripe_account="acct_1").client
    made = calls(client.v1.customers.create, {"name": "Ada", "expand": ["subscriptions", "tax"]})
    found = calls(client.v1.customers.retrieve, made.id, {"expand": ["subscriptions"]})
    assert made.to_dict() == found.to_dict()


def test_the_older_way_works_as_well(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """`stripe.api_key` and `stripe.api_base`, as code from before `StripeClient` has them."""
    monkeypatch.setattr(stripe, "api_key", stack.secret_key)
    monkeypatch.setattr(stripe, "api_base", stack.api_url)
    meter = stripe.billing.Meter.create(
        display_name="Searches", event_name=unique("search"), default_aggregation={"formula": "sum"}
    )
    assert meter.id in {each.id for each in stripe.billing.Meter.list(limit=2).auto_paging_iter()}
    assert "inactive" == stripe.billing.Meter.deactivate(meter.id).status
    customer = stripe.Customer.create(name="Ada")
    assert "Grace" == stripe.Customer.modify(customer.id, name="Grace").name
    assert stripe.Customer.delete(customer.id).deleted
