"""Customers as requests and responses, in Stripe's shapes."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from meterdrop.api.schemas.common import (
    ApiModel,
    ChangeModel,
    HasMore,
    LastChange,
    OptionalAddressText,
    OptionalDescription,
    OptionalEmail,
    OptionalName,
    OptionalPhone,
    Reference,
    RequestModel,
    Timestamp,
    any_text,
)
from meterdrop.domain.customers.customer import (
    KEY_LENGTH,
    LOCALE_LENGTH,
    MAX_LOCALES,
    MAX_METADATA_KEYS,
    NAME_LENGTH,
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


def _as_list(value: object) -> object:
    """Return the list that Stripe's clients write in a form as `a[0]`, `a[1]`. An empty text removes all items."""
    if value and isinstance(value, dict) and list(value) == [str(index) for index in range(len(value))]:
        return [*value.values()]
    return [] if value == "" else value


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


_Locale = Annotated[str, Field(min_length=1, max_length=LOCALE_LENGTH), AfterValidator(any_text)]


class Address(RequestModel):
    """An address. Its texts are kept as sent."""

    city: OptionalAddressText = None
    country: OptionalAddressText = None
    line1: OptionalAddressText = None
    line2: OptionalAddressText = None
    postal_code: OptionalAddressText = None
    state: OptionalAddressText = None


class Shipping(RequestModel):
    """The recipient of deliveries."""

    address: Address
    name: Annotated[str, Field(min_length=1, max_length=NAME_LENGTH), AfterValidator(any_text)]
    phone: OptionalPhone = None


class CustomerUpdate(RequestModel):
    """The parameters of an update: absent fields stay, and empty values remove them."""

    name: OptionalName = None
    email: OptionalEmail = None
    description: OptionalDescription = None
    phone: OptionalPhone = None
    address: Annotated[Address | None, BeforeValidator(_or_none), Field(description="Replaces the whole address.")] = (
        None
    )
    shipping: Annotated[
        Shipping | None, BeforeValidator(_or_none), Field(description="Replaces the whole recipient.")
    ] = None
    preferred_locales: Annotated[list[_Locale], Field(max_length=MAX_LOCALES), BeforeValidator(_as_list)] = Field(
        default_factory=list
    )
    tax_exempt: Annotated[
        Literal["none", "exempt", "reverse"] | None,
        BeforeValidator(_or_none),
        Field(description="Kept as sent. Meterdrop doesn't compute taxes."),
    ] = None
    metadata: _Changes = Field(default_factory=dict)

    def changes(self) -> dict[str, Any]:
        """Return the customer's new attributes, by name, without the metadata."""
        changes = self.model_dump(exclude={"id", "metadata"}, exclude_unset=True)
        if self.address is not None:
            changes["address"] = self.address.model_dump(exclude_none=True) or None
        if self.shipping is not None:
            changes["shipping"] = self.shipping.model_dump(exclude_none=True)
        if "preferred_locales" in changes:
            changes["preferred_locales"] = tuple(self.preferred_locales)
        if self.tax_exempt == "none":
            changes["tax_exempt"] = None
        return changes


class NewCustomer(CustomerUpdate):
    """The parameters of a new customer."""

    id: Annotated[
        Annotated[Reference, AfterValidator(_reachable)] | None,
        Field(
            description="Your own ID for the customer, as your files have it. Without it, Meterdrop creates one.",
            examples=["cus_QMJJtcu70R1x46"],
        ),
    ] = None


class AddressModel(ApiModel):
    """An address."""

    city: str | None
    country: str | None
    line1: str | None
    line2: str | None
    postal_code: str | None
    state: str | None

    @classmethod
    def from_address(cls, address: Mapping[str, str]) -> "AddressModel":
        """Return the model of an address without its empty texts."""
        return cls.model_validate({name: address.get(name) for name in cls.model_fields})


class ShippingModel(ApiModel):
    """The recipient of deliveries."""

    address: AddressModel
    name: str
    phone: str | None

    @classmethod
    def from_shipping(cls, shipping: Mapping[str, Any]) -> "ShippingModel":
        """Return the model of a recipient."""
        address = AddressModel.from_address(shipping["address"])
        return cls(address=address, name=shipping["name"], phone=shipping.get("phone"))


class InvoiceSettingsModel(ApiModel):
    """Stripe's settings for invoices. They are all null: Meterdrop makes no invoices."""

    custom_fields: None
    default_payment_method: None
    footer: None
    rendering_options: None


_WITHOUT_BILLING: dict[str, Any] = {
    "balance": 0,
    "currency": None,
    "default_source": None,
    "delinquent": False,
    "discount": None,
    "invoice_prefix": None,
    "invoice_settings": dict.fromkeys(InvoiceSettingsModel.model_fields),
    "test_clock": None,
}
"""Fields that programs read without asking whether they are there. They have the values of a new customer."""


class CustomerModel(ApiModel):
    """A customer, who is billed for usage. Fields of Stripe's customer that concern money never change."""

    id: str
    object: Literal["customer"]
    address: AddressModel | None
    balance: Literal[0]
    created: Timestamp
    currency: None
    default_source: None
    delinquent: Literal[False]
    description: str | None
    discount: None
    email: str | None
    invoice_prefix: None
    invoice_settings: InvoiceSettingsModel
    last_change: LastChange
    livemode: Literal[True]
    metadata: dict[str, str]
    name: str | None
    phone: str | None
    preferred_locales: list[str]
    shipping: ShippingModel | None
    tax_exempt: Literal["none", "exempt", "reverse"]
    test_clock: None

    @classmethod
    def from_customer(cls, customer: Customer) -> "CustomerModel":
        """Return the model of a customer."""
        return cls(
            id=customer.id,
            object="customer",
            address=None if customer.address is None else AddressModel.from_address(customer.address),
            created=customer.created,
            description=customer.description,
            email=customer.email,
            last_change=ChangeModel.from_change(customer.last_change),
            livemode=True,
            metadata=dict(customer.metadata),
            name=customer.name,
            phone=customer.phone,
            preferred_locales=list(customer.preferred_locales),
            shipping=None if customer.shipping is None else ShippingModel.from_shipping(customer.shipping),
            tax_exempt=customer.tax_exempt or "none",
            **_WITHOUT_BILLING,
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


class CustomerSearchResult(ApiModel):
    """One page of a search. A page with fewer customers than `limit` isn't always the last one."""

    object: Literal["search_result"]
    data: list[CustomerModel]
    has_more: HasMore
    next_page: Annotated[str | None, Field(description="The value of `page` for the next page; null on the last one.")]
    url: Literal["/v1/customers/search"]


class CustomerPage(ApiModel):
    """One page of customers, newest first."""

    object: Literal["list"]
    data: list[CustomerModel]
    has_more: HasMore
    url: Literal["/v1/customers"]
