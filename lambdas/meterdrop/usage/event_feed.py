"""A meter's events in the order in which they were received.

They are ordered by arrival, owner (an upload or an API request), hour, and position among the owner's rows of that
hour. The contributions contain all but the position, so only the events of one page are read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from meterdrop.domain.metering.contributions import HOUR
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope, StoredContribution
from meterdrop.usage.hour_events import UsageChangingError, event_ids
from meterdrop.usage.ports import Events, Usage

NEWEST = 100
"""Maximum number of events in the feed of a meter without filters."""


class FeedPosition(NamedTuple):
    """The position of a contribution's events in the feed. Times are epoch seconds, `hour` is epoch hours."""

    received: int
    owner: str
    hour: int

    @classmethod
    def of(cls, found: StoredContribution) -> "FeedPosition":
        """Return the position of a contribution's events."""
        return cls(found.received, found.owner, found.hour)

    @classmethod
    def of_event(cls, event: StoredEvent) -> "FeedPosition":
        """Return the position that an event shares with its owner's other events of the hour."""
        return cls(event.received, event.upload, event.timestamp // HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """A filter of events: by scope, and from `start` to before `end` (epoch seconds)."""

    scope: Scope
    start: int
    end: int

    def holds(self, event: StoredEvent) -> bool:
        """Return whether an event matches the filter."""
        scope = self.scope
        is_in_scope = event.meter == scope.meter and scope.customer in (None, event.customer)
        return is_in_scope and self.start <= event.timestamp < self.end


class Feed:
    """The events of meters, ordered by the time of receipt."""

    def __init__(self, usage: Usage, events: Events) -> None:
        """Read the feed from these tables."""
        self._usage = usage
        self._events = events

    def find(self, id_: str) -> StoredEvent | None:
        """Return the event of an ID, or None."""
        return self._events.find(id_)

    def walk_newest(
        self, meter: str, *, beyond: StoredEvent | None = None, newest_first: bool = True, expect: int = NEWEST
    ) -> list[StoredEvent]:
        """Return the first `expect` events past `beyond` among the `NEWEST` newest events of a meter.

        Raises UsageChangingError.
        """
        ids = self._newest(meter)
        at = -1 if beyond is None else ids.index(beyond.id) if beyond.id in ids else len(ids)
        wanted = (ids[at + 1 :] if newest_first else ids[:at][::-1])[:expect]
        stored = self._events.read(wanted)
        return [stored[id_] for id_ in wanted if id_ in stored and stored[id_].meter == meter]

    def _newest(self, meter: str) -> list[str]:
        scope = Scope(meter, None)
        count, at = 0, list[tuple[int, str]]()
        for arrival in self._usage.arrivals(meter):
            at += ((hour, arrival.owner) for hour in arrival.hours)
            count += arrival.event_count
            if count >= NEWEST:
                break
        # Each of these contributions has at least one event.
        found = self._usage.read(scope, at[:NEWEST]) if at else []
        ids = (
            id_
            for each in sorted(found, key=FeedPosition.of, reverse=True)
            for part in event_ids(self._usage, scope.at(each.hour), each, newest_first=True)
            for id_ in part
        )
        return list(islice(ids, NEWEST))

    def walk(
        self, wanted: Narrowed, *, beyond: StoredEvent | None = None, newest_first: bool = True, expect: int = NEWEST
    ) -> Iterator[StoredEvent]:
        """Yield the events past `beyond`, lazily. `expect` is the number of events that the caller needs.

        Raises UsageChangingError.
        """
        named = self._named(wanted, beyond, newest_first=newest_first)
        while chunk := list(islice(named, min(expect, self._events.read_limit))):
            stored = self._events.read(id_ for _, id_ in chunk)
            for owner, id_ in chunk:
                event = stored.get(id_)
                if event is not None and event.upload == owner and wanted.holds(event):
                    yield event

    def _named(self, wanted: Narrowed, beyond: StoredEvent | None, *, newest_first: bool) -> Iterator[tuple[str, str]]:
        """Yield the owner and the ID of every event that may match, in order."""
        hours = range(max(wanted.start, 0) // HOUR, -(-wanted.end // HOUR))
        walked = self._usage.walk(wanted.scope, hours, newest_first=newest_first)
        found = [each for each in walked if each.cancels is None]
        found.sort(key=FeedPosition.of, reverse=newest_first)
        place = None if beyond is None else FeedPosition.of_event(beyond)
        for each in found:
            own = FeedPosition.of(each)
            if place is not None and own != place and (own > place) == newest_first:
                continue
            lists = event_ids(self._usage, wanted.scope.at(each.hour), each, newest_first=newest_first)
            ids = (id_ for part in lists for id_ in part)
            if beyond is not None and own == place and beyond.id not in ids:  # consumes the IDs up to this one
                raise UsageChangingError
            yield from ((each.owner, id_) for id_ in ids)
