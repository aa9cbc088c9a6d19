"""The usage of a month, hour by hour: the sum over all uploads, or a roll-up of it that is proven to be current.

Each upload puts its figures, then a new stamp for its bucket of the meter and month, and then its final status. A
reader takes the stamps first. It uses a roll-up only if the roll-up was made under the same stamps. Such a roll-up has
all figures of uploads that were final by then. Otherwise it reads the figures of the buckets whose stamps differ, and
stores the result under the stamps that it took. A stamp that was new in the meantime makes that result useless, but
never wrong. All roll-ups can be deleted at any time.

Cancelled events and events created with the API belong to no bucket. They are always read.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from functools import partial

from meterdrop.adapters.batching import chunks
from meterdrop.adapters.dynamodb.batch import WRITE_LIMIT, get_items, put_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.adapters.dynamodb.query import AFTER_ALL, Query
from meterdrop.adapters.metering.hour_lines import read_hours
from meterdrop.adapters.metering.usage_items import (
    CANCELS,
    COUNTERS,
    UPLOADS,
    known,
    made_under,
    partition,
    prefix,
    rollup,
    rollup_key,
    rollup_partition,
    stamps_partition,
)
from meterdrop.domain.metering.contributions import Month, month_of
from meterdrop.domain.metering.summary import UsedHour

FEW = 64
"""Items of a customer's month up to which they are added up each time. With more, a roll-up is worth its write."""
Stamps = Mapping[str, str]
"""The stamps of a meter and month, by bucket."""


class MonthlyUsage:
    """The usage of months, read with roll-ups. Safe to use from many threads."""

    def __init__(self, json_client: JsonClient, table: str, executor: Executor) -> None:
        """Read from `table`, several buckets at the same time on the threads of `executor`."""
        self._json_client = json_client
        self._table = table
        self._executor = executor

    def stamps(self, meter: str, hours: range) -> dict[str, dict[str, str]]:
        """Return the stamps of every month that has usage in `hours`, oldest first. Take them before anything else.

        If a month has events that the API created, `COUNTERS` is among its stamps.
        """
        found: dict[str, dict[str, str]] = {}
        stamps = Query(stamps_partition(meter), month_of(hours.start), month_of(hours.stop - 1) + AFTER_ALL)
        for item in stamps.items(self._json_client, self._table):
            month, _, bucket = known(item)["sk"]["S"].partition("#")
            found.setdefault(month, {})[bucket] = item["token"]["S"]
        return found

    def hours(self, of: Month, stamps: Stamps) -> dict[int, UsedHour]:
        """Return the usage of a month by hour, with `stamps` as taken before. Raises SumNotExactError."""
        items = self._few(of)
        if items is None:
            items = self._many(of, {bucket: stamp for bucket, stamp in stamps.items() if bucket != COUNTERS})
        return added(of, items)

    def _few(self, of: Month) -> Iterable[Attributes] | None:
        """Return all items of a customer's month, or None if there are many. All customers have many."""
        if of.customer is None:
            return None
        items, after = Query.of_prefix(partition(of), prefix(of)).page(self._json_client, self._table, limit=FEW)
        return items if after is None else None

    def _many(self, of: Month, stamps: Stamps) -> Iterator[Attributes]:
        yield from Query(partition(of), prefix(of) + CANCELS, prefix(of) + UPLOADS).items(
            self._json_client, self._table
        )
        if stamps:
            yield self._rollup(of, stamps)

    def _rollup(self, of: Month, stamps: Stamps) -> Attributes:
        """Return the roll-up of a month under these stamps. Makes and stores it if there is none."""
        found = get_items(self._json_client, self._table, [rollup_key(of)])
        if found and made_under(found[0]) == stamps:
            return found[0]
        parts: dict[tuple[str, str], Attributes] = {}
        for item in Query.of_prefix(rollup_partition(of), rollup_key(of, "")["sk"]["S"]).items(
            self._json_client, self._table
        ):
            parts |= dict.fromkeys(made_under(item).items() & stamps.items(), item)
        changed = dict(stamps.items() - parts.keys())
        for made, items in zip(changed.items(), self._executor.map(partial(self._bucket, of), changed), strict=True):
            parts[made] = rollup(of, dict([made]), added(of, items), bucket=made[0])
        whole = rollup(of, stamps, added(of, parts.values()))
        new = [part for made, part in parts.items() if made[0] in changed]
        for part in chunks((*new, whole), WRITE_LIMIT):
            put_items(self._json_client, self._table, part)
        return whole

    def _bucket(self, of: Month, bucket: str) -> list[Attributes]:
        """Return the figures of a bucket's uploads."""
        uploads = Query.of_prefix(partition(of), f"{prefix(of)}{UPLOADS}{bucket}#")
        return list(uploads.items(self._json_client, self._table))


def added(of: Month, items: Iterable[Attributes]) -> dict[int, UsedHour]:
    """Add up the items of a month by hour. Raises SumNotExactError."""
    hours: dict[int, UsedHour] = {}
    cancels = prefix(of) + CANCELS
    for item in items:
        is_cancel = known(item)["sk"]["S"].startswith(cancels)
        for hour, figures, _ in read_hours(item, of.month):
            used = hours.get(hour)
            if used is None:
                used = hours[hour] = UsedHour(hour)
            used.figures.merge(figures)
            used.has_cancels |= is_cancel
    return hours
