"""The usage of every customer of a meter, in the order of their IDs.

The customers of a meter and month are in 16 partitions, each sorted by customer. All partitions are read at the same
time and merged, so that only a few pages are in memory.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter

from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.adapters.dynamodb.query import AFTER_ALL, Query
from meterdrop.adapters.metering.rollups import added
from meterdrop.adapters.metering.usage_items import CUSTOMER_SHARDS, customer_of, partition_of_shard, partner_of
from meterdrop.domain.metering.contributions import Month
from meterdrop.domain.metering.partners import matches_scope
from meterdrop.domain.metering.summary import Scope, UsedHour

_BEFORE_ALL = " "
"""Less than the first character of every customer's ID."""
_HELD_ITEMS = 16_384
"""Items that the pages of all partitions may hold together. A page also ends at 1 MB."""
_ITEMS_OF_CUSTOMER = 4
"""Items to read first for each customer that the caller needs."""
_Page = tuple[list[Attributes], Attributes | None]
_CustomerItems = tuple[str, str, Iterator[Attributes]]
"""A customer, a month, and the customer's items of that month."""


@dataclass(frozen=True, slots=True)
class CustomerMonths:
    """The customers of a scope, read on the threads of `executor`."""

    json_client: JsonClient
    table: str
    executor: Executor
    scope: Scope
    """The meter, and the partner. The customer is None."""

    def walk(
        self, months: Sequence[str], *, beyond: str | None, descending: bool, expect: int | None
    ) -> Iterator[tuple[str, list[UsedHour]]]:
        """Yield each customer past `beyond` with the usage of all hours of the months, lazily.

        `expect` is the number of customers that the caller needs, None for all. Raises SumNotExactError.
        """
        if not months:
            return
        first, last = _BEFORE_ALL, AFTER_ALL
        if beyond is not None:
            first, last = (first, beyond) if descending else (f"{beyond}\t{AFTER_ALL}", last)
        streams = [
            self._stream(month, Query(partition_of_shard(self.scope.meter, month, shard), first, last, descending))
            for month in months
            for shard in CUSTOMER_SHARDS
        ]
        limit = max(1, _HELD_ITEMS // len(streams))
        if expect is not None:
            limit = min(limit, _ITEMS_OF_CUSTOMER * (expect // len(CUSTOMER_SHARDS) + 1))
        started = [stream.start(limit, is_ahead=expect is None) for stream in streams]
        for customer, parts in groupby(merge(*started, key=itemgetter(0), reverse=descending), itemgetter(0)):
            used = [
                hour
                for _, month, items in parts
                for hour in added(Month(self.scope.meter, customer, month), items).values()
            ]
            yield customer, used

    def _stream(self, month: str, query: Query) -> "_Stream":
        return _Stream(self, month, query)


@dataclass(frozen=True, slots=True)
class _Stream:
    """The customers of one partition."""

    of: CustomerMonths
    month: str
    query: Query

    def start(self, limit: int, *, is_ahead: bool) -> Iterator[_CustomerItems]:
        """Request the first page, of at most `limit` items, and return the customers with their items.

        With `is_ahead`, each further page is requested while the one before it is in use.
        """
        items = self._items(self._request(limit, None), limit, is_ahead=is_ahead)
        wanted = self.of.scope.partner
        if wanted is not None:
            items = (item for item in items if matches_scope(partner_of(item), wanted))
        return ((customer, self.month, group) for customer, group in groupby(items, customer_of))

    def _items(self, first: "Future[_Page]", limit: int, *, is_ahead: bool) -> Iterator[Attributes]:
        page: Future[_Page] | None = first
        while page is not None:
            items, after = page.result()
            page = self._request(limit, after) if is_ahead and after is not None else None
            yield from items
            if page is None and after is not None:
                limit = min(2 * limit, _HELD_ITEMS)  # more than the caller seemed to need
                page = self._request(limit, after)

    def _request(self, limit: int, after: Attributes | None) -> "Future[_Page]":
        return self.of.executor.submit(self.query.page, self.of.json_client, self.of.table, limit=limit, after=after)
