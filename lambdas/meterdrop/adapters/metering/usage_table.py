"""The usage contributions of uploads, under keys that contain the ID of the upload."""

import json
from collections.abc import Iterator, Sequence

from meterdrop.adapters.dynamodb.batch import WRITE_LIMIT, delete_items, put_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.metering.usage_items import INLINE, UsageItems
from meterdrop.domain.metering.contributions import Contributions


class UsageTable:
    """The contributions of one upload. Storing them again changes nothing."""

    put_limit = WRITE_LIMIT

    def __init__(self, json_client: JsonClient, table: str, upload_id: str, received: int) -> None:
        """Write as upload `upload_id`, received at `received` (epoch seconds)."""
        self._json_client = json_client
        self._table = table
        self._items = UsageItems(upload_id, received)

    def stages(self, contributions: Contributions) -> Iterator[Iterator[str]]:
        """Yield all items to put, as JSON, in stages. All items have different keys.

        The stages are event lists, figures, and the feed. An item refers only to items of earlier stages, so a reader
        always finds them.
        """
        yield (item for of, lines in contributions.long_lists(INLINE) for item in self._items.parts(of, lines))
        yield (self._items.figures(of, found, lines) for of, found, lines in contributions.named())
        yield self._feed(contributions)

    def removals(self, contributions: Contributions) -> Iterator[Iterator[str]]:
        """Yield the keys of all items of an owner's contributions, in stages.

        The order is the reverse of `stages`, so a reader never finds an item that refers to a deleted one.
        """
        yield (self._items.feed_key(meter) for meter in contributions.hours())
        yield (self._items.figures_key(of) for of, _, _ in contributions.named())
        yield (key for of, lines in contributions.long_lists(INLINE) for key in self._items.part_keys(of, lines))

    def remove(self, keys: Sequence[str]) -> None:
        """Delete at most `put_limit` items."""
        delete_items(self._json_client, self._table, map(json.loads, keys))

    def put(self, items: Sequence[str]) -> None:
        """Put at most `put_limit` items."""
        put_items(self._json_client, self._table, map(json.loads, items))

    def _feed(self, contributions: Contributions) -> Iterator[str]:
        for meter, (hours, count) in contributions.hours().items():
            yield self._items.feed(meter, sorted(hours, reverse=True), count)
