"""The events of one hour, read by their IDs."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor

from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.figures import Figures
from meterdrop.domain.metering.summary import Scope, UsageChangingError
from meterdrop.usage.ports import Events, Usage

MAX_EVENTS = 200_000
"""Maximum number of single events that a request reads, limited by its time and memory."""
_PAUSES = (0.05, 0.1, 0.2, 0.4)  # seconds before an hour is read again


class TooManyEventsError(Exception):
    """The request needs more single events than `MAX_EVENTS`."""


class HourEvents:
    """The single events of hours, for one request."""

    def __init__(self, usage: Usage, events: Events, executor: Executor, pause: Callable[[float], None]) -> None:
        """Read events on the executor's threads."""
        self._usage = usage
        self._events = events
        self._executor = executor
        self._pause = pause
        self._left = MAX_EVENTS

    def within(self, scope: Scope, hour: int, start: int, end: int) -> Figures:
        """Return the figures of an hour's events that are in the window and not cancelled; see `by_customer`."""
        total = Figures()
        for figures in self.by_customer(scope, hour, start, end).values():
            total.merge(figures)
        return total

    def by_customer(self, scope: Scope, hour: int, start: int, end: int) -> dict[str, Figures]:
        """Return the figures of an hour's events that are in the window and not cancelled, by customer.

        Raises TooManyEventsError and SumNotExactError. Raises UsageChangingError if usage and events still do not match
        after retries.
        """
        for pause in _PAUSES:
            try:
                return self._read(scope, hour, start, end)
            except UsageChangingError:
                self._pause(pause)
        return self._read(scope, hour, start, end)

    def _read(self, scope: Scope, hour: int, start: int, end: int) -> dict[str, Figures]:
        owners = dict[str, str]()
        for each in self._usage.events_of_hour(scope, hour):
            owners |= dict.fromkeys(each.ids or (), each.owner)
            if len(owners) > self._left:
                raise TooManyEventsError
        within = [event for event in self._stored(owners) if start <= event.timestamp < end]
        cancelled = self._usage.cancelled(within)
        found: dict[str, Figures] = {}
        for event in within:
            if event.id not in cancelled:
                order = (event.timestamp, event.received, event.upload, event.row)
                found.setdefault(event.customer, Figures()).merge(Figures(1, event.value, order))
        self._left -= len(owners)
        return found

    def _stored(self, owners: dict[str, str]) -> Iterator[StoredEvent]:
        """Yield the events of IDs. Raises UsageChangingError unless each has its owner."""
        ids, limit = list(owners), self._events.read_limit
        chunks = [ids[at : at + limit] for at in range(0, len(ids), limit)]
        for chunk, events in zip(chunks, self._executor.map(self._events.read, chunks), strict=True):
            if any(id_ not in events or events[id_].upload != owners[id_] for id_ in chunk):
                raise UsageChangingError
            yield from events.values()
