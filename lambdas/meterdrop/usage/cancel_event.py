"""Takes one event back: it stays, marked, and its identifier stays taken."""

from typing import Protocol

from meterdrop.domain.metering.event import StoredEvent


class Cancellable(Protocol):
    """The events; see `adapters.metering.single_events`."""

    def find(self, id_: str) -> StoredEvent | None:
        """Return the event that is stored under an id."""

    def cancel(self, event: StoredEvent, at: int) -> bool:
        """Mark an event and take it out of usage at once; False where it is not to be had."""


class NoSuchEventError(Exception):
    """There is no event of this identifier and event name."""


class NotFinalError(Exception):
    """The upload that the event came with is still under way."""

    def __init__(self, upload: str) -> None:
        """Name the upload."""
        super().__init__("the upload is not final")
        self.upload = upload


def cancel(events: Cancellable, event_name: str, identifier: str, now: int) -> StoredEvent:
    """Cancel an event at `now` (epoch seconds); to cancel it again changes nothing.

    Raises NoSuchEventError and NotFinalError.
    """
    event = _find(events, event_name, identifier)
    if event.cancelled is None and not events.cancel(event, now):
        event = _find(events, event_name, identifier)
        if event.cancelled is None:
            raise NotFinalError(event.upload)
    return event


def _find(events: Cancellable, event_name: str, identifier: str) -> StoredEvent:
    event = events.find(identifier)
    if event is None or event.event_name != event_name:
        raise NoSuchEventError
    return event
