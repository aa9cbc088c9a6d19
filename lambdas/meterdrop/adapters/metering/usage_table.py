"""The usage of one upload, under keys that contain its ID."""

import secrets
from collections.abc import Iterator, Sequence
from itertools import chain

from meterdrop.adapters.batching import chunks
from meterdrop.adapters.dynamodb.batch import READ_LIMIT, WRITE_LIMIT, delete_items, get_items, put_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.adapters.dynamodb.query import Query
from meterdrop.adapters.metering.hour_lines import read_hours, read_lists
from meterdrop.adapters.metering.usage_items import (
    CANCELS,
    INLINE,
    UsageItems,
    key_of,
    known,
    partition,
    partner_of,
    prefix,
)
from meterdrop.domain.metering.contributions import Contributions, HourUsage, Month
from meterdrop.domain.metering.figures import Figures

_Months = Iterator[tuple[Month, list[HourUsage]]]


class UsageTable:
    """The usage of one upload. Storing it again changes nothing."""

    put_limit = WRITE_LIMIT

    def __init__(
        self, json_client: JsonClient, table: str, upload_id: str, received: int, partner: str | None = None
    ) -> None:
        """Write as upload `upload_id` of a partner (None for the owner), received at `received` (epoch seconds)."""
        self._json_client = json_client
        self._table = table
        self._upload_id = upload_id
        self._items = UsageItems(upload_id, received, partner)

    def stages(self, contributions: Contributions) -> Iterator[Iterator[Attributes]]:
        """Yield all items to put, in stages. All items of a stage have different keys.

        The stages are event lists, figures, and stamps with the feed. A reader that finds figures also finds their
        lists. A reader that finds a stamp also finds all figures before it.
        """
        yield (item for of, hours in _with_lists(contributions) for item in self._items.lists(of, hours))
        yield (self._items.figures(of, hours) for of, hours in _months(contributions))
        feed = (self._items.feed(meter, hours, count) for meter, (hours, count) in contributions.hours().items())
        yield chain(self.stamps(contributions), feed)

    def differences(self, contributions: Contributions) -> Iterator[str]:
        """Yield for each list and each figures item that is missing or wrong what is wrong. Reads consistently."""
        for kind, stage in zip(("list", "figures"), self.stages(contributions), strict=False):
            for items in chunks(stage, READ_LIMIT):
                keys = [key_of(item["pk"]["S"], item["sk"]["S"]) for item in items]
                found = get_items(self._json_client, self._table, keys)
                stored = {(item["pk"]["S"], item["sk"]["S"]): _content(known(item)) for item in found}
                for item in items:
                    content = stored.get((item["pk"]["S"], item["sk"]["S"]))
                    if content != _content(item):
                        yield f"{kind} {'missing' if content is None else 'wrong'}"

    def removals(self, contributions: Contributions) -> Iterator[Iterator[Attributes]]:
        """Yield the keys of all items of an upload's usage, and of the cancels of its events, in stages.

        The order is the reverse of `stages`, so a reader never finds an item that refers to a deleted one. The cancels
        over all customers name those of their customers, so they are deleted after these: a retry finds all of them.
        The stamps stay: put new ones afterwards.
        """
        yield (self._items.feed_key(meter) for meter in contributions.hours())
        yield chain(
            (self._items.figures_key(of) for of, _ in _months(contributions)),
            (key for of, _ in contributions.of_all() for _, key in self._cancels(of)),
        )
        yield (key for of, _ in contributions.of_all() for key, _ in self._cancels(of))
        yield (key for of, hours in _with_lists(contributions) for key in self._items.list_keys(of, hours))

    def stamps(self, contributions: Contributions) -> Iterator[Attributes]:
        """Yield new stamps for all months of an upload's usage."""
        return (self._items.stamp(meter, month, secrets.token_hex(8)) for meter, month in contributions.months())

    def remove(self, keys: Sequence[Attributes]) -> None:
        """Delete at most `put_limit` items."""
        delete_items(self._json_client, self._table, keys)

    def put(self, items: Sequence[Attributes]) -> None:
        """Put at most `put_limit` items."""
        put_items(self._json_client, self._table, items)

    def _cancels(self, of: Month) -> Iterator[tuple[Attributes, Attributes]]:
        """Yield the keys of the cancels of the upload's events in a month: over all customers, and of the customer."""
        cancels = Query.of_prefix(partition(of), f"{CANCELS}{self._upload_id}#")
        for item in cancels.items(self._json_client, self._table):
            own = of._replace(customer=known(item)["customer"]["S"])
            sort_key = item["sk"]["S"]
            yield key_of(partition(of), sort_key), key_of(partition(own), prefix(own) + sort_key)


def _content(item: Attributes) -> list[object]:
    """Return what a list or figures item says, whatever the spelling of its numbers."""
    month = item["pk"]["S"].split("#")[1]
    if "total" in item:
        return [item["total"], item["received"], partner_of(item), *read_lists(item, month)]
    return [
        partner_of(item),
        *(
            (hour, [getattr(figures, name) for name in Figures.__slots__], events)
            for hour, figures, events in read_hours(item, month)
        ),
    ]


def _months(contributions: Contributions) -> _Months:
    return chain(contributions.of_customers(), contributions.of_all())


def _with_lists(contributions: Contributions) -> _Months:
    """Return the months whose event lists may be items of their own."""
    few = INLINE // contributions.longest_event
    return chain(contributions.of_customers(more_than=few), contributions.of_all())
