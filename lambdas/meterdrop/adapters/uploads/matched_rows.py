"""The matched rows of uploads, in the uploads table. They are split into parts, since a file may have many.

The item `matched#<upload>#<part>` contains row numbers and row digests, in the same order. The item `matched#<version>`
contains the IDs of other uploads that recorded rows of that version.
"""

from collections.abc import Iterator
from itertools import count
from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.items import FORM, check_form
from meterdrop.adapters.uploads.text_sets import TextSets
from meterdrop.domain.uploads.key_account import MatchedRows, RowDigest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

MAX_OWNERS = 1_000
_PART_ROWS = 12_000
"""Rows of one part. At 16 bytes a digest and up to 8 bytes a number, a part stays below 400 KB."""
_DIGEST_BYTES = 16


class MatchedRowsTable:
    """The matched rows."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from and write to `table`."""
        self._client = client
        self._table = table
        self._versions = TextSets(client, table, "uploads")

    def note(self, upload_id: str, noted: MatchedRows) -> None:
        """Store the matched rows of an upload, and replace those stored before."""
        for version in noted.rows:
            if version != upload_id:
                self._versions.add(_id(version), upload_id)
        number = -1
        for number, part in enumerate(_parts(noted)):
            item = {**matched_key(upload_id, number), "form": {"N": str(FORM)}, **_attributes(part)}
            self._client.put_item(TableName=self._table, Item=item)
        self._remove_from(upload_id, number + 1)

    def forget(self, upload_id: str) -> None:
        """Delete the matched rows of an upload."""
        self._remove_from(upload_id, 0)

    def of_version(self, version: str, *, besides: str) -> Iterator[MatchedRows]:
        """Yield the matched rows of a version and its error files, in parts, without those of `besides`."""
        for upload_id in sorted({version, *self._versions.texts(_id(version))} - {besides}):
            yield from self._parts_of(upload_id)

    def owners(self, upload_id: str) -> frozenset[str]:
        """Return the owners of the events that an upload duplicates, at most `MAX_OWNERS`."""
        return next(self._parts_of(upload_id), MatchedRows()).owners

    def _parts_of(self, upload_id: str) -> Iterator[MatchedRows]:
        for number in count():
            key = matched_key(upload_id, number)
            item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
            if item is None:
                return
            yield _noted(check_form(item))

    def _remove_from(self, upload_id: str, number: int) -> None:
        # Part numbers have no gaps, so the first missing part is the end.
        for each in count(number):
            gone = self._client.delete_item(
                TableName=self._table, Key=matched_key(upload_id, each), ReturnValues="ALL_OLD"
            )
            if "Attributes" not in gone:
                return


def _parts(noted: MatchedRows) -> Iterator[MatchedRows]:
    """Split matched rows into parts. The first part has the sets and no rows; no part is empty."""
    rows = [(version, start) for version in noted.rows for start in range(0, len(noted.rows[version]), _PART_ROWS)]
    first = MatchedRows(owners=frozenset(sorted(noted.owners)[:MAX_OWNERS]), complete=noted.complete)
    if first:
        yield first
    for version, start in rows:
        yield MatchedRows(rows={version: noted.rows[version][start : start + _PART_ROWS]})


def _attributes(part: MatchedRows) -> "dict[str, AttributeValueTypeDef]":
    sets = {"owners": part.owners, "complete": part.complete}
    item: dict[str, AttributeValueTypeDef] = {name: {"SS": sorted(texts)} for name, texts in sets.items() if texts}
    for version, rows in part.rows.items():
        item["version"] = {"S": version}
        item["rows"] = {"S": " ".join(str(row) for row, _ in rows)}
        item["digests"] = {"B": b"".join(digest for _, digest in rows)}
    return item


def _noted(item: "dict[str, AttributeValueTypeDef]") -> MatchedRows:
    rows: dict[str, list[RowDigest]] = {}
    if "rows" in item:
        digests = item["digests"]["B"]
        starts = range(0, len(digests), _DIGEST_BYTES)
        each = (digests[start : start + _DIGEST_BYTES] for start in starts)
        rows[item["version"]["S"]] = list(zip(map(int, item["rows"]["S"].split()), each, strict=True))
    return MatchedRows(
        frozenset(item.get("owners", {}).get("SS", ())), frozenset(item.get("complete", {}).get("SS", ())), rows
    )


def matched_key(upload_id: str, part: int) -> "dict[str, AttributeValueTypeDef]":
    """Return the key of a part of an upload's matched rows."""
    return {"id": {"S": f"{_id(upload_id)}#{part}"}}


def _id(version: str) -> str:
    """Return the ID of the item with the uploads of a version."""
    return f"matched#{version}"
