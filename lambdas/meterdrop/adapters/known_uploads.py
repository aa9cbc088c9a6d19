"""The uploads as the sweep looks at them: which there are, and which are on their way."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from meterdrop.adapters.batch_read import BatchReader
from meterdrop.adapters.upload_list import UploadList
from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Upload, UploadFilter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class KnownUploads:
    """The uploads table, read only."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from `table`."""
        self._reader = BatchReader(client, table)
        self._list = UploadList(client, table)

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return those of the ids that are uploads."""
        return set(self._reader.read(ids))

    def passing(self, status: Status, until: int, after: str | None) -> Iterator[Upload]:
        """Yield uploads in a status that arrived until a time, oldest first, those behind an upload only."""
        beyond = None if after is None else self._list.find(after)
        return self._list.walk(UploadFilter(status=status, created_until=until), beyond=beyond, newest_first=False)
