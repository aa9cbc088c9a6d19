"""Publishes the status event of a final status, and removes it from the outbox.

This follows the last stage and can fail without harm: `publish_unsent` sends the rest of the outbox later.
"""

from collections.abc import Callable

from meterdrop.domain.uploads.status_event import StatusEvent
from meterdrop.pipeline.attempt import OutOfTimeError
from meterdrop.pipeline.ports import Outbox, Publisher

PAGE = 25
"""Status events in a page. Each may be as large as EventBridge allows."""


def publish(status_event: StatusEvent, publisher: Publisher, outbox: Outbox) -> None:
    """Send a status event, then remove it. After a crash in between, it is sent again with the same `event_id`."""
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
    """Send a page of the status events in the outbox that were stored before a time, oldest first.

    Returns the cursor for the next page, or None at the end. If an event cannot be sent, it stays in the outbox,
    `on_failed` receives the exception, and the next event follows. `before` excludes events that are being sent now.
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
