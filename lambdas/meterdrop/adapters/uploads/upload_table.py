"""The uploads table. Reads are consistent; each write replaces an item only if its revision is unchanged."""

from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.items import decode, encode
from meterdrop.adapters.dynamodb.transactions import transact_write
from meterdrop.adapters.uploads.outbox import outbox_item
from meterdrop.adapters.uploads.retries import retry_item
from meterdrop.adapters.uploads.text_sets import TextSets
from meterdrop.adapters.uploads.upload_items import from_item, to_item
from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.uploads.status_event import StatusEvent
from meterdrop.domain.uploads.transitions import Retry, next_automatic_run
from meterdrop.domain.uploads.upload import Upload

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

_IS_EXPECTED = "revision = :expected"
MONTHS_ID = "#months"
"""ID of the item whose string set `months` contains each month with uploads."""


class UploadTable:
    """The uploads."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read from and write to `table`."""
        self._client = client
        self._table = table
        self._months = TextSets(client, table, "months")

    def get(self, upload_id: str) -> Upload | None:
        """Return the current upload, or None. The ID can be any text of a request."""
        if not UPLOAD_ID.fullmatch(upload_id):  # The table also holds other items.
            return None
        response = self._client.get_item(TableName=self._table, Key={"id": {"S": upload_id}}, ConsistentRead=True)
        return from_item(decode(response["Item"])) if "Item" in response else None

    def months(self) -> frozenset[str]:
        """Return all months with uploads. Each month is stored before its first upload."""
        return self._months.texts(MONTHS_ID)

    def create(self, upload: Upload) -> bool:
        """Store a new upload. Returns False if its ID exists."""
        # Store the month first, so that lists never miss an upload.
        self._months.add(MONTHS_ID, upload.month)
        return self._put(upload, None)

    def save(self, upload: Upload) -> bool:
        """Store the next revision of an upload. Returns False if the upload changed since it was read.

        `upload.revision` is the revision that was read, plus one.
        """
        return self._put(upload, upload.revision - 1)

    def finish(self, upload: Upload, status_event: StatusEvent) -> bool:
        """Store the next revision and its status event in one transaction. Returns the same as `save`.

        For an upload that was given up, the transaction also stores when the sweep reprocesses it.
        """
        writes: list[TransactWriteItemTypeDef] = [
            {
                "Put": {
                    "TableName": self._table,
                    "Item": self._item(upload),
                    "ConditionExpression": _IS_EXPECTED,
                    "ExpressionAttributeValues": {":expected": {"N": str(upload.revision - 1)}},
                }
            },
            {"Put": {"TableName": self._table, "Item": outbox_item(status_event)}},
        ]
        if (due := next_automatic_run(upload)) is not None:
            retry = Retry(upload.id, upload.revision, due)
            writes.append({"Put": {"TableName": self._table, "Item": retry_item(retry)}})
        failed = transact_write(self._client, writes)
        # The token detects a repeated call for ten minutes only, so compare with the stored upload.
        return not failed or self.get(upload.id) == upload

    def _put(self, upload: Upload, expected: int | None) -> bool:
        item = self._item(upload)
        try:
            if expected is None:
                self._client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(id)")
            else:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression=_IS_EXPECTED,
                    ExpressionAttributeValues={":expected": {"N": str(expected)}},
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            # After a lost response, the client retries the call and may find its own write.
            stored = self.get(upload.id)
            return stored == upload
        return True

    def _item(self, upload: Upload) -> "dict[str, AttributeValueTypeDef]":
        return encode(to_item(upload))
