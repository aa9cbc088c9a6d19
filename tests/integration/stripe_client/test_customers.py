"""Customers by Stripe's own client, in both of its forms."""

from typing import cast

import pytest
import stripe
from stripe.params import CustomerCreateParams

from tests.support.integration.stripe_calls import Calls, unique


def a_customer(**changes: object) -> CustomerCreateParams:
    """Give what a customer is made with."""
    customer = {"name": "Ada Lovelace", "email": f"{unique('ada')}@example.com"}
    return cast("CustomerCreateParams", customer | changes)


def test_a_customer_is_found_as_made(calls: Calls) -> None:
    """All that was said of a customer comes back."""
    customers = calls.client.v1.customers
    new = a_customer(
        description="An account",
        metadata={"plan": "pro", "seats": "5"},
        phone="+49 731 1",
        address={"line1": "1 Main St", "city": "Ulm", "country": "DE"},
        preferred_locales=["de", "en"],
        shipping={"name": "Ada", "address": {"city": "Ulm"}},
        tax_exempt="reverse",
    )
    made = calls(customers.create, new)
    found = calls(customers.retrieve, made.id)
    assert found.address is not None
    assert found.shipping is not None
    assert ("Ulm", ["de", "en"], "reverse") == (found.address.city, found.preferred_locales, found.tax_exempt)
    # What code reads without asking.
    assert (None, 0) == (found.invoice_settings and found.invoice_settings.default_payment_method, found.balance)
    assert ("cus_", "customer", True) == (made.id[:4], made.object, made.livemode)
    assert made.to_dict() == found.to_dict()
    assert (new["name"], new["email"], "An account") == (found.name, found.email, found.description)
    assert {"plan": "pro", "seats": "5"} == found.metadata.to_dict() if found.metadata else None


def test_a_customer_may_have_an_id_of_ones_own(calls: Calls) -> None:
    """Ours: whoever has ids already keeps them. One that is taken is refused."""
    customers = calls.client.v1.customers
    id_ = unique("account")
    assert id_ == calls(customers.create, a_customer(id=id_)).id
    assert id_ == calls(customers.retrieve, id_).id
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls(customers.create, a_customer(id=id_))
    assert ("resource_already_exists", "id") == (refused.value.code, refused.value.param)


def test_a_customer_is_changed_in_part(calls: Calls) -> None:
    """What is not named stays; metadata are merged; what is empty is taken away."""
    customers = calls.client.v1.customers
    made = calls(customers.create, a_customer(description="An account", metadata={"plan": "pro", "seats": "5"}))
    changed = calls(
        customers.update, made.id, {"name": "Ada", "description": "", "metadata": {"seats": "6", "plan": ""}}
    )
    assert ("Ada", made.email, None) == (changed.name, changed.email, changed.description)
    assert changed.to_dict() == calls(customers.retrieve, made.id).to_dict()
    assert changed.metadata is not None
    assert {"seats": "6"} == changed.metadata.to_dict()


def test_a_deleted_customer_says_so(calls: Calls) -> None:
    """It is remembered as deleted, and no longer listed."""
    customers = calls.client.v1.customers
    made = calls(customers.create, a_customer())
    gone = calls(customers.delete, made.id)
    assert (made.id, "customer", True) == (gone.id, gone.object, gone.deleted)
    assert calls(customers.retrieve, made.id).deleted is True
    assert [] == calls(customers.list, {"email": made.email or ""}).data
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls(customers.update, made.id, {"name": "Ada"})
    assert (404, "resource_missing") == (refused.value.http_status, refused.value.code)


def test_all_customers_are_paged_through(calls: Calls) -> None:
    """Page by page, each comes once, the newest first."""
    customers = calls.client.v1.customers
    made = [calls(customers.create, a_customer()).id for _ in range(5)]
    listed = calls.find(made, calls(customers.list, {"limit": 2}))
    ids = [customer.id for customer in listed]
    assert len(set(ids)) == len(ids)
    assert sorted((each.created for each in listed), reverse=True) == [each.created for each in listed]


def test_customers_are_found_by_email(calls: Calls) -> None:
    """By the very text, capitals and all; several may share one."""
    customers = calls.client.v1.customers
    email = f"{unique('Grace')}@example.com"
    made = {calls(customers.create, a_customer(email=email)).id for _ in range(3)}
    assert made == {each.id for each in calls.pages(calls(customers.list, {"email": email, "limit": 2}))}
    assert [] == calls(customers.list, {"email": email.lower()}).data


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"name": "x" * 257}, "name"),
        ({"id": "x" * 101}, "id"),
        ({"metadata": {"k" * 41: "v"}}, "metadata"),
        ({"phone": "1" * 21}, "phone"),
        ({"source": "tok_visa"}, "source"),
    ],
)
def test_what_a_customer_cannot_be_is_refused_by_name(calls: Calls, change: dict[str, object], param: str) -> None:
    """What is not kept is said, not ignored."""
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls(calls.client.v1.customers.create, a_customer(**change))
    assert (400, param) == (refused.value.http_status, (refused.value.param or "").partition("[")[0])


def test_a_customer_that_is_not_there_is_missing(calls: Calls) -> None:
    """As Stripe says it, to those who look and to those who delete."""
    customers = calls.client.v1.customers
    for call in (customers.retrieve, customers.delete):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            calls(call, unique("cus"))
        assert (404, "resource_missing", "id") == (refused.value.http_status, refused.value.code, refused.value.param)


def test_customers_are_searched(calls: Calls) -> None:
    """By Stripe's query language, page by page, in the client's own loop."""
    customers, word = calls.client.v1.customers, unique("grace")
    made = {calls(customers.create, a_customer(name=f"{number} {word} Hopper")).id for number in range(3)}
    calls(customers.create, a_customer())
    result = calls(customers.search, {"query": f"name~'{word[1:].upper()}'", "limit": 2})
    assert result.has_more
    assert made == {each.id for each in calls.pages(result)}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        calls(customers.search, {"query": "name~"})
    assert ("parameter_invalid", "query") == (refused.value.code, refused.value.param)
