"""Sessions of API keys for the stream of meter events. The table has only the SHA-256 of a session's token."""

import re
import secrets
from typing import TYPE_CHECKING, NamedTuple

from meterdrop.adapters.access.api_keys import key_hash
from meterdrop.adapters.dynamodb.items import FORM, check_form

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SESSION_SECONDS = 15 * 60
"""How long a session's token is valid."""
_TOKEN = re.compile(r"mest_[A-Za-z0-9_-]{43}")


class Session(NamedTuple):
    """A session: its ID, its token, and when the token expires, in epoch seconds."""

    id: str
    token: str
    expires_at: int


class SessionTable:
    """Sessions of API keys, in the table whose items expire. If you lose them, clients create new ones."""

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        """Read and write `table` with `client`."""
        self._client = client
        self._table = table

    def create(self, key_id: str, now: int) -> Session:
        """Store and return a new session of the API key with this ID."""
        token = f"mest_{secrets.token_urlsafe(32)}"
        hash_, expires_at = key_hash(token), now + SESSION_SECONDS
        self._client.put_item(
            TableName=self._table,
            Item={
                "id": {"S": f"session#{hash_}"},
                "form": {"N": str(FORM)},
                "key": {"S": key_id},
                "expiration": {"N": str(expires_at)},
            },
        )
        return Session(f"mes_{hash_[:24]}", token, expires_at)

    def find_key(self, token: str, now: int) -> str | None:
        """Return the ID of the API key that a token's session belongs to, or None if the session has expired."""
        response = self._client.get_item(
            TableName=self._table, Key={"id": {"S": f"session#{key_hash(token)}"}}, ConsistentRead=True
        )
        item = response.get("Item")
        # DynamoDB deletes expired items within days.
        return item["key"]["S"] if item and now < int(check_form(item)["expiration"]["N"]) else None


def is_session_token(text: str) -> bool:
    """Return whether a text has the form of a session's token."""
    return _TOKEN.fullmatch(text) is not None
