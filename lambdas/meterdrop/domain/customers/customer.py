"""Customers, and the filter of the customer list."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from meterdrop.domain.changes import Change
from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.ids import LAST_SECOND

MAX_METADATA_KEYS = 50
KEY_LENGTH = 40
VALUE_LENGTH = 500
"""Stripe's limits for metadata: keys, characters of a key, and characters of a value."""
NAME_LENGTH = 256
EMAIL_LENGTH = 512
DESCRIPTION_LENGTH = 5_000
PHONE_LENGTH = 20
"""Stripe's limits in characters."""
SEARCH = "search"
"""The ID that no customer can have: its path is that of the search."""
ADDRESS_LENGTH = 500
LOCALE_LENGTH = 100
MAX_LOCALES = 50
"""Limits of Meterdrop: characters of an address's texts and of a locale, and locales. With Stripe's 5,000 characters,
a customer could be larger than an item of DynamoDB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer. Missing texts and objects are None, never empty. `created` is in epoch seconds.

    `address` and `shipping` have Stripe's keys, without those that are empty.
    """

    id: str
    name: str | None = None
    email: str | None = None
    description: str | None = None
    phone: str | None = None
    address: Mapping[str, str] | None = None
    shipping: Mapping[str, Any] | None = None
    preferred_locales: tuple[str, ...] = ()
    tax_exempt: Literal["exempt", "reverse"] | None = None
    """None for Stripe's `none`."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    created: int
    last_change: Change | None = field(default=None, compare=False)
    """For a change by a file, the author is the upload, whose history has its sender and times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCustomer:
    """A stored customer. `revision` counts the writes, starting at 1.

    `upload` and `row` name the row that wrote it last. `changes` is the number of the file's rows that changed it.
    `request` is the token of the request that created or deleted it. Each is None if it doesn't apply.

    A deleted customer keeps its item with the ID, `created`, `revision`, `request` and `deleted` only. So a conditional
    write detects a deletion since the last read.
    """

    customer: Customer
    revision: int = 1
    upload: str | None = None
    row: int | None = None
    changes: int | None = None
    request: str | None = None
    deleted: int | None = None
    """When the customer was deleted, in epoch seconds. None if it isn't deleted."""
    last_deleted: int | None = None
    """When the last customer with this ID was deleted. Files that arrived until then don't change this customer."""

    def is_deleted_since(self, arrival: int) -> bool:
        """Return whether the customer, or the last one with its ID, was deleted since a file's arrival."""
        last = self.last_deleted if self.deleted is None else self.deleted
        return last is not None and last >= arrival


def refuse_unreachable(id_: str) -> CellError | None:
    """Return the error of an ID that no path of the API can contain. Return None for other IDs."""
    if "?" in id_:
        return CellError(
            RowCode.FIELD_INVALID, "The value contains a question mark, which IDs can't contain. Remove it."
        )
    if id_ == SEARCH:
        return CellError(RowCode.FIELD_INVALID, f'No customer can have the ID "{SEARCH}". Use another ID.')
    return None


def deleted(
    stored: StoredCustomer, timestamp: int, request: str | None, change: Change | None = None
) -> StoredCustomer:
    """Return the item of a customer deleted at `timestamp` (epoch seconds).

    `request` is the request's token. If two requests delete the customer at once, it shows which one succeeded.
    """
    blank = Customer(id=stored.customer.id, created=stored.customer.created, last_change=change)
    return StoredCustomer(customer=blank, revision=stored.revision + 1, request=request, deleted=timestamp)


def merged(metadata: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Return metadata with changes applied. An empty value removes its key."""
    return {name: value for name, value in {**metadata, **changes}.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """Conditions for customers. None means any. The bounds of `created` are inclusive, in epoch seconds."""

    email: str | None = None
    created_from: int = 0
    created_until: int = LAST_SECOND

    def matches(self, customer: Customer) -> bool:
        """Return whether a customer meets all conditions."""
        is_within = self.created_from <= customer.created <= self.created_until
        return is_within and self.email in {None, customer.email}
