"""The uploads with duplicates of each upload: one item per owner, in the uploads table."""

from typing import TYPE_CHECKING

from meterdrop.adapters.uploads.text_sets import TextSets

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_RECORDED_DUPLICATES = 1_000
"""Maximum uploads in one item, since a growing file may be uploaded again every minute."""


class Duplicates:
    """The recorded duplicates."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from and write to `table`."""
        self._items = TextSets(client, table, "uploads")

    def duplicates(self, owner: str) -> list[str]:
        """Return the sorted IDs of uploads with duplicates of the owner's rows; an item that is full gets no more."""
        return sorted(self._items.texts(_id(owner)))

    def record_duplicate(self, owner: str, upload_id: str) -> None:
        """Record that an upload has duplicates of the owner's rows."""
        self._items.add(_id(owner), upload_id, limit=MAX_RECORDED_DUPLICATES)


def _id(owner: str) -> str:
    return f"duplicates#{owner}"
