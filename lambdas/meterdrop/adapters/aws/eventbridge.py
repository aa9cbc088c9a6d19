"""The event bus, which delivers status events to other systems."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.domain.uploads.status_event import StatusEvent

SOURCE = "meterdrop"


class EventsClient(Protocol):
    """The part of the boto3 client that this module uses."""

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 (AWS's name)
        """Put events on the bus; the response lists entries that failed."""


class EventBus:
    """The event bus."""

    def __init__(self, client: Callable[[], EventsClient], name: str | None = None) -> None:
        """Take a function that returns the client; creating a client is slow, so the first `send` does it.

        `name` is None for the account's default bus.
        """
        self._client = client
        self._bus = {"EventBusName": name} if name else {}

    def send(self, status_event: StatusEvent) -> None:
        """Send a status event. Raises AwsError if the bus does not accept it."""
        entry = {
            "Source": SOURCE,
            "DetailType": status_event.type,
            "Detail": status_event.detail,
            **self._bus,
            "Time": datetime.fromtimestamp(status_event.ended_at, UTC),
        }
        response = self._client().put_events(Entries=[entry])
        if response["FailedEntryCount"]:
            raise AwsError("PutEvents", response["Entries"][0].get("ErrorCode", "NoErrorCode"))
