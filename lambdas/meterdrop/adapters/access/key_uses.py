"""The last use of each API key, to the hour, in the table whose items expire."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from meterdrop.adapters.dynamodb.batch import READ_LIMIT
from meterdrop.adapters.dynamodb.items import FORM, check_form

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

HOUR = 3_600
KEPT_SECONDS = 400 * 24 * HOUR
"""How long a last use is stored."""


class KeyUseTable:
    """The last uses of keys. If you lose them, the list of keys shows no use until the next one."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read and write `table` with `client`."""
        self._client = client
        self._table = table
        self._hour = 0
        self._noted: set[str] = set()

    def note(self, key_id: str, now: int) -> None:
        """Store that a key was used at `now` (epoch seconds), once an hour for each key. Raises botocore's errors."""
        hour = now - now % HOUR
        if hour != self._hour:
            self._hour, self._noted = hour, set()
        if key_id in self._noted:
            return
        self._noted.add(key_id)  # a write that fails is not repeated either
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(key_id),
                UpdateExpression="SET #form = :form, used = :hour, expiration = :expiration",
                # Another running function may have stored this hour, or a later one.
                ConditionExpression="attribute_not_exists(id) OR (#form = :form AND used < :hour)",
                ExpressionAttributeNames={"#form": "form"},
                ExpressionAttributeValues={
                    ":form": {"N": str(FORM)},
                    ":hour": {"N": str(hour)},
                    ":expiration": {"N": str(hour + KEPT_SECONDS)},
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def last_uses(self, key_ids: Sequence[str]) -> Mapping[str, int]:
        """Return the hour of the last use by the ID of a key, in epoch seconds."""
        found: dict[str, int] = {}
        unread = [_key(each) for each in key_ids]
        while unread:
            request: Any = {self._table: {"Keys": unread[:READ_LIMIT]}}
            response: Any = self._client.batch_get_item(RequestItems=request)
            for item in response["Responses"][self._table]:
                found[item["id"]["S"].removeprefix(_PREFIX)] = int(check_form(item)["used"]["N"])
            # DynamoDB processes at least one key of a call, or returns an error.
            unread = response["UnprocessedKeys"].get(self._table, {"Keys": []})["Keys"] + unread[READ_LIMIT:]
        return found


_PREFIX = "key_use#"


def _key(key_id: str) -> dict[str, dict[str, str]]:
    return {"id": {"S": f"{_PREFIX}{key_id}"}}
