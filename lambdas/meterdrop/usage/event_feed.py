"""A meter's events in the order in which they were received.

They are ordered by arrival, owner (an upload or an API request), hour, and position among the owner's rows of that
hour. The events of an hour that one API request created are ordered by customer first.

A page begins at its cursor in the list of the meter's arrivals. If few of them match the filter, the rest comes from
the contributions of the filter's scope and months, which contain all but the position. Only the events of one page are
read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from meterdrop.domain.files.cells import could_be_stored
from meterdrop.domain.ids import UPLOAD_ID, scoped_id
from meterdrop.domain.metering.contributions import HOUR
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.partners import OWNER, matches_scope
from meterdrop.domain.metering.summary import OwnerEvents, Scope, UsageChangingError
from meterdrop.usage.ports import Events, Usage
from meterdrop.usage.window_figures import DAY

NEWEST = 100
"""Maximum number of events in the feed of a meter without filters."""
ARRIVALS_AT_ONCE = 100
MAX_ARRIVALS = 3 * ARRIVALS_AT_ONCE
"""Arrivals to search for events that match a filter. Beyond them, all contributions to its months are read at once."""


class FeedPosition(NamedTuple):
    """The position of a contribution's events in the feed. Times are epoch seconds, `hour` is epoch hours."""

    received: int
    owner: str
    hour: int

    @classmethod
    def of(cls, found: OwnerEvents) -> "FeedPosition":
        """Return the position of an owner's events of an hour."""
        return cls(found.received, found.owner, found.hour)

    @classmethod
    def of_event(cls, event: StoredEvent) -> "FeedPosition":
        """Return the position that an event shares with its owner's other events of the hour."""
        return cls(event.received, event.upload, event.timestamp // HOUR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """A filter of events: by scope, from `start` to before `end` (epoch seconds), by partner (see `OWNER`), by ID.

    `identifier` is the one that people see, in NFC. Events of several partners can have it.
    """

    scope: Scope
    start: int
    end: int
    partner: str | None = None
    identifier: str | None = None

    def holds(self, event: StoredEvent) -> bool:
        """Return whether an event matches the filter."""
        scope = self.scope
        is_in_scope = event.meter == scope.meter and scope.customer in (None, event.customer)
        is_in_time = self.start <= event.timestamp < self.end
        is_named = self.identifier in (None, event.identifier)
        return is_in_scope and is_in_time and is_named and matches_scope(event.partner, self.partner)


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
        ids = list(islice(self._newest(Scope(meter, None)), NEWEST))
        at = -1 if beyond is None else ids.index(beyond.id) if beyond.id in ids else len(ids)
        wanted = (ids[at + 1 :] if newest_first else ids[:at][::-1])[:expect]
        stored = self._events.read(wanted)
        return self._with_cancels(stored[id_] for id_ in wanted if id_ in stored and stored[id_].meter == meter)

    def _newest(self, scope: Scope) -> Iterator[str]:
        for arrival in self._usage.arrivals(scope.meter):
            if arrival.ids is not None:
                yield from reversed(arrival.ids)
                continue
            for hour in arrival.hours:
                yield from reversed(self._usage.events_of_owner(scope, hour, arrival.owner))

    def walk(
        self, wanted: Narrowed, *, beyond: StoredEvent | None = None, newest_first: bool = True, expect: int = NEWEST
    ) -> Iterator[StoredEvent]:
        """Yield the events past `beyond`, lazily. `expect` is the number of events that the caller needs.

        Raises UsageChangingError.
        """
        named, size = self._named(wanted, beyond, newest_first=newest_first), min(expect, self._events.read_limit)
        while chunk := list(islice(named, size)):
            stored = self._events.read(id_ for _, id_ in chunk)
            found = [(owner, stored[id_]) for owner, id_ in chunk if id_ in stored]
            yield from self._with_cancels(
                event for owner, event in found if event.upload == owner and wanted.holds(event)
            )
            size = self._events.read_limit  # some of the events didn't match

    def walk_identified(
        self,
        wanted: Narrowed,
        partners: Iterable[str],
        *,
        beyond: StoredEvent | None = None,
        newest_first: bool = True,
        expect: int = NEWEST,  # noqa: ARG002  there are few
    ) -> list[StoredEvent]:
        """Return the events past `beyond` that have the identifier in `wanted`, by key.

        Without a partner in `wanted`, these are events of the owner and of `partners`.
        """
        if wanted.identifier is None or not could_be_stored(wanted.identifier):
            return []
        scopes = [None, *partners] if wanted.partner is None else [None if wanted.partner == OWNER else wanted.partner]
        stored = self._events.read({scoped_id(scope, wanted.identifier) for scope in scopes})
        found = sorted(filter(wanted.holds, stored.values()), key=FeedPosition.of_event, reverse=newest_first)
        if beyond is not None:
            place = FeedPosition.of_event(beyond)
            found = [
                event for event in found if (FeedPosition.of_event(event) < place) == newest_first and event != beyond
            ]
        return self._with_cancels(found)

    def _with_cancels(self, events: Iterable[StoredEvent]) -> list[StoredEvent]:
        found = list(events)
        cancelled = self._usage.cancelled(found)
        return [event.with_cancel(cancelled.get(event.id)) for event in found]

    def _named(self, wanted: Narrowed, beyond: StoredEvent | None, *, newest_first: bool) -> Iterator[tuple[str, str]]:
        """Yield the owner and the ID of every event that may match, in order."""
        place = None if beyond is None else FeedPosition.of_event(beyond)
        for each in self._owners(wanted, place, newest_first=newest_first):
            own = FeedPosition.of(each)
            if not matches_scope(each.partner, wanted.partner):
                continue
            if place is not None and own != place and (own > place) == newest_first:
                continue
            listed = each.ids or self._usage.events_of_owner(wanted.scope, each.hour, each.owner)
            ids = reversed(listed) if newest_first else iter(listed)
            if beyond is not None and own == place and beyond.id not in ids:  # consumes the IDs up to this one
                raise UsageChangingError
            yield from ((each.owner, id_) for id_ in ids)

    def _owners(self, wanted: Narrowed, place: FeedPosition | None, *, newest_first: bool) -> Iterator[OwnerEvents]:
        """Yield the owners of events that may match, in order, from an arrival that is not past `place`."""
        hours = range(max(wanted.start, 0) // HOUR, -(-wanted.end // HOUR))
        if not hours:
            return
        # No event is later than a day from its arrival.
        since = max(wanted.start - DAY, 0)
        arrivals = self._usage.arrivals(
            wanted.scope.meter, since=since, place=None if place is None else place[:2], newest_first=newest_first
        )
        for _ in range(0, MAX_ARRIVALS, ARRIVALS_AT_ONCE):
            part = list(islice(arrivals, ARRIVALS_AT_ONCE))
            found = self._usage.owners_of(wanted.scope, hours, part)
            # A request comes with all of its events, so it has the hour of the cursor too.
            at_place = [
                each._replace(hour=place.hour) if place and each.owner == place.owner and _is_request(each) else each
                for each in found
            ]
            yield from sorted(at_place, key=FeedPosition.of, reverse=newest_first)
            if len(part) < ARRIVALS_AT_ONCE:
                return
        last = part[-1]
        rest = sorted(self._usage.owners(wanted.scope, hours), key=FeedPosition.of, reverse=newest_first)
        for each in rest:
            if each[:2] != last[:2] and (each[:2] < last[:2]) == newest_first:
                yield each


def _is_request(owner: OwnerEvents) -> bool:
    return UPLOAD_ID.fullmatch(owner.owner) is None
