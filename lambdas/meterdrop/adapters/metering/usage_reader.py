"""Consistent reads of usage: figures hour by hour, the IDs of events, and cancels."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import chain, groupby

from meterdrop.adapters.batching import chunks
from meterdrop.adapters.dynamodb.batch import READ_LIMIT, get_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import Attributes, change_in
from meterdrop.adapters.dynamodb.query import AFTER_ALL, Query
from meterdrop.adapters.metering.customer_months import CustomerMonths
from meterdrop.adapters.metering.hour_lines import day_of, hour_of_month, hours_of, read_hours, read_lists
from meterdrop.adapters.metering.rollups import MonthlyUsage, added
from meterdrop.adapters.metering.usage_items import (
    CANCELS,
    COUNTERS,
    CUSTOMER_SHARDS,
    FEED_HOURS,
    LIST_SHARDS,
    UPLOADS,
    UsageItems,
    arrival,
    cancel_key,
    entries_partition,
    feed_partition,
    further_lists,
    known,
    list_key,
    list_owner,
    lists_prefix,
    owner_of,
    partition,
    partner_of,
    prefix,
    read_entry,
    shard_of,
)
from meterdrop.domain.metering.contributions import Month, month_of
from meterdrop.domain.metering.event import Cancel, StoredEvent
from meterdrop.domain.metering.event_list import read_event_list
from meterdrop.domain.metering.partners import matches_scope
from meterdrop.domain.metering.summary import Arrival, OwnerEvents, Scope, UsageChangingError, UsageShare, UsedHour


class UsageReader:
    """The usage table, read only but for its roll-ups. Safe to use from many threads."""

    def __init__(self, json_client: JsonClient, table: str, executor: Executor) -> None:
        """Read from `table`, several partitions at the same time on the threads of `executor`."""
        self._json_client = json_client
        self._table = table
        self._executor = executor
        self._monthly = MonthlyUsage(json_client, table, executor)

    def hours(self, scope: Scope, hours: range, *, newest_first: bool) -> Iterator[UsedHour]:
        """Yield the usage of `hours` (since 1970), hour by hour, reading a month at a time."""
        stamps = self._monthly.stamps(scope.meter, hours)
        for month in sorted(stamps, reverse=newest_first):
            of = scope.in_month(month)
            if scope.partner is None:
                found = self._monthly.hours(of, stamps[month])
            else:  # roll-ups have all partners together
                items = Query.of_prefix(partition(of), prefix(of)).items(self._json_client, self._table)
                found = added(of, (item for item in items if matches_scope(partner_of(item), scope.partner)))
            yield from (found[hour] for hour in sorted(found, reverse=newest_first) if hour in hours)

    def customers(
        self, scope: Scope, hours: range, *, beyond: str | None, descending: bool, expect: int | None
    ) -> Iterator[tuple[str, list[UsedHour]]]:
        """Yield the customers past `beyond` that used a meter in `hours` (since 1970), sorted by ID; see the port."""
        months = self._monthly.stamps(scope.meter, hours)
        customers = CustomerMonths(self._json_client, self._table, self._executor, scope)
        for customer, used in customers.walk(list(months), beyond=beyond, descending=descending, expect=expect):
            in_hours = [each for each in used if each.hour in hours]
            if in_hours:
                yield customer, in_hours

    def shares(self, meter: str, hours: range) -> Iterator[UsageShare]:
        """Yield what each upload, events from the API, and cancels add to these hours, over all customers."""
        for month in self._monthly.stamps(meter, hours):
            of = Scope(meter, None).in_month(month)
            for item in Query(partition(of), CANCELS, UPLOADS + AFTER_ALL).items(self._json_client, self._table):
                sort_key = known(item)["sk"]["S"]
                owner, is_cancel = (
                    owner_of(item) if sort_key.startswith(UPLOADS) else None,
                    sort_key.startswith(CANCELS),
                )
                for hour, figures, _ in read_hours(item, month):
                    if hour in hours:
                        yield UsageShare(owner, is_cancel, hour, figures, partner_of(item))

    def months(self, meter: str, hours: range) -> Collection[str]:
        """Return the months with usage of a meter in `hours`."""
        return self._monthly.stamps(meter, hours)

    def owners(self, scope: Scope, hours: range) -> Iterator[OwnerEvents]:
        """Yield the owners of events in `hours`, in any order, with the IDs unless they are stored apart."""
        for month, stamps in self._monthly.stamps(scope.meter, hours).items():
            of = scope.in_month(month)
            uploads = Query.of_prefix(partition(of), prefix(of) + UPLOADS).items(self._json_client, self._table)
            yield from _uploads(uploads, month, hours)
            if of.customer is None:
                yield from self._entries(of, hours_of(month, hours) if COUNTERS in stamps else ())
            else:
                for hour in self._counted(of, hours):
                    yield from self._entries(of, range(hour, hour + 1))

    def owners_of(self, scope: Scope, hours: range, arrivals: Iterable[Arrival]) -> Iterator[OwnerEvents]:
        """Yield the owners of events in `hours` among these arrivals, in any order; see the port."""
        months, keys = self._monthly.stamps(scope.meter, hours), list[Attributes]()
        for each in arrivals:
            own = [hour for hour in each.hours if hour in hours]
            if each.ids is not None:
                if own:
                    yield OwnerEvents(each.received, each.owner, own[0], list(each.ids))
                continue
            # An arrival with fewer hours names them all.
            of_upload = {month_of(hour) for hour in own} if len(each.hours) < FEED_HOURS else months
            items = UsageItems(each.owner, each.received)
            keys += [items.figures_key(scope.in_month(month)) for month in of_upload]
        for item in get_items(self._json_client, self._table, keys):
            yield from _uploads([item], item["pk"]["S"].split("#")[1], hours)

    def events_of_hour(self, scope: Scope, hour: int) -> Iterator[OwnerEvents]:
        """Yield the owners of an hour's events with all IDs. Raises UsageChangingError."""
        return (each for each in self._events_of_hour(scope, hour) if matches_scope(each.partner, scope.partner))

    def _events_of_hour(self, scope: Scope, hour: int) -> Iterator[OwnerEvents]:
        of, own = scope.in_month(month_of(hour)), range(hour, hour + 1)
        if of.customer is None:
            stamps = self._monthly.stamps(scope.meter, own).get(of.month)
            if stamps is None:
                return
            # All lists of the day, because a query of all uploads of the month would take longer.
            yield from self._read_lists(of, self._lists_of_day(of, day_of(hour)), hour)
            yield from self._entries(of, own if COUNTERS in stamps else ())
            return
        for each in self.owners(scope, own):
            ids = self.events_of_owner(scope, hour, each.owner) if each.ids is None else each.ids
            yield each._replace(ids=ids)

    def events_of_owner(self, scope: Scope, hour: int, owner: str) -> list[str]:
        """Return the IDs of an upload's events in an hour that are stored apart. Raises UsageChangingError."""
        of, day = scope.in_month(month_of(hour)), day_of(hour)
        items = get_items(self._json_client, self._table, [list_key(of, day, owner, 0)])
        if items:
            items += get_items(self._json_client, self._table, further_lists(of, day, owner, items[0]))
        ids = [id_ for each in self._read_lists(of, items, hour) for id_ in each.ids or ()]
        if not ids:  # deleted since the caller found that there are events
            raise UsageChangingError
        return ids

    def cancelled(self, events: Iterable[StoredEvent]) -> dict[str, Cancel]:
        """Return the cancels of different events by the event's ID."""
        found: dict[str, Cancel] = {}
        for part in chunks(events, READ_LIMIT):
            keys = [cancel_key(Scope(event.meter, None), event) for event in part]
            for item in get_items(self._json_client, self._table, keys):
                found[known(item)["event"]["S"]] = Cancel(int(item["cancelled"]["N"]), change_in(item))
        return found

    def arrivals(
        self, meter: str, *, since: int = 0, place: tuple[int, str] | None = None, newest_first: bool = True
    ) -> Iterator[Arrival]:
        """Yield the arrivals of a meter's events, lazily; see the port."""
        first, last = f"{since:010d}", AFTER_ALL
        if place is not None:
            key = "{:010d}#{}".format(*place)
            first, last = (first, key) if newest_first else (max(first, key), last)
        if first > last:
            return
        query = Query(feed_partition(meter), first, last, newest_first)
        after: Attributes | None = None
        while True:
            items, after = query.page(self._json_client, self._table, limit=READ_LIMIT, after=after)
            yield from map(arrival, items)
            if after is None:
                return

    def _counted(self, of: Month, hours: range) -> Iterator[int]:
        """Yield the hours in which a customer has events that the API created."""
        query = Query.of_prefix(partition(of), prefix(of) + COUNTERS)
        found = {
            hour
            for item in query.items(self._json_client, self._table)
            for hour, *_ in read_hours(known(item), of.month)
        }
        return (hour for hour in sorted(found) if hour in hours)

    def _entries(self, of: Month, hours: Sequence[int]) -> Iterator[OwnerEvents]:
        """Yield the owners of the events that the API created in hours of one month, each with its IDs by customer."""
        if not hours:
            return
        first, last = hour_of_month(hours[0]), hour_of_month(hours[-1]) + AFTER_ALL
        if of.customer is not None:  # hours is one hour
            first, last = f"{first}#{prefix(of)}", f"{first}#{prefix(of)}{AFTER_ALL}"
        shards = CUSTOMER_SHARDS if of.customer is None else (shard_of(of.customer),)
        queries = [Query(entries_partition(of.meter, of.month, shard), first, last) for shard in shards]
        found: dict[tuple[int, str, int], list[str]] = {}
        for item in sorted(self._at_once(queries), key=lambda item: str(item["sk"]["S"])):
            received, owner, hour, ids, _ = read_entry(item, of.month)
            found.setdefault((received, owner, hour), []).extend(ids or ())
        yield from (OwnerEvents(*place, ids) for place, ids in found.items())

    def _lists_of_day(self, of: Month, day: str) -> Iterator[Attributes]:
        """Yield the event lists of all owners of a day, in any order."""
        return self._at_once([Query.of_prefix(lists_prefix(of) + shard, f"{day}#") for shard in LIST_SHARDS])

    def _at_once(self, queries: Iterable[Query]) -> Iterator[Attributes]:
        """Yield the items of queries that run at the same time."""
        return chain.from_iterable(
            self._executor.map(lambda query: list(query.items(self._json_client, self._table)), queries)
        )

    def _read_lists(self, of: Month, items: Iterable[Attributes], hour: int) -> Iterator[OwnerEvents]:
        """Yield the event lists of an hour by owner, from all those of its day. Raises UsageChangingError."""
        for owner, group in groupby(sorted(items, key=lambda item: str(item["sk"]["S"])), list_owner):
            parts = list(group)
            partner = partner_of(parts[0])
            entries = [
                (each, event) for item in parts for each, events in read_lists(item, of.month) for event in events
            ]
            ids = [(each, id_) for each, event in entries for id_ in read_event_list([event], owner, partner)]
            # Every item has the number of the day's events, so that a list that is just written again is noticed.
            if {int(item["total"]["N"]) for item in parts} != {len(ids)}:
                raise UsageChangingError
            own = [id_ for each, id_ in ids if each == hour]
            if own:
                yield OwnerEvents(int(parts[0]["received"]["N"]), owner, hour, own, partner)


def _uploads(items: Iterable[Attributes], month: str, hours: range) -> Iterator[OwnerEvents]:
    """Yield the owners of events in `hours` by the figures of uploads in a month."""
    for item in items:
        received, owner, partner = int(known(item)["received"]["N"]), owner_of(item), partner_of(item)
        for hour, _, events in read_hours(item, month):
            if hour in hours:
                ids = read_event_list(events, owner, partner) if events else None
                yield OwnerEvents(received, owner, hour, ids, partner)
