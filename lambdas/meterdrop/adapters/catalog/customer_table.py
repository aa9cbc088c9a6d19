"""The customers of the catalog: find one, list them, and change one."""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from meterdrop.adapters.catalog.customer_bulk import CustomerRegistry
from meterdrop.adapters.catalog.customer_items import (
    SHARDS,
    SORT_KEY,
    created_id,
    from_item,
    key_of,
    shard,
    to_item,
)
from meterdrop.adapters.dynamodb.batch import READ_LIMIT
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import decode, encode
from meterdrop.adapters.dynamodb.query import query_all
from meterdrop.domain.customers.customer import Customer, CustomerFilter, StoredCustomer
from meterdrop.domain.files.cells import could_be_stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_ID = len("0000000000#")  # where the ID begins in the sort key of the indexes
_SCAN_LIMIT = 1_000
"""Items that a call of a search reads."""
SEARCH_LIMIT = 100_000
"""Items that a page of a search reads at most, in a few seconds."""


class _Partition(NamedTuple):
    index_name: str
    attribute: str
    value: str


class SearchPage(NamedTuple):
    """Customers that a search found. `position` is the ID to continue after, None if no more follow."""

    customers: list[Customer]
    position: str | None


class CustomerList:
    """The customers of the catalog, read only."""

    def __init__(self, client: "DynamoDBClient", json_client: JsonClient, table: str) -> None:
        """Read from `table`."""
        self._client = client
        self._json_client = json_client
        self._table = table
        self._customers = CustomerRegistry(json_client, table)

    def find(self, customer_id: str) -> StoredCustomer | None:
        """Return the current customer, deleted ones included, or None."""
        if not could_be_stored(customer_id):
            return None
        response = self._client.get_item(TableName=self._table, Key=key_of(customer_id), ConsistentRead=True)
        return from_item(decode(response["Item"])) if "Item" in response else None

    def walk(
        self,
        wanted: CustomerFilter,
        *,
        beyond: Customer | None = None,
        newest_first: bool = True,
        expect: int = READ_LIMIT,
    ) -> Iterator[Customer]:
        """Yield the current customers that match, lazily, starting after `beyond`.

        `expect` is the number of customers that the caller expects to use. The indexes are eventually consistent, so a
        new customer may be missing.
        """
        places = self._places(wanted, beyond, newest_first=newest_first, expect=expect)
        while chunk := list(islice(places, min(expect, READ_LIMIT))):
            found = self._customers.read(list(dict.fromkeys(place[_ID:] for place in chunk)))
            for place in chunk:
                stored = found.get(place[_ID:])
                # A customer that was deleted and created again may have two index entries. Only one is current.
                is_current = stored is not None and stored.deleted is None and created_id(stored.customer) == place
                if stored is not None and is_current and wanted.matches(stored.customer):
                    yield stored.customer

    def search(self, matches: Callable[[Customer], bool], limit: int, *, beyond: str | None = None) -> SearchPage:
        """Return at most `limit` customers that match, in the order of the table, after the customer `beyond`.

        It reads the table, because no index finds a part of a word. The reads are eventually consistent. If it has read
        `SEARCH_LIMIT` items, the page is smaller than `limit`, and may be empty.
        """
        request: dict[str, Any] = {
            "TableName": self._table,
            "Limit": _SCAN_LIMIT,
            "FilterExpression": "sk = :sk AND attribute_not_exists(deleted)",
            "ExpressionAttributeValues": {":sk": {"S": SORT_KEY}},
        }
        if beyond is not None:
            request["ExclusiveStartKey"] = key_of(beyond)
        found: list[Customer] = []
        position, read = beyond, 0
        while True:
            response = self._json_client.call("Scan", request)
            for item in response["Items"]:
                customer = from_item(decode(item)).customer
                if matches(customer):
                    if len(found) == limit:
                        return SearchPage(found, found[-1].id)
                    found.append(customer)
                position = customer.id
            read += response["ScannedCount"]
            if "LastEvaluatedKey" not in response:
                return SearchPage(found, None)
            if read >= SEARCH_LIMIT and position != beyond:
                return SearchPage(found, position)
            request["ExclusiveStartKey"] = response["LastEvaluatedKey"]

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
        request: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": one.index_name,
            "KeyConditionExpression": "#pk = :pk AND created_id BETWEEN :low AND :high",
            "ExpressionAttributeNames": {"#pk": one.attribute},
            "ExpressionAttributeValues": {":pk": {"S": one.value}, ":low": {"S": low}, ":high": {"S": high}},
            "ScanIndexForward": not newest_first,
            "Limit": page,
        }
        return (item["created_id"]["S"] for item in query_all(self._json_client, request))


def _partitions(wanted: CustomerFilter) -> list[_Partition]:
    if wanted.email is not None:
        return [_Partition("by_email", "email", wanted.email)]
    return [_Partition("by_created", "shard", shard(number)) for number in range(SHARDS)]


class CustomerChanges:
    """The customers of the catalog, for writes."""

    def __init__(self, client: "DynamoDBClient", table: str, customers: CustomerList) -> None:
        """Write to `table` with `client`, and read with `customers`."""
        self._client = client
        self._table = table
        self._customers = customers

    def create(self, new: StoredCustomer) -> StoredCustomer:
        """Store a new customer and return it, or return the customer stored under its ID.

        A new customer replaces a deleted one with the same ID, as its next revision. So a writer who read an earlier
        customer never changes the new one.
        """
        while True:
            try:
                self._client.put_item(
                    TableName=self._table, Item=encode(to_item(new)), ConditionExpression="attribute_not_exists(pk)"
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                stored = self._customers.find(new.customer.id)
            else:
                return new
            if stored is None:
                continue  # removed manually since the call
            if stored.deleted is None:
                return stored
            again = replace(new, revision=stored.revision + 1, last_deleted=stored.deleted)
            if self.save(again):
                return again

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
            self._client.put_item(TableName=self._table, Item=encode(to_item(changed)), **condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            # After a lost response, the client retries the call and may find its own write.
            return self._customers.find(changed.customer.id) == changed
        return True
