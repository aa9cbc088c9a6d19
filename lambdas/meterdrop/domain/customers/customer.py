"""A customer that usage is billed to, and the filter of the customer list."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.ids import LAST_SECOND

MAX_METADATA_KEYS = 50
KEY_LENGTH = 40
VALUE_LENGTH = 500
"""Stripe's limits for metadata: how many keys, characters of a key, characters of a value."""
NAME_LENGTH = 256
EMAIL_LENGTH = 512
"""Stripe's limits in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer. Texts are never empty: what there is none of is None; `created` is in epoch seconds."""

    id: str
    name: str | None = None
    email: str | None = None
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCustomer:
    """A customer as it lies in the catalog: `revision` counts the writes and begins with 1.

    `upload` and `row` name the row of a file that wrote it last, `changes` tells how many rows of that file changed it,
    `request` is the token of the request that created or deleted it; each is None where there was none.

    A deleted customer keeps its item, with nothing but the id, `created`, the revision, and when and by which request
    it was deleted. So one conditional write tells whether a customer was deleted since it was read.
    """

    customer: Customer
    revision: int = 1
    upload: str | None = None
    row: int | None = None
    changes: int | None = None
    request: str | None = None
    deleted: int | None = None
    """When the customer was deleted, in epoch seconds; None for one that is there."""


def refuse_unreachable(id_: str) -> CellError | None:
    """Refuse an id that no path of the API can name."""
    if "?" not in id_:
        return None
    return CellError(RowCode.FIELD_INVALID, "holds a question mark, at which API Gateway ends a path. Leave it out.")


def deleted(stored: StoredCustomer, timestamp: int, request: str | None) -> StoredCustomer:
    """Return what stays of a customer that a request deletes at a time (epoch seconds): the id and its place in lists.

    Of two requests at once one deletes the customer: each has a token of its own.
    """
    blank = Customer(id=stored.customer.id, created=stored.customer.created)
    return StoredCustomer(customer=blank, revision=stored.revision + 1, request=request, deleted=timestamp)


def merged(metadata: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Return metadata with the changes made: a key is set, or taken away by an empty value."""
    return {name: value for name, value in {**metadata, **changes}.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerFilter:
    """What a customer must be like; None asks for nothing. Both bounds of `created` are inclusive, in epoch seconds."""

    email: str | None = None
    created_from: int = 0
    created_until: int = LAST_SECOND

    def matches(self, customer: Customer) -> bool:
        """Return whether a customer is wanted."""
        is_within = self.created_from <= customer.created <= self.created_until
        return is_within and self.email in {None, customer.email}
