"""The customer as a catalog item: its key, and the mapping in both directions."""

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from meterdrop.adapters.dynamodb.items import FORM
from meterdrop.domain.changes import Author, Change, change_object, change_of
from meterdrop.domain.customers.customer import Customer, StoredCustomer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

SORT_KEY = "customer"
DELETED = "deleted"
"""Attribute of a deleted customer: the time of deletion, in epoch seconds."""
SHARDS = 8
"""Partitions of the index by_created. With only one, a large customer file would be throttled."""

Item = dict[str, Any]


def partition(customer_id: str) -> str:
    """Return the partition key of a customer. Each has its own, so that a file reads many partitions."""
    return f"customer#{customer_id}"


def shard(number: int) -> str:
    """Return the key of one of the `SHARDS` partitions of the index by_created."""
    return f"customers#{number}"


def key_of(customer_id: str) -> "dict[str, AttributeValueTypeDef]":
    """Return the key of a customer's item, for the boto3 client."""
    return {"pk": {"S": partition(customer_id)}, "sk": {"S": SORT_KEY}}


def created_id(customer: Customer) -> str:
    """Return the sort key of the indexes: the time of creation, then the ID."""
    return f"{customer.created:010d}#{customer.id}"


def to_item(stored: StoredCustomer) -> Item:
    """Return the item in the resource API's types, without attributes that are None or empty.

    The indexes do not contain deleted customers.
    """
    customer, is_there = stored.customer, stored.deleted is None
    item: Item = {
        "pk": partition(customer.id),
        "sk": SORT_KEY,
        "form": FORM,
        "id": customer.id,
        "name": customer.name,
        "email": customer.email,
        "description": customer.description,
        "phone": customer.phone,
        "address": customer.address,
        "shipping": customer.shipping,
        "preferred_locales": list(customer.preferred_locales) or None,
        "tax_exempt": customer.tax_exempt,
        "metadata": dict(customer.metadata) or None,
        "created": customer.created,
        "revision": stored.revision,
        "upload": stored.upload,
        "row": stored.row,
        "changes": stored.changes,
        "request": stored.request,
        DELETED: stored.deleted,
        "last_change": change_object(customer.last_change) if stored.upload is None else None,
        "last_deleted": stored.last_deleted,
        "shard": shard(zlib.crc32(customer.id.encode()) % SHARDS) if is_there else None,
        "created_id": created_id(customer) if is_there else None,
    }
    return {name: value for name, value in item.items() if value is not None}


def from_item(item: Mapping[str, Any]) -> StoredCustomer:
    """Return the customer of an item. An item written manually may have only the ID; its revision is 0."""
    return StoredCustomer(
        customer=Customer(
            id=item["id"],
            name=item.get("name"),
            email=item.get("email"),
            description=item.get("description"),
            phone=item.get("phone"),
            address=item.get("address"),
            shipping=item.get("shipping"),
            preferred_locales=tuple(item.get("preferred_locales", ())),
            tax_exempt=item.get("tax_exempt"),
            metadata=item.get("metadata", {}),
            created=int(item.get("created", 0)),
            # A file stores none, because it writes many customers.
            last_change=Change("register", Author(item["upload"]))
            if "upload" in item
            else change_of(item.get("last_change")),
        ),
        revision=int(item.get("revision", 0)),
        upload=item.get("upload"),
        row=_int(item.get("row")),
        changes=_int(item.get("changes")),
        request=item.get("request"),
        deleted=_int(item.get(DELETED)),
        last_deleted=_int(item.get("last_deleted")),
    )


def _int(value: Any) -> int | None:  # noqa: ANN401
    return None if value is None else int(value)
