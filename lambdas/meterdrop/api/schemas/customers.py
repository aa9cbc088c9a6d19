"""Customers as requests and responses, in Stripe's shapes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from meterdrop.api.schemas.common import (
    ApiModel,
    HasMore,
    OptionalDescription,
    OptionalEmail,
    OptionalName,
    Reference,
    RequestModel,
    Timestamp,
    any_text,
)
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
            raise ValueError(f"each key must have 1 to {KEY_LENGTH} characters")
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
    Field(
        description="Keys to set. To remove a key, send an empty value for it. To remove all keys, send `metadata=`."
    ),
]


class CustomerUpdate(RequestModel):
    """The parameters of an update: absent fields stay, and empty values remove them."""

    name: OptionalName = None
    email: OptionalEmail = None
    description: OptionalDescription = None
    metadata: _Changes = Field(default_factory=dict)


class NewCustomer(CustomerUpdate):
    """The parameters of a new customer."""

    id: Annotated[
        Annotated[Reference, AfterValidator(_reachable)] | None,
        Field(
            description="Your own ID for the customer, as your files have it. Without it, Meterdrop creates one.",
            examples=["cus_QMJJtcu70R1x46"],
        ),
    ] = None


class CustomerModel(ApiModel):
    """A customer, who is billed for usage."""

    id: str
    object: Literal["customer"]
    created: Timestamp
    description: str | None
    email: str | None
    livemode: Literal[True]
    metadata: dict[str, str]
    name: str | None

    @classmethod
    def from_customer(cls, customer: Customer) -> "CustomerModel":
        """Return the model of a customer."""
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
    """A deleted customer."""

    id: str
    object: Literal["customer"]
    deleted: Literal[True]

    @classmethod
    def from_id(cls, customer_id: str) -> "DeletedCustomerModel":
        """Return the model of a deleted customer."""
        return cls(id=customer_id, object="customer", deleted=True)


class CustomerPage(ApiModel):
    """One page of customers, newest first."""

    object: Literal["list"]
    data: list[CustomerModel]
    has_more: HasMore
    url: Literal["/v1/customers"]
