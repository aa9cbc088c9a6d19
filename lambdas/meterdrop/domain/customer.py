"""Who usage is billed to, and what is remembered beside it: who wrote it last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

KEYS_AT_MOST = 50
KEY_LENGTH = 40
VALUE_LENGTH = 500
"""Stripe's limits for metadata: how many keys, characters of a key, characters of a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer. Texts are never empty: what there is none of is None; `created` is in epoch seconds."""

    id: str
    name: str | None = None
    email: str | None = None
    description: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    created: int


class DeletedCustomer(NamedTuple):
    """What stays of a customer: the id, and its place in the lists of customers."""

    id: str
    created: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCustomer:
    """A customer as it lies in the catalog: `revision` counts the writes and begins with 1.

    `upload` and `row` name the row of a file that wrote it last, `changes` tells how many rows of that file changed it,
    `request` is the token of the request that created it; each is None where there was none.
    """

    customer: Customer
    revision: int = 1
    upload: str | None = None
    row: int | None = None
    changes: int | None = None
    request: str | None = None


def merged(metadata: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Return metadata with the changes made: a key is set, or taken away by an empty value."""
    return {name: value for name, value in {**metadata, **changes}.items() if value}
