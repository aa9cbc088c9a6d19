"""Reads customers: one by its id, many in order of their making. Never a scan."""

import heapq
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from boto3.dynamodb.types import TypeDeserializer

from meterdrop.adapters.batch_read import MOST_KEYS, BatchReader
from meterdrop.adapters.customer_item import SHARDS, created_id, from_item, key_of, shard
from meterdrop.domain.customers.customer import Customer, CustomerFilter, StoredCustomer
from meterdrop.domain.files.cells import could_be_stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_ID = len("0000000000#")  # where the id begins in what the indexes sort by
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
        """Return a customer as it is now, or what stays of a deleted one, or None."""
        if not could_be_stored(customer_id):
            return None
        answer = self._client.get_item(TableName=self._table, Key=key_of(customer_id), ConsistentRead=True)
        item = answer.get("Item")
        return from_item({name: _deserialize(value) for name, value in item.items()}) if item else None

    def walk(
        self,
        wanted: CustomerFilter,
        *,
        beyond: Customer | None = None,
        newest_first: bool = True,
        expect: int = MOST_KEYS,
    ) -> Iterator[Customer]:
        """Yield the customers that match as they are now, lazily, those past `beyond` only.

        `expect` is how many the caller means to take. The indexes lag by a moment, so a new customer may be missing.
        """
        places = self._places(wanted, beyond, newest_first=newest_first, expect=expect)
        while chunk := list(islice(places, min(expect, MOST_KEYS))):
            # One that was deleted and made anew may have both its places in the index; the item says which is true.
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
        # `$` sorts behind `#`, so behind every id of the last second.
        low, high = f"{wanted.created_from:010d}#", f"{wanted.created_until:010d}$"
        cursor = None if beyond is None else created_id(beyond)
        if cursor is not None:
            low, high = (low, min(high, cursor)) if newest_first else (max(low, cursor), high)
        if low > high:
            return
        partitions = _partitions(wanted)
        page = expect // len(partitions) * 2 + 1  # mostly enough of each, and never all of all
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
