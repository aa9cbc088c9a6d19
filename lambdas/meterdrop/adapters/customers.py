"""The customers of the catalog."""

from collections.abc import Sequence
from json.encoder import encode_basestring_ascii as quoted

from meterdrop.adapters.batches import READ_LIMIT, get_items
from meterdrop.adapters.customer_item import DELETED, SORT_KEY, partition
from meterdrop.adapters.wire import Wire


class CustomerTable:
    """Looks customers up by id, however many there are."""

    read_limit = READ_LIMIT

    def __init__(self, wire: Wire, table: str) -> None:
        """Read from `table`."""
        self._wire = wire
        self._table = table

    def registered(self, ids: Sequence[str]) -> set[str]:
        """Return those of at most `read_limit` different ids that are registered now."""
        keys = [f'{{"pk":{{"S":{quoted(partition(id_))}}},"sk":{{"S":"{SORT_KEY}"}}}}' for id_ in ids]
        return {item["id"]["S"] for item in get_items(self._wire, self._table, keys) if DELETED not in item}
