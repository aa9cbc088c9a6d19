"""The items of the usage table: their keys and their content. `hour_lines` has the text of their usage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from zlib import crc32

from meterdrop.adapters.dynamodb.items import FORM, Attributes, check_form
from meterdrop.adapters.metering.hour_lines import day_of, hour_in, hour_of_month, owner_line, read_hours, shared_line
from meterdrop.domain.metering.contributions import HOUR, HourUsage, Month, month_of
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.figures import Figures, cancelled
from meterdrop.domain.metering.summary import Arrival, OwnerEvents, Scope, UsedHour

COUNTER_SHARDS = 16
"""Maximum number of counters for an hour."""
BUCKETS = 32
"""Parts of the uploads of a meter and month, each with a stamp."""
CUSTOMER_SHARDS = "0123456789abcdef"
"""The partitions of the customers of a meter and month."""
LIST_SHARDS = CUSTOMER_SHARDS
"""The partitions of the event lists of a month. A large file has more than one partition can take."""
FEED_HOURS = 100
"""Newest hours in a feed item. Each has at least one event, and an unfiltered feed page needs no more."""
INLINE = 600
"""Maximum bytes of the events inside a figures item, so that most items fit one write unit (1 KB)."""
_BUCKET_SECONDS = 600
LISTED = 500
"""Events in an item with event lists. An identifier has at most 400 bytes, and an item of DynamoDB at most 400 KB."""
_Listed = tuple[HourUsage, tuple[int, int]]
"""Events of an hour: from one to before another, counted from 0."""
_ID_SEPARATOR = "\n"
"""Separates the IDs of events in an item. No ID contains a line feed."""
UPLOADS, CANCELS, COUNTERS = "upload#", "cancel#", "hand#"
"""Beginnings of sort keys, after the customer: contributions of uploads, cancelled events, and counters."""


def known(item: Attributes) -> Attributes:
    """Return an item whose form is known. Raises UnknownFormError."""
    return check_form(item)


def shard_of(customer: str) -> str:
    """Return the shard of a customer, a hexadecimal digit."""
    return CUSTOMER_SHARDS[crc32(customer.encode()) % len(CUSTOMER_SHARDS)]


def partition(of: Month) -> str:
    """Return the partition of a month's figures: of all customers, or of the customers of a shard."""
    if of.customer is None:
        return f"{of.meter}#{of.month}"
    return partition_of_shard(of.meter, of.month, shard_of(of.customer))


def partition_of_shard(meter: str, month: str, shard: str) -> str:
    """Return the partition of the figures of a shard's customers in a month."""
    return f"{meter}#{month}#{shard}"


def prefix(of: Month) -> str:
    """Return the beginning of a month's sort keys. A customer's ID contains no tab."""
    return "" if of.customer is None else f"{of.customer}\t"


def customer_of(item: Attributes) -> str:
    """Return the customer of an item in the partition of a shard."""
    return str(item["sk"]["S"].partition("\t")[0])


def bucket_of(received: int) -> str:
    """Return the bucket of an upload by its arrival, so that uploads of the same minutes share a bucket."""
    return f"{received // _BUCKET_SECONDS % BUCKETS:02d}"


def key_of(partition_key: str, sort_key: str) -> Attributes:
    """Return a key."""
    return {"pk": {"S": partition_key}, "sk": {"S": sort_key}}


def _item(key: Attributes, **attributes: str | int) -> Attributes:
    item = {**key, "form": {"N": str(FORM)}}
    for name, value in attributes.items():
        item[name] = {"S": value} if isinstance(value, str) else {"N": str(value)}
    return item


class UsageItems:
    """The usage items of one owner. All have different keys."""

    def __init__(self, owner: str, received: int, partner: str | None = None) -> None:
        """Take the ID of the owner (an upload, or an event created with the API), and its arrival (epoch seconds).

        `partner` is that of the upload. The IDs of events in the items are those among its events.
        """
        self._owner = owner
        self._partner = {} if partner is None else {"partner": partner}
        self._received = received
        self._sort_key = f"{UPLOADS}{bucket_of(received)}#{owner}"

    def figures(self, of: Month, hours: Sequence[HourUsage]) -> Attributes:
        """Return the figures item of a month."""
        is_apart = are_apart(of, hours)
        lines = [owner_line(each.hour, each.figures, () if is_apart else each.events()) for each in hours]
        return _item(self.figures_key(of), received=self._received, hours="\n".join(lines), **self._partner)

    def figures_key(self, of: Month) -> Attributes:
        """Return the key of the figures item of a month."""
        return key_of(partition(of), prefix(of) + self._sort_key)

    def lists(self, of: Month, hours: Sequence[HourUsage]) -> Iterator[Attributes]:
        """Yield the event lists of a month that its figures item has not: of each day in items of `LISTED` events."""
        for key, total, part in self._lists(of, hours):
            lines = ["\t".join((hour_of_month(each.hour), *each.events(*events))) for each, events in part]
            yield _item(key, received=self._received, total=total, hours="\n".join(lines), **self._partner)

    def list_keys(self, of: Month, hours: Sequence[HourUsage]) -> Iterator[Attributes]:
        """Yield the keys of the items that `lists` yields.

        With fewer events, it yields some of these keys and no others. So an undo finds what an unfinished attempt put.
        """
        return (key for key, _, _ in self._lists(of, hours))

    def _lists(self, of: Month, hours: Sequence[HourUsage]) -> Iterator[tuple[Attributes, int, list[_Listed]]]:
        """Yield the key, the number of the day's events, and the events of each item."""
        if not are_apart(of, hours):
            return
        for day, group in groupby(hours, lambda each: day_of(each.hour)):
            of_day = list(group)
            total = sum(each.count for each in of_day)
            for number, part in enumerate(_parts(of_day)):
                yield list_key(of, day, self._owner, number), total, part

    def stamp(self, meter: str, month: str, token: str) -> Attributes:
        """Return the stamp of a meter and month in the owner's bucket."""
        return _item(key_of(stamps_partition(meter), f"{month}#{bucket_of(self._received)}"), token=token)

    def feed(self, meter: str, hours: Sequence[int], count: int, ids: Sequence[str] = ()) -> Attributes:
        """Return this owner's item in a meter's feed. `hours` are the hours of its events, newest first.

        `ids` are those of all events, if an API request created them.
        """
        newest = ",".join(map(str, hours[:FEED_HOURS]))
        listed = {"event": _ID_SEPARATOR.join(ids)} if ids else {}
        return _item(self.feed_key(meter), count=count, hours=newest, **listed, **self._partner)

    def feed_key(self, meter: str) -> Attributes:
        """Return the key of this owner's item in a meter's feed."""
        return key_of(feed_partition(meter), f"{self._received:010d}#{self._owner}")


def lists_prefix(of: Month) -> str:
    """Return the beginning of the partitions of a month's event lists. A shard follows."""
    return f"{partition(of)}#events#"


def list_key(of: Month, day: str, owner: str, number: int) -> Attributes:
    """Return the key of an item with event lists, one of those that an owner has for a day, counted from 0."""
    sort_key = f"{prefix(of)}{day}#{owner}#"
    shard = LIST_SHARDS[(crc32(sort_key.encode()) + number) % len(LIST_SHARDS)]
    return key_of(lists_prefix(of) + shard, f"{sort_key}{number:04d}")


def further_lists(of: Month, day: str, owner: str, first: Attributes) -> list[Attributes]:
    """Return the keys of an owner's other items with event lists of a day, given the first item."""
    total = int(known(first)["total"]["N"])
    return [list_key(of, day, owner, number) for number in range(1, -(-total // LISTED))]


def entries_partition(meter: str, month: str, shard: str) -> str:
    """Return the partition of the events that the API created for the customers of a shard."""
    return f"{meter}#{month}#{shard}#entries"


def rollup_partition(of: Month) -> str:
    """Return the partition of a month's roll-ups."""
    return f"{partition(of)}#rollup"


def rollup_key(of: Month, bucket: str | None = None) -> Attributes:
    """Return the key of a month's roll-up, or of a bucket's part of it."""
    return key_of(rollup_partition(of), prefix(of) + ("month" if bucket is None else f"bucket#{bucket}"))


def rollup(
    of: Month, stamps: Mapping[str, str], hours: Mapping[int, UsedHour], bucket: str | None = None
) -> Attributes:
    """Return a roll-up, or a bucket's part of it, with the stamps under which it was made."""
    lines = "\n".join([shared_line(hour, used.figures) for hour, used in sorted(hours.items())])
    made = " ".join([f"{name}={token}" for name, token in sorted(stamps.items())])
    return _item(rollup_key(of, bucket), stamps=made, hours=lines)


def made_under(item: Attributes) -> dict[str, str]:
    """Return the stamps under which a roll-up was made."""
    return dict(stamp.split("=") for stamp in known(item)["stamps"]["S"].split())


def stamps_partition(meter: str) -> str:
    """Return the partition of a meter's stamps."""
    return f"{meter}#stamps"


def feed_partition(meter: str) -> str:
    """Return the partition of a meter's feed: the owners of its events, by arrival."""
    return f"{meter}#feed"


def live_month(meter: str, month: str) -> Attributes:
    """Return the stamp that says that events were created with the API in a month."""
    return _item(key_of(stamps_partition(meter), f"{month}#{COUNTERS}"), token="")


def request_lists(events: Iterable[Event], owner: str, received: int) -> Iterator[Attributes]:
    """Yield the list items of the events that an API request created in one transaction, as their only owner.

    There is one for each hour of a customer, which serves the customer and all customers, and one for each feed.
    """
    in_order = sorted(events, key=lambda event: (*counted_at(event), event.row))
    for (meter, hour, customer), group in groupby(in_order, counted_at):
        pk = entries_partition(meter, month_of(hour), shard_of(customer))
        key = key_of(pk, f"{hour_of_month(hour)}#{customer}\t{owner}")
        yield _item(key, received=received, event=_ID_SEPARATOR.join([event.id for event in group]))
    for meter, group_of_meter in groupby(in_order, lambda event: event.meter.id):
        own = list(group_of_meter)
        hours = sorted({event.timestamp // HOUR for event in own}, reverse=True)
        yield UsageItems(owner, received).feed(meter, hours, len(own), [event.id for event in own])


def counted_at(event: Event) -> tuple[str, int, str]:
    """Return the meter, the hour (since 1970), and the customer of an event."""
    return event.meter.id, event.timestamp // HOUR, event.customer


def counter_key(scope: Scope, hour: int, shard: int) -> Attributes:
    """Return the key of a counter of the events that the API created in an hour."""
    of = scope.in_month(month_of(hour))
    return key_of(partition(of), f"{prefix(of)}{COUNTERS}{hour_of_month(hour)}#{shard:02d}")


def counter(key: Attributes, hour: int, figures: Figures, revision: int) -> Attributes:
    """Return a counter with these figures."""
    return _item(key, revision=revision, hours=shared_line(hour, figures))


def counter_figures(item: Attributes | None, hour: int) -> tuple[Figures, int]:
    """Return the figures and the revision of a counter, 0 if it doesn't exist."""
    if item is None:
        return Figures(), 0
    [(_, figures, _)] = read_hours(known(item), month_of(hour))
    return figures, int(item["revision"]["N"])


def cancel_key(scope: Scope, event: StoredEvent) -> Attributes:
    """Return the key of an event's cancel item in a scope."""
    of = scope.in_month(month_of(event.timestamp // HOUR))
    return key_of(partition(of), f"{prefix(of)}{CANCELS}{event.upload}#{event.id}")


def cancel_item(scope: Scope, event: StoredEvent, at: int) -> Attributes:
    """Return the item that subtracts a cancelled event from a scope's usage; `at` in epoch seconds."""
    hour = event.timestamp // HOUR
    line = owner_line(hour, cancelled(event.value), ())
    partner = {} if event.partner is None else {"partner": event.partner}
    return _item(cancel_key(scope, event), cancelled=at, customer=event.customer, event=event.id, hours=line, **partner)


def are_apart(of: Month, hours: Sequence[HourUsage]) -> bool:
    """Return whether a month's event lists are items of their own. Over all customers, few readers need them.

    With more events, a month whose lists are apart stays so.
    """
    return of.customer is None or sum([each.listed_bytes for each in hours]) > INLINE


def _parts(hours: Iterable[HourUsage]) -> Iterator[list[_Listed]]:
    """Yield the events of a day, `LISTED` in each part: their hours, each with its first event and the one after."""
    part, room = list[_Listed](), LISTED
    for used in hours:
        first = 0
        while first < used.count:
            last = min(used.count, first + room)
            part.append((used, (first, last)))
            room -= last - first
            first = last
            if not room:
                yield part
                part, room = [], LISTED
    if part:
        yield part


def owner_of(item: Attributes) -> str:
    """Return the upload that a figures item belongs to."""
    return str(item["sk"]["S"].rpartition("#")[2])


def partner_of(item: Attributes) -> str | None:
    """Return the partner of an item, None for the owner."""
    return str(item["partner"]["S"]) if "partner" in item else None


def list_owner(item: Attributes) -> str:
    """Return the upload that an item with event lists belongs to."""
    return str(known(item)["sk"]["S"].rsplit("#", 2)[1])


def read_entry(item: Attributes, month: str) -> OwnerEvents:
    """Return the events that an API request created for a customer in an hour."""
    hour, _, owner = known(item)["sk"]["S"].partition("#")
    return OwnerEvents(int(item["received"]["N"]), owner.rpartition("\t")[2], hour_in(month, hour), _listed_ids(item))


def arrival(item: Attributes) -> Arrival:
    """Return the arrival in an item of a meter's feed."""
    received, _, owner = known(item)["sk"]["S"].partition("#")
    hours = tuple(map(int, item["hours"]["S"].split(",")))
    ids = tuple(_listed_ids(item)) if "event" in item else None
    return Arrival(int(received), owner, int(item["count"]["N"]), hours, ids, partner_of(item))


def _listed_ids(item: Attributes) -> list[str]:
    ids: str = item["event"]["S"]
    return ids.split(_ID_SEPARATOR)
