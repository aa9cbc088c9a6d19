"""The uploads with duplicates of each upload: items of its own for each owner, in the uploads table."""

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from meterdrop.adapters.uploads.text_sets import TextSets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PAGE = 1_000
"""Uploads in one item. A growing file may be uploaded again every minute."""


class Duplicates:
    """The recorded duplicates."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from and write to `table`."""
        self._items = TextSets(client, table, "uploads")

    def duplicates(self, owner: str) -> Iterator[str]:
        """Yield the IDs of all uploads with duplicates of the owner's rows, sorted within each item."""
        for page in count():
            texts = self._items.texts(_id(owner, page))
            yield from sorted(texts)
            if len(texts) < PAGE:
                return

    def record_duplicate(self, owner: str, upload_id: str) -> None:
        """Record that an upload has duplicates of the owner's rows. The first item that isn't full gets it."""
        for page in count():
            if self._items.add(_id(owner, page), upload_id, limit=PAGE):
                return


def _id(owner: str, page: int) -> str:
    return f"duplicates#{owner}" if page == 0 else f"duplicates#{owner}#{page}"
