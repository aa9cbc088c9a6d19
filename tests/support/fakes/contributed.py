"""What a plain list of events contributes to usage, in the terms in which it is stored."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.event_list import write_event_list
from meterdrop.domain.metering.summary import Arrival, Scope, StoredContribution

HOUR = 3_600
INLINE = 2
PART = 3
"""Lines of an event list that stand beside the figures, and lines of one part: few, so that tests have both."""


def hour_text(hour: int) -> str:
    """Write an hour as keys have it."""
    return datetime.fromtimestamp(hour * HOUR, UTC).strftime("%Y-%m-%dT%H")


def contributions(events: Sequence[StoredEvent]) -> Iterator[tuple[Scope, StoredContribution]]:
    """Return what is stored beside these events, each with whose it is."""
    scopes = {scope for event in events for scope in (Scope(event.meter, event.customer), Scope(event.meter, None))}
    for scope in scopes:
        own = [event for event in events if in_scope(event, scope)]
        for hour, owner in {(event.timestamp // HOUR, event.upload) for event in own}:
            yield scope, contribution(events_of(own, scope, hour, owner))
        for event in own:
            if event.cancelled is not None:
                taken = None if event.value is None else -event.value
                hour = event.timestamp // HOUR
                yield scope, StoredContribution(hour, "", event.cancelled, -1, taken, cancels=event.id)


def contribution(events: Sequence[StoredEvent]) -> StoredContribution:
    """Return what one owner's events of one hour contribute, cancelled ones included."""
    first, lines = events[0], lines_of(events)
    named: dict[str, Any] = {"events": "\n".join(lines)} if len(lines) <= INLINE else {"parts": len(cut(lines))}
    hour = first.timestamp // HOUR
    with_value = [event for event in events if event.value is not None]
    values = [event.value for event in with_value if event.value is not None]
    if not values:
        return StoredContribution(hour, first.upload, first.received, len(events), **named)
    last = max(with_value, key=lambda event: (event.timestamp, event.row))
    return StoredContribution(
        hour,
        first.upload,
        first.received,
        len(events),
        sum(values, Decimal(0)),
        min(values),
        max(values),
        last.value,
        last.timestamp,
        last.row,
        **named,
    )


def arrivals(events: Sequence[StoredEvent], meter: str) -> Iterator[Arrival]:
    """Return the owners of a meter's events."""
    for received, owner in {(event.received, event.upload) for event in events if event.meter == meter}:
        own = [event for event in events if event.upload == owner and event.meter == meter]
        hours = sorted({event.timestamp // HOUR for event in own}, reverse=True)
        yield Arrival(received, owner, len(own), tuple(hours[:100]))


def in_scope(event: StoredEvent, scope: Scope) -> bool:
    """Tell whether an event is of a scope."""
    return event.meter == scope.meter and scope.customer in (None, event.customer)


def events_of(events: Iterable[StoredEvent], scope: Scope, hour: int, owner: str) -> list[StoredEvent]:
    """Return an owner's events of an hour, by row."""
    own = [each for each in events if in_scope(each, scope) and (each.timestamp // HOUR, each.upload) == (hour, owner)]
    return sorted(own, key=lambda event: event.row)


def lines_of(events: Iterable[StoredEvent]) -> list[str]:
    """Write an event list."""
    return list(
        write_event_list((each.row, None if each.id == f"{each.upload}:{each.row}" else each.id) for each in events)
    )


def cut(lines: Sequence[str]) -> list[str]:
    """Cut an event list into parts."""
    return ["\n".join(lines[at : at + PART]) for at in range(0, len(lines), PART)]


def sort_key(found: StoredContribution) -> str:
    """Return the sort key of an item."""
    return f"{hour_text(found.hour)}#{f'cancel#{found.cancels}' if found.cancels else found.owner}"
