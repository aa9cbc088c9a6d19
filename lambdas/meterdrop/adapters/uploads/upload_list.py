"""Lists of uploads in order of arrival, newest or oldest first."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from meterdrop.adapters.dynamodb.batch import READ_LIMIT, get_items
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.items import Attributes, decode
from meterdrop.adapters.dynamodb.query import query_all
from meterdrop.adapters.uploads.upload_items import FACTS, facts_of, from_item
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Upload, UploadFilter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


MAX_EXAMINED_UPLOADS = 5_000
"""Maximum uploads that one request reads. This limits its time and cost for every filter."""
_OF_NO_INDEX = ("key_prefix", "key_contains", "file_name", "kind", "dry_run", "partner", "scope")


class TooManyExaminedError(Exception):
    """A filter without an index matched too few uploads, so the request would take too long."""

    def __init__(self, filter_name: str, examined: int) -> None:
        """Store the name of the filter, and the number of uploads that were read."""
        super().__init__(f"{filter_name} matched too few of {examined} uploads")
        self.filter_name = filter_name
        self.examined = examined


class _Partition(NamedTuple):
    index_name: str
    attribute: str
    value: str


class _Range(NamedTuple):
    """A range of `created_id` that includes both bounds."""

    low: str
    high: str


class UploadList:
    """The uploads table, read only."""

    def __init__(
        self,
        client: "DynamoDBClient",
        json_client: JsonClient,
        table: str,
        *,
        examined_at_most: int = MAX_EXAMINED_UPLOADS,
    ) -> None:
        """Read from `table`."""
        self._json_client = json_client
        self._table = table
        self._uploads = UploadTable(client, table)
        self._examined_at_most = examined_at_most

    def find(self, upload_id: str) -> Upload | None:
        """Return the current upload, or None. The ID can be any text of a request."""
        return self._uploads.get(upload_id)

    def find_all(self, upload_ids: Sequence[str]) -> list[Upload]:
        """Return the current uploads with different IDs, without those that don't exist."""
        return [from_item(decode(item)) for item in self._items(upload_ids).values()]

    def walk(
        self, wanted: UploadFilter, *, beyond: Upload | None = None, newest_first: bool = True, expect: int = READ_LIMIT
    ) -> Iterator[Upload]:
        """Yield the current uploads that match, lazily, starting after `beyond`.

        `expect` is the number of uploads that the caller expects to use. Raises TooManyExaminedError.
        """
        within = _range(wanted, beyond, newest_first=newest_first)
        unserved = _unserved(wanted)
        size = READ_LIMIT if unserved else expect
        ids = self._ids(wanted, within, newest_first=newest_first, page=size)
        examined = 0
        while chunk := list(islice(ids, size)):
            if unserved and examined >= self._examined_at_most:
                raise TooManyExaminedError(unserved[0], examined)
            examined += len(chunk)
            if unserved:  # most don't match, and an item can be large
                facts = self._items(chunk, attributes=FACTS)
                chunk = [id_ for id_ in chunk if id_ in facts and wanted.matches(facts_of(facts[id_]))]
            found = self._items(chunk)
            # The index is eventually consistent, so use the status of the item.
            matching = (found[id_] for id_ in chunk if id_ in found and wanted.matches(facts_of(found[id_])))
            yield from (from_item(decode(item)) for item in matching)

    def _items(self, upload_ids: Sequence[str], *, attributes: Sequence[str] = ()) -> dict[str, Attributes]:
        keys: list[Attributes] = [{"id": {"S": upload_id}} for upload_id in upload_ids]
        return {
            item["id"]["S"]: item for item in get_items(self._json_client, self._table, keys, attributes=attributes)
        }

    def _ids(self, wanted: UploadFilter, within: _Range, *, newest_first: bool, page: int) -> Iterator[str]:
        for partition in self._partitions(wanted, within, newest_first=newest_first):
            request: dict[str, Any] = {
                "TableName": self._table,
                "IndexName": partition.index_name,
                "KeyConditionExpression": "#pk = :pk AND created_id BETWEEN :low AND :high",
                "ExpressionAttributeNames": {"#pk": partition.attribute},
                "ExpressionAttributeValues": {
                    ":pk": {"S": partition.value},
                    ":low": {"S": within.low},
                    ":high": {"S": within.high},
                },
                "ScanIndexForward": not newest_first,
                "Limit": page,
            }
            yield from (item["id"]["S"] for item in query_all(self._json_client, request))

    def _partitions(self, wanted: UploadFilter, within: _Range, *, newest_first: bool) -> Iterator[_Partition]:
        if wanted.created_from > wanted.created_until or within.low > within.high:
            return
        if wanted.key is not None:
            yield _Partition("by_key", "key", wanted.key)
        elif wanted.parent is not None:
            yield _Partition("by_parent", "parent", wanted.parent)
        else:
            first, last = _month(within.low), _month(within.high)
            for month in sorted(self._uploads.months(), reverse=newest_first):
                if first <= month <= last:
                    yield (
                        _Partition("by_status", "status_month", f"{wanted.status.value}#{month}")
                        if wanted.status
                        else _Partition("by_month", "month", month)
                    )


def _unserved(wanted: UploadFilter) -> list[str]:
    """Return the filters that `_partitions` does not apply, to check after the read."""
    given = [name for name in ("key", "parent", "status", *_OF_NO_INDEX) if getattr(wanted, name) is not None]
    return given if given[:1] and given[0] in _OF_NO_INDEX else given[1:]


def _range(wanted: UploadFilter, beyond: Upload | None, *, newest_first: bool) -> _Range:
    # `~` sorts after all characters of an ID. A prefix of an ID sorts before it.
    low, high = f"{wanted.created_from:010d}#", f"{wanted.created_until:010d}#~"
    if beyond is None:
        return _Range(low, high)
    cursor = beyond.created_id
    if newest_first:  # All IDs have the same length, so this text sorts just before the cursor.
        return _Range(low, min(high, cursor[:-1] + chr(ord(cursor[-1]) - 1) + "~"))
    return _Range(max(low, cursor + "~"), high)


def _month(created_id: str) -> str:
    return datetime.fromtimestamp(int(created_id[:10]), UTC).strftime("%Y-%m")


class KnownUploads:
    """The uploads table, for the sweep. Read only."""

    def __init__(self, client: "DynamoDBClient", json_client: JsonClient, table: str) -> None:
        """Read from `table`."""
        self._json_client = json_client
        self._table = table
        self._list = UploadList(client, json_client, table)

    def known(self, ids: Sequence[str]) -> set[str]:
        """Return the IDs that belong to uploads."""
        found = get_items(self._json_client, self._table, [{"id": {"S": id_}} for id_ in ids])
        return {item["id"]["S"] for item in found}

    def passing(self, status: Status, until: int, after: str | None) -> Iterator[Upload]:
        """Yield uploads with `status` that arrived until `until` (epoch seconds), oldest first, after `after`."""
        beyond = None if after is None else self._list.find(after)
        return self._list.walk(UploadFilter(status=status, created_until=until), beyond=beyond, newest_first=False)

    def arrived(self, until: int, after: str | None) -> Iterator[Upload]:
        """Yield all uploads that arrived until `until` (epoch seconds), oldest first, after `after`."""
        beyond = None if after is None else self._list.find(after)
        return self._list.walk(UploadFilter(created_until=until), beyond=beyond, newest_first=False, expect=10)

    def of_key(self, key: str) -> Iterator[Upload]:
        """Yield the uploads of a key, newest first."""
        return self._list.walk(UploadFilter(key=key))
