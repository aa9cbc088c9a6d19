"""Cancels one event. It stays stored as cancelled, and its identifier stays in use."""

from typing import NamedTuple, Protocol

from meterdrop.domain.changes import Change
from meterdrop.domain.ids import scoped_id
from meterdrop.domain.metering.event import StoredEvent


class CancelInput(NamedTuple):
    """The event to cancel. `partner` is None for the owner and the API.

    An identifier `<upload id>:<row number>` names its upload, so it needs no partner.
    """

    event_name: str
    identifier: str
    partner: str | None = None


class Cancellable(Protocol):
    """The events table, for cancels; see `adapters.metering.single_events`."""

    def find(self, id_: str) -> StoredEvent | None:
        """Return the event that is stored under an ID, or None."""

    def cancelled_at(self, event: StoredEvent) -> int | None:
        """Return the time at which an event was cancelled, in epoch seconds, or None."""

    def cancel(self, id_: str, at: int, change: Change | None = None) -> bool:
        """Subtract the event of an ID from usage, in one transaction. Returns False if it cannot be cancelled."""


class NoSuchEventError(Exception):
    """There is no event with this identifier and event name."""


class NotFinalError(Exception):
    """The upload that owns the event is still in progress."""

    def __init__(self, upload: str) -> None:
        """Hold the ID of the upload."""
        super().__init__("the upload is not final")
        self.upload = upload


def cancel(events: Cancellable, wanted: CancelInput, now: int, change: Change | None = None) -> StoredEvent:
    """Cancel an event at `now` (epoch seconds). Cancelling it again changes nothing.

    Raises NoSuchEventError and NotFinalError.
    """
    event = _find(events, wanted)
    if event.cancelled is None and not events.cancel(event.id, now, change):
        event = _find(events, wanted)
        if event.cancelled is None:
            raise NotFinalError(event.upload)
    return event


def _find(events: Cancellable, wanted: CancelInput) -> StoredEvent:
    event = events.find(scoped_id(wanted.partner, wanted.identifier))
    if event is None or event.event_name != wanted.event_name or wanted.partner not in (None, event.partner):
        raise NoSuchEventError
    return event._replace(cancelled=events.cancelled_at(event))
