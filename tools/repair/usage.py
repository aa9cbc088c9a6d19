"""The writes that make stored usage what the events say. The items are those that the product itself would write."""

import secrets
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.adapters.metering.hour_lines import read_hours
from meterdrop.adapters.metering.usage_items import (
    COUNTER_SHARDS,
    UPLOADS,
    UsageItems,
    cancel_item,
    counter,
    counter_figures,
    counter_key,
    key_of,
    live_month,
    request_lists,
)
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.metering.contributions import HOUR, month_of
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.figures import Figures
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.metering.summary import Scope
from tools.repair.owners import Key, Owner, Stored

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef as Write

_SHARD = len("#00")
_BUCKET_SECONDS = 600


class UsageWrites:
    """The writes to one usage table."""

    def __init__(self, json_client: JsonClient, table: str, stored: Stored) -> None:
        """Write to `table`, whose contents are `stored`."""
        self._json_client = json_client
        self._table = table
        self._stored = stored

    def of_owner(self, owner: Owner, *, counts: bool) -> "list[Write]":
        """Return the writes that make an owner's usage that of its events, or delete it unless it counts."""
        wanted = {_key(item): item for item in self._wanted(owner)} if counts else {}
        stamps = {key: item for key, item in wanted.items() if key[0].endswith("#stamps")}
        puts = {key: item for key, item in wanted.items() if key not in stamps and owner.usage.get(key) != item}
        gone = [key for key in owner.usage if key not in wanted]
        # A summary that is made right now may have read the old figures: without these stamps nobody uses its roll-up.
        changed = dict(_stamp(key) for key in (*puts, *gone) if key[1].rpartition("\t")[2].startswith(UPLOADS))
        changed |= {key: item for key, item in stamps.items() if key not in self._stored.stamps}
        items = [*puts.values(), *changed.values()]
        return [*map(self._put, items), *map(self._delete, gone)]

    def _wanted(self, owner: Owner) -> Iterator[Attributes]:
        """Yield the items of an owner that counts."""
        if owner.is_upload:
            table = UsageTable(self._json_client, self._table, owner.id, owner.received, owner.partner)
            yield from chain.from_iterable(table.stages(owner.contributions))
        else:
            yield from request_lists(map(_as_event, owner.events.values()), owner.id, owner.received)
            for event in owner.events.values():
                yield live_month(event.meter, month_of(event.timestamp // HOUR))
        for id_, cancels in owner.cancels.items():
            if cancelled := owner.events.get(id_):
                first = min(cancels, key=lambda item: int(item["cancelled"]["N"]))
                # Nothing but the cancel itself says who did it.
                change = {"last_change": first["last_change"]} if "last_change" in first else {}
                for customer in (None, cancelled.customer):
                    item = cancel_item(Scope(cancelled.meter, customer), cancelled, int(first["cancelled"]["N"]))
                    yield item | change

    def of_counters(self) -> "Iterator[tuple[str, list[Write]]]":
        """Yield the hours whose counters differ from the events, each with the writes of one transaction.

        The first counter gets all events of the hour. Each write depends on the revision that was read.
        """
        hours: dict[Key, tuple[int, Figures]] = {}
        for owner in self._stored.owners.values():
            for event in () if owner.is_upload else owner.events.values():
                order = (event.timestamp, event.received, owner.id, event.row)
                hour = event.timestamp // HOUR
                for customer in (event.customer, None):
                    key = _key(counter_key(Scope(event.meter, customer), hour, 0))
                    hours.setdefault(key, (hour, Figures()))[1].merge(Figures(1, event.value, order))
        stored: dict[Key, Figures] = {}
        for (pk, sk), item in self._stored.counters.items():
            key = pk, f"{sk[:-_SHARD]}#00"
            for hour, figures, _ in read_hours(item, pk.split("#")[1]):
                stored.setdefault(key, Figures()).merge(figures)
                hours.setdefault(key, (hour, Figures()))
        for key, (hour, figures) in hours.items():
            if _values(stored.get(key, Figures())) != _values(figures):
                pk, sk = key
                yield f"{pk} {sk}".replace("\t", " "), list(self._count(key, hour, figures))

    def _count(self, key: Key, hour: int, figures: Figures) -> "Iterator[Write]":
        for shard in range(COUNTER_SHARDS):
            of_shard = key[0], f"{key[1][:-_SHARD]}#{shard:02d}"
            found = self._stored.counters.get(of_shard)
            revision = counter_figures(found, hour)[1]
            condition: dict[str, object] = {"ConditionExpression": "attribute_not_exists(pk)"}
            if found is not None:
                values = {":read": {"N": str(revision)}}
                condition = {"ConditionExpression": "revision = :read", "ExpressionAttributeValues": values}
            if shard == 0 and figures.count:
                item = counter(key_of(*of_shard), hour, figures, revision + 1)
                yield {"Put": {"TableName": self._table, "Item": item, **condition}}  # type: ignore[typeddict-item]
            else:
                kind = "ConditionCheck" if found is None else "Delete"
                write = {"TableName": self._table, "Key": key_of(*of_shard), **condition}
                yield {kind: write}  # type: ignore[misc]

    def _delete(self, key: Key) -> "Write":
        return {"Delete": {"TableName": self._table, "Key": key_of(*key)}}

    def _put(self, item: Attributes) -> "Write":
        return {"Put": {"TableName": self._table, "Item": item}}


def _key(item: Attributes) -> Key:
    return item["pk"]["S"], item["sk"]["S"]


def _stamp(key: Key) -> tuple[Key, Attributes]:
    """Return a new stamp for the month and bucket of a figures item."""
    meter, month = key[0].split("#")[:2]
    bucket = int(key[1].rpartition("\t")[2].split("#")[1])
    item = UsageItems("", bucket * _BUCKET_SECONDS).stamp(meter, month, secrets.token_hex(8))
    return _key(item), item


def _values(figures: Figures) -> tuple[object, ...]:
    return figures.count, figures.sum, figures.min, figures.max, figures.last, figures.last_order


def _as_event(event: StoredEvent) -> Event:
    meter = Meter(id=event.meter, event_name=event.event_name, display_name=event.event_name)
    return Event(event.id, event.row, meter, event.customer, event.timestamp, event.value, event.payload)
