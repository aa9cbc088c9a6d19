"""Customers: made, shown, listed, changed and deleted."""

import time
from dataclasses import replace
from functools import partial
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import Cursor, read_page
from meterdrop.api.http.request import TOKEN_PREFIX, id_in
from meterdrop.api.http.routing import Routes, json_of
from meterdrop.api.schemas import query
from meterdrop.api.schemas.customers import (
    CustomerModel,
    CustomerPage,
    CustomerUpdate,
    DeletedCustomerModel,
    NewCustomer,
)
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter, key_reused, missing
from meterdrop.api.schemas.query import Seconds
from meterdrop.domain.customers.customer import (
    MAX_METADATA_KEYS,
    Customer,
    CustomerFilter,
    StoredCustomer,
    deleted,
    merged,
)

routes = Routes()


@routes.post("/v1/customers", json_of(CustomerModel, "The customer that was made."))
def create_customer(new: Annotated[NewCustomer, Body(description="The customer that is to be.")]) -> CustomerModel:
    """Make a customer.

    With an `id` of your own, which is what the customer column of your files holds, or with one that is made up.
    """
    token = routes.request_token
    blank = Customer(id=new.id or f"cus_{token.removeprefix(TOKEN_PREFIX)}", created=int(time.time()))
    customer = _changed(blank, new)
    stored = dependencies.customer_changes().create(StoredCustomer(customer=customer, request=token))
    if stored.request != token:
        raise bad_parameter(
            "id",
            f"Customer {customer.id} exists already. Update it, or choose another id.",
            ErrorCode.RESOURCE_ALREADY_EXISTS,
        )
    if stored.revision == 1 and replace(stored.customer, created=customer.created) != customer:
        raise key_reused()
    return CustomerModel.of(stored.customer)


@routes.get("/v1/customers", json_of(CustomerPage, "A page of customers."))
def list_customers(  # noqa: PLR0913  one argument for each query parameter
    *,
    limit: query.Limit = 10,
    starting_after: query.After = None,
    ending_before: query.Before = None,
    email: query.EmailIs = None,
    created: query.CreatedAt = None,
    created_gt: query.CreatedAfter = None,
    created_gte: query.CreatedFrom = None,
    created_lt: query.CreatedBefore = None,
    created_lte: query.CreatedUntil = None,
) -> CustomerPage:
    """List customers, newest first.

    The list may lag by a moment; what it shows of a customer is as it is now.
    """
    within = Seconds.between(gt=created_gt, gte=created_gte, lt=created_lt, lte=created_lte)
    if created is not None:
        within = Seconds(max(created, within.first), min(created, within.last))
    wanted = CustomerFilter(email=email, created_from=within.first, created_until=within.last)
    customers = dependencies.customers()
    page = read_page(
        partial(customers.walk, wanted), _place, Cursor(starting_after, ending_before), limit, noun="customer"
    )
    return CustomerPage(
        object="list",
        data=[CustomerModel.of(customer) for customer in page.things],
        has_more=page.has_more,
        url="/v1/customers",
    )


@routes.get(
    "/v1/customers/<customer_id>",
    json_of(CustomerModel | DeletedCustomerModel, "The customer as it is now, or that it was deleted."),
    not_found=True,
)
def get_customer(customer_id: str) -> CustomerModel | DeletedCustomerModel:
    """Show one customer."""
    found = _find(id_in(customer_id))
    if found.deleted is not None:
        return DeletedCustomerModel.of(found.customer.id)
    return CustomerModel.of(found.customer)


@routes.post("/v1/customers/<customer_id>", json_of(CustomerModel, "The customer as it is now."), not_found=True)
def update_customer(
    customer_id: str, update: Annotated[CustomerUpdate, Body(description="What is to be different.")]
) -> CustomerModel:
    """Change a customer."""
    while True:  # each round that fails means that somebody else's write went through
        stored = _find_registered(id_in(customer_id))
        changed = _changed(stored.customer, update)
        if changed == stored.customer or dependencies.customer_changes().save(
            StoredCustomer(customer=changed, revision=stored.revision + 1, request=stored.request)
        ):
            return CustomerModel.of(changed)


@routes.delete("/v1/customers/<customer_id>", json_of(DeletedCustomerModel, "That it was deleted."), not_found=True)
def delete_customer(customer_id: str) -> DeletedCustomerModel:
    """Delete a customer: from the next file or event on its usage is refused; what is counted stays."""
    while True:  # as above
        stored = _find_registered(id_in(customer_id))
        if dependencies.customer_changes().save(deleted(stored, int(time.time()), routes.request_token)):
            return DeletedCustomerModel.of(stored.customer.id)


def _changed(customer: Customer, update: CustomerUpdate) -> Customer:
    """Return the customer as the update wants it. Raises ApiError 400 for too much metadata."""
    texts = update.model_dump(include={"name", "email", "description"}, exclude_unset=True)
    metadata = {} if update.metadata is None else merged(customer.metadata, update.metadata)
    if len(metadata) > MAX_METADATA_KEYS:
        raise bad_parameter(
            "metadata", f"metadata would have {len(metadata)} keys; at most {MAX_METADATA_KEYS} are allowed."
        )
    return replace(customer, **texts, metadata=metadata)


def _find_registered(customer_id: str) -> StoredCustomer:
    found = _find(customer_id)
    if found.deleted is not None:
        raise missing(f"No such customer: {customer_id}; it was deleted.")
    return found


def _find(customer_id: str) -> StoredCustomer:
    customers = dependencies.customers()
    found = customers.find(customer_id)
    if found is None and "+" in customer_id:
        # Stripe's client writes a blank in a path as +, which API Gateway hands on as it is.
        found = customers.find(customer_id.replace("+", " "))
    if found is None:
        raise missing(f"No such customer: {customer_id}.")
    return found


def _place(customer_id: str) -> Customer | None:
    """Return where a customer stands in the list; a deleted one still has its place, so that paging can go on."""
    found = dependencies.customers().find(customer_id)
    return None if found is None else found.customer
