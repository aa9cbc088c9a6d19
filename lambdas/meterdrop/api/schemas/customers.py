"""Customers on the wire, in Stripe's shapes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from meterdrop.api.schemas.common import ApiModel, OptionalEmail, OptionalName, OptionalText, Reference, any_text
from meterdrop.api.schemas.meters import Moment, Parameters
from meterdrop.domain.customers.customer import (
    KEY_LENGTH,
    MAX_METADATA_KEYS,
    VALUE_LENGTH,
    Customer,
    refuse_unreachable,
)


def _reachable(customer_id: str) -> str:
    if cell_error := refuse_unreachable(customer_id):
        raise ValueError(cell_error.message)
    return customer_id


def _keys_fit(metadata: dict[str, str]) -> dict[str, str]:
    for key in metadata:
        if not 0 < len(any_text(key)) <= KEY_LENGTH:
            raise ValueError(f"keys must have 1 to {KEY_LENGTH} characters")
    return metadata


def _or_none(value: object) -> object:
    return None if value == "" else value


_Value = Annotated[str, Field(max_length=VALUE_LENGTH), AfterValidator(any_text)]
_Metadata = Annotated[
    dict[str, _Value],
    Field(max_length=MAX_METADATA_KEYS, json_schema_extra={"propertyNames": {"minLength": 1, "maxLength": KEY_LENGTH}}),
    AfterValidator(_keys_fit),
]
_Changes = Annotated[
    _Metadata | None,
    BeforeValidator(_or_none),
    Field(description="Keys to set; an empty value takes a key away, and nothing in place of them takes all away."),
]


class CustomerUpdate(Parameters):
    """What is to be different: what is not named stays, what is empty is taken away."""

    name: OptionalName = None
    email: OptionalEmail = None
    description: OptionalText = None
    metadata: _Changes = Field(default_factory=dict)


class NewCustomer(CustomerUpdate):
    """A customer that is to be."""

    id: Annotated[
        Annotated[Reference, AfterValidator(_reachable)] | None,
        Field(description="An id of your own, as your files name the customer.", examples=["cus_QMJJtcu70R1x46"]),
    ] = None


class CustomerModel(ApiModel):
    """Who usage is billed to."""

    id: str
    object: Literal["customer"]
    created: Moment
    description: str | None
    email: str | None
    livemode: Literal[True]
    metadata: dict[str, str]
    name: str | None

    @classmethod
    def of(cls, customer: Customer) -> "CustomerModel":
        """Show a customer."""
        return cls(
            id=customer.id,
            object="customer",
            created=customer.created,
            description=customer.description,
            email=customer.email,
            livemode=True,
            metadata=dict(customer.metadata),
            name=customer.name,
        )


class DeletedCustomerModel(ApiModel):
    """What stays of a customer that was deleted."""

    id: str
    object: Literal["customer"]
    deleted: Literal[True]

    @classmethod
    def of(cls, customer_id: str) -> "DeletedCustomerModel":
        """Show that a customer was deleted."""
        return cls(id=customer_id, object="customer", deleted=True)


class CustomerPage(ApiModel):
    """One page of customers, newest first."""

    object: Literal["list"]
    data: list[CustomerModel]
    has_more: Annotated[bool, Field(description="Whether there are more in the direction that was asked for.")]
    url: Literal["/v1/customers"]
