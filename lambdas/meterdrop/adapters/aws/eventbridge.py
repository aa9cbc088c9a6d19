"""The account's default event bus, by which the outside is told."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.domain.uploads.status_event import StatusEvent

SOURCE = "meterdrop"


class EventsClient(Protocol):
    """The client of boto3, of which this is used."""

    def put_events(self, *, Entries: Sequence[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 (AWS's name)
        """Put events on their buses; those that were refused are in the answer."""


class EventBus:
    """Sends announcements; `before_call` runs before every call and raises where there is no time for one."""

    def __init__(self, client: Callable[[], EventsClient], before_call: Callable[[], None]) -> None:
        """Take what makes the client, which is not before the first upload is final: it takes a while."""
        self._client = client
        self._before_call = before_call

    def send(self, status_event: StatusEvent) -> None:
        """Send an announcement; raises AwsError where the bus did not accept it."""
        self._before_call()
        entry = {
            "Source": SOURCE,
            "DetailType": status_event.type,
            "Detail": status_event.detail,
            "Time": datetime.fromtimestamp(status_event.ended_at, UTC),
        }
        response = self._client().put_events(Entries=[entry])
        if response["FailedEntryCount"]:
            raise AwsError("PutEvents", response["Entries"][0].get("ErrorCode", "NoErrorCode"))
