"""The customers of the catalog: find one, list them, and change one."""

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from meterdrop.adapters.catalog.customer_items import SHARDS, created_id, from_item, key_of, shard, to_item
from meterdrop.adapters.dynamodb.batch import MAX_KEYS, BatchReader
from meterdrop.domain.customers.customer import Customer, CustomerFilter, StoredCustomer
from meterdrop.domain.files.cells import could_be_stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef


_ID = len("0000000000#")  # where the ID begins in the sort key of the indexes
_deserialize = TypeDeserializer().deserialize


class _Partition(NamedTuple):
    index_name: str
    attribute: str
    value: str


class CustomerList:
    """The customers of the catalog, read only."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from `table` with `client`."""
        self._client = client
        self._table = table
        self._batches = BatchReader(client, table, key_of=key_of)

    def find(self, customer_id: str) -> StoredCustomer | None:
        """Return the current customer, deleted ones included, or None."""
        if not could_be_stored(customer_id):
            return None
        response = self._client.get_item(TableName=self._table, Key=key_of(customer_id), ConsistentRead=True)
        item = response.get("Item")
        return from_item({name: _deserialize(value) for name, value in item.items()}) if item else None

    def walk(
        self,
        wanted: CustomerFilter,
        *,
        beyond: Customer | None = None,
        newest_first: bool = True,
        expect: int = MAX_KEYS,
    ) -> Iterator[Customer]:
        """Yield the current customers that match, lazily, starting after `beyond`.

        `expect` is the number of customers that the caller expects to use. The indexes are eventually consistent, so a
        new customer may be missing.
        """
        places = self._places(wanted, beyond, newest_first=newest_first, expect=expect)
        while chunk := list(islice(places, min(expect, MAX_KEYS))):
            # A customer that was deleted and created again may have two index entries. The item shows the current one.
            items = self._batches.read(list(dict.fromkeys(place[_ID:] for place in chunk)))
            for place in chunk:
                item = items.get(place[_ID:])
                if item is not None and item.get("created_id") == place:
                    customer = from_item(item).customer
                    if wanted.matches(customer):
                        yield customer

    def _places(
        self, wanted: CustomerFilter, beyond: Customer | None, *, newest_first: bool, expect: int
    ) -> Iterator[str]:
        # `$` sorts after `#`, so after each ID of the last second.
        low, high = f"{wanted.created_from:010d}#", f"{wanted.created_until:010d}$"
        cursor = None if beyond is None else created_id(beyond)
        if cursor is not None:
            low, high = (low, min(high, cursor)) if newest_first else (max(low, cursor), high)
        if low > high:
            return
        partitions = _partitions(wanted)
        page = expect // len(partitions) * 2 + 1  # usually enough from each partition, without reading all of them
        runs = [self._run(each, low, high, newest_first=newest_first, page=page) for each in partitions]
        yield from (place for place in heapq.merge(*runs, reverse=newest_first) if place != cursor)

    def _run(self, one: _Partition, low: str, high: str, *, newest_first: bool, page: int) -> Iterator[str]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=one.index_name,
            KeyConditionExpression="#pk = :pk AND created_id BETWEEN :low AND :high",
            ExpressionAttributeNames={"#pk": one.attribute},
            ExpressionAttributeValues={":pk": {"S": one.value}, ":low": {"S": low}, ":high": {"S": high}},
            ScanIndexForward=not newest_first,
            PaginationConfig={"PageSize": page},
        )
        return (item["created_id"]["S"] for page_ in pages for item in page_["Items"])


def _partitions(wanted: CustomerFilter) -> list[_Partition]:
    if wanted.email is not None:
        return [_Partition("by_email", "email", wanted.email)]
    return [_Partition("by_created", "shard", shard(number)) for number in range(SHARDS)]


_serialize = TypeSerializer().serialize


class CustomerChanges:
    """The customers of the catalog, for writes."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Write to `table` with `client`."""
        self._client = client
        self._table = table
        self._customers = CustomerList(client, table)

    def create(self, new: StoredCustomer) -> StoredCustomer:
        """Store a new customer and return it, or return the customer stored under its ID.

        A new customer replaces a deleted one with the same ID.
        """
        while True:
            try:
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(new),
                    ConditionExpression="attribute_not_exists(pk) OR attribute_exists(deleted)",
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                # If the stored customer was deleted since the call, try again.
                stored = self._customers.find(new.customer.id)
                if stored is not None and stored.deleted is None:
                    return stored
            else:
                return new

    def save(self, changed: StoredCustomer) -> bool:
        """Store a changed customer. Returns False if it changed since it was read; then read it again.

        `changed.revision` is the revision that was read, plus one.
        """
        read = changed.revision - 1
        condition: Any = {
            "ConditionExpression": "revision = :read",
            "ExpressionAttributeValues": {":read": {"N": str(read)}},
        }
        if read == 0:  # written manually, without a revision
            condition = {"ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(revision)"}
        try:
            self._client.put_item(TableName=self._table, Item=_item(changed), **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            # After a lost response, the client retries the call and may find its own write.
            return self._customers.find(changed.customer.id) == changed
        return True


def _item(stored: StoredCustomer) -> "dict[str, AttributeValueTypeDef]":
    return {name: _serialize(value) for name, value in to_item(stored).items()}
