"""Customers: create, retrieve, list, update, delete."""

import base64
import time
from dataclasses import replace
from functools import partial
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from meterdrop.api.http import dependencies
from meterdrop.api.http.pagination import PageCursor, read_page
from meterdrop.api.http.request import TOKEN_PREFIX, decode_id
from meterdrop.api.http.routing import Routes, json_response
from meterdrop.api.schemas import query
from meterdrop.api.schemas.customers import (
    CustomerModel,
    CustomerPage,
    CustomerSearchResult,
    CustomerUpdate,
    DeletedCustomerModel,
    NewCustomer,
)
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter, idempotency_key_reused, resource_missing
from meterdrop.api.schemas.query import TimeRange
from meterdrop.domain.access.permissions import Resource
from meterdrop.domain.customers.customer import (
    MAX_METADATA_KEYS,
    Customer,
    CustomerFilter,
    StoredCustomer,
    deleted,
    merged,
)
from meterdrop.domain.customers.search import QueryError, parse_query
from meterdrop.domain.files.cells import could_be_stored

routes = Routes()


@routes.post("/v1/customers", Resource.CUSTOMERS.write, json_response(CustomerModel, "The new customer."))
def create_customer(new: Annotated[NewCustomer, Body(description="The new customer.")]) -> CustomerModel:
    """Create a customer.

    Send an `id` to use the ID that your files have. Without it, Meterdrop creates an ID.
    """
    token = routes.request_token
    new_customer = Customer(
        id=new.id or f"cus_{token.removeprefix(TOKEN_PREFIX)}",
        created=int(time.time()),
        last_change=routes.change("create"),
    )
    customer = _with_update(new_customer, new)
    stored = dependencies.customer_changes().create(StoredCustomer(customer=customer, request=token))
    if stored.request != token:
        raise bad_parameter(
            "id",
            f"A customer already exists with ID {customer.id}. Update that customer, or choose another ID.",
            ErrorCode.RESOURCE_ALREADY_EXISTS,
        )
    if stored.revision == 1 and replace(stored.customer, created=customer.created) != customer:
        raise idempotency_key_reused()
    return CustomerModel.from_customer(stored.customer)


@routes.get("/v1/customers", Resource.CUSTOMERS.read, json_response(CustomerPage, "A page of customers."))
def list_customers(  # noqa: PLR0913  one argument for each query parameter
    *,
    limit: query.Limit = 10,
    starting_after: query.StartingAfter = None,
    ending_before: query.EndingBefore = None,
    email: query.Email = None,
    created: query.CreatedAt = None,
    created_gt: query.CreatedGt = None,
    created_gte: query.CreatedGte = None,
    created_lt: query.CreatedLt = None,
    created_lte: query.CreatedLte = None,
) -> CustomerPage:
    """List customers, newest first.

    A new customer can be missing from the list for a moment. The fields of each customer are current.
    """
    time_range = TimeRange.between(gt=created_gt, gte=created_gte, lt=created_lt, lte=created_lte)
    if created is not None:
        time_range = TimeRange(max(created, time_range.first), min(created, time_range.last))
    customer_filter = CustomerFilter(email=email, created_from=time_range.first, created_until=time_range.last)
    customers = dependencies.customers()
    page = read_page(
        partial(customers.walk, customer_filter),
        _find_position,
        PageCursor(starting_after, ending_before),
        limit,
        noun="customer",
    )
    return CustomerPage(
        object="list",
        data=[CustomerModel.from_customer(customer) for customer in page.items],
        has_more=page.has_more,
        url="/v1/customers",
    )


@routes.get("/v1/customers/search", Resource.CUSTOMERS.read, json_response(CustomerSearchResult, "A page of results."))
def search_customers(
    *, search_query: query.SearchQuery, limit: query.Limit = 10, page: query.SearchCursor = None
) -> CustomerSearchResult:
    """Search customers with Stripe's query language.

    You can search by ID, name, email, phone, created and metadata. The results have no order. A new or changed customer
    can be missing for a moment.
    """
    try:
        customer_query = parse_query(search_query)
    except QueryError as error:
        raise bad_parameter("query", f"Invalid query: {error}") from None
    beyond = None if page is None else _decode_position(page)
    found = dependencies.customers().search(customer_query.matches, limit, beyond=beyond)
    next_page = None if found.position is None else _encode_position(found.position)
    if next_page is not None and not found.customers:
        # An empty page would be the end to Stripe's clients.
        raise bad_parameter(
            "query",
            f"Meterdrop has read many customers, and none is a result. To read on, send page={next_page}.",
            ErrorCode.FILTER_TOO_BROAD,
        )
    return CustomerSearchResult(
        object="search_result",
        data=[CustomerModel.from_customer(customer) for customer in found.customers],
        has_more=next_page is not None,
        next_page=next_page,
        url="/v1/customers/search",
    )


@routes.get(
    "/v1/customers/<customer_id>",
    Resource.CUSTOMERS.read,
    json_response(CustomerModel | DeletedCustomerModel, "The customer, or that it was deleted."),
    not_found=True,
)
def get_customer(customer_id: str) -> CustomerModel | DeletedCustomerModel:
    """Get a customer."""
    stored = _find_customer(decode_id(customer_id))
    if stored.deleted is not None:
        return DeletedCustomerModel.from_id(stored.customer.id)
    return CustomerModel.from_customer(stored.customer)


@routes.post(
    "/v1/customers/<customer_id>",
    Resource.CUSTOMERS.write,
    json_response(CustomerModel, "The updated customer."),
    not_found=True,
)
def update_customer(
    customer_id: str, update: Annotated[CustomerUpdate, Body(description="The fields to change.")]
) -> CustomerModel:
    """Update a customer."""
    change = routes.change("update")
    while True:  # a round fails only if another writer changed the customer
        stored = _find_registered(decode_id(customer_id))
        changed = replace(_with_update(stored.customer, update), last_change=change)
        if changed == stored.customer or dependencies.customer_changes().save(
            replace(stored, customer=changed, revision=stored.revision + 1, upload=None, row=None, changes=None)
        ):
            return CustomerModel.from_customer(changed if changed != stored.customer else stored.customer)


@routes.delete(
    "/v1/customers/<customer_id>",
    Resource.CUSTOMERS.write,
    json_response(DeletedCustomerModel, "The deleted customer."),
    not_found=True,
)
def delete_customer(customer_id: str) -> DeletedCustomerModel:
    """Delete a customer.

    Meterdrop refuses its usage from the next file or event on. Usage that is already counted stays.
    """
    while True:  # as above
        stored = _find_registered(decode_id(customer_id))
        gone = deleted(stored, int(time.time()), routes.request_token, routes.change("delete"))
        if dependencies.customer_changes().save(gone):
            return DeletedCustomerModel.from_id(stored.customer.id)


def check_customer_path(path: str) -> None:
    """Check that a path with slashes in the customer's ID names a customer. Raises ApiError 404.

    Otherwise, a path of Stripe such as /v1/customers/cus_1/tax_ids would be refused for its parameters.
    """
    prefix, _, step = path.rpartition("/")
    if prefix == "/v1/customers" and "/" in (customer_id := decode_id(step)):
        _find_customer(customer_id)


def _with_update(customer: Customer, update: CustomerUpdate) -> Customer:
    """Return the updated customer. Raises ApiError 400 for too much metadata."""
    changes = update.changes()
    metadata = {} if update.metadata is None else merged(customer.metadata, update.metadata)
    if len(metadata) > MAX_METADATA_KEYS:
        raise bad_parameter(
            "metadata",
            f"Invalid metadata: the customer would have {len(metadata)} keys. The maximum is {MAX_METADATA_KEYS}. "
            "Send fewer keys, or remove keys by sending empty values.",
        )
    return replace(customer, **changes, metadata=metadata)


def _find_registered(customer_id: str) -> StoredCustomer:
    stored = _find_customer(customer_id)
    if stored.deleted is not None:
        raise resource_missing(f"No such customer: {customer_id}. The customer was deleted.")
    return stored


def _find_customer(customer_id: str) -> StoredCustomer:
    customers = dependencies.customers()
    stored = customers.find(customer_id)
    if stored is None and "+" in customer_id:
        # Stripe's client writes a space in a path as +, which API Gateway doesn't decode.
        stored = customers.find(customer_id.replace("+", " "))
    if stored is None:
        raise resource_missing(f"No such customer: {customer_id}. Nothing exists at /v1/customers/{customer_id}.")
    return stored


def _encode_position(customer_id: str) -> str:
    return base64.urlsafe_b64encode(customer_id.encode()).decode().rstrip("=")


def _decode_position(page: str) -> str:
    """Return the customer's ID in a `next_page`. Raises ApiError 400."""
    try:
        customer_id = base64.urlsafe_b64decode(page + "=" * (-len(page) % 4)).decode()
    except ValueError:
        customer_id = ""
    if not could_be_stored(customer_id):
        raise bad_parameter("page", "Invalid page: must be the next_page of a search. Send it as you received it.")
    return customer_id


def _find_position(customer_id: str) -> Customer | None:
    """Return a customer's position in the list. A deleted one still has its position, so that paging can go on."""
    stored = dependencies.customers().find(customer_id)
    return None if stored is None else stored.customer
