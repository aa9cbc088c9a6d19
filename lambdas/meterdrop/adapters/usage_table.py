"""What uploads contribute to usage, under keys that hold the upload's id."""

from collections.abc import Iterator, Sequence

from meterdrop.adapters.batches import WRITE_LIMIT, put_items
from meterdrop.adapters.usage_item import UsageItems
from meterdrop.adapters.wire import Wire
from meterdrop.domain.contribution import Contributions


class UsageTable:
    """Puts the contributions of one upload; putting them again changes nothing."""

    put_limit = WRITE_LIMIT

    def __init__(self, wire: Wire, table: str, upload_id: str, received: int) -> None:
        """Write under `upload_id`, received at `received` (epoch seconds)."""
        self._wire = wire
        self._table = table
        self._items = UsageItems(upload_id, received)

    def stages(self, contributions: Contributions) -> Iterator[Iterator[str]]:
        """Return every item to put, as JSON; all have different keys.

        Who reads an item of one stage finds those of the stages before it: event lists, then figures, then the feed.
        """
        yield (item for of, _, lines in contributions.named() for item in self._items.parts(of, lines))
        yield (self._items.figures(of, found, lines) for of, found, lines in contributions.named())
        yield self._feed(contributions)

    def put(self, items: Sequence[str]) -> None:
        """Put at most `put_limit` items."""
        put_items(self._wire, self._table, items)

    def _feed(self, contributions: Contributions) -> Iterator[str]:
        hours: dict[str, list[int]] = {}
        for of, _ in contributions.by_meter():
            hours.setdefault(of.meter, []).append(of.hour)
        for meter, total in contributions.totals().items():
            yield self._items.feed(meter, sorted(hours[meter], reverse=True), total.count)
