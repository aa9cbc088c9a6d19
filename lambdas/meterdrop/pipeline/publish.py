"""After the last stage: the outside is told of a final status, and what was told leaves the outbox.

It comes after the status and can fail without harm: what is left in the outbox is sent later, by `publish_unsent`.
"""

from collections.abc import Callable

from meterdrop.domain.uploads.status_event import StatusEvent
from meterdrop.pipeline.attempt import OutOfTimeError
from meterdrop.pipeline.ports import Outbox, Publisher

PAGE = 25
"""Announcements that are read at a time: each may be as large as a detail."""


def publish(status_event: StatusEvent, publisher: Publisher, outbox: Outbox) -> None:
    """Send an announcement and forget it; a crash in between sends it again, with the same `event_id`."""
    publisher.send(status_event)
    outbox.remove(status_event)


def publish_unsent(
    publisher: Publisher,
    outbox: Outbox,
    *,
    before: int,
    after: str | None,
    on_failed: Callable[[Exception], None],
) -> str | None:
    """Send a page of what was announced before a time and is still in the outbox, oldest first.

    Returns the place to go on after, None where nothing is left. One that is refused, which `on_failed` is told of,
    stays and does not hold up the others. `before` leaves those alone that are being sent at this moment.
    """
    left, next_ = outbox.unsent(before, after, PAGE)
    for status_event in left:
        try:
            publish(status_event, publisher, outbox)
        except OutOfTimeError:
            raise
        except Exception as error:  # noqa: BLE001 (whatever it is, the others are sent, and this one is tried again)
            on_failed(error)
    return next_
