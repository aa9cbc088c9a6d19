"""The events of one hour, read by the IDs in its contributions."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor

from meterdrop.domain.metering.contributions import Hour
from meterdrop.domain.metering.event_list import read_event_list
from meterdrop.domain.metering.summary import Scope, StoredContribution
from meterdrop.usage.ports import Events, Usage


class UsageChangingError(Exception):
    """Usage and events do not match, because another process is writing or deleting them. Read them again."""


def event_ids(
    usage: Usage, of: Hour, found: StoredContribution, *, newest_first: bool = False, at_once: int = 1
) -> Iterator[list[str]]:
    """Yield the IDs of a contribution's events, lazily, in lists ordered by row or in reverse.

    Reads `at_once` parts of a long list at a time. Raises UsageChangingError if a part is missing.
    """
    if found.events is not None:
        yield _ordered(read_event_list(found.events, found.owner), newest_first=newest_first)
        return
    numbers: Sequence[int] = range(found.parts)[:: -1 if newest_first else 1]
    for start in range(0, len(numbers), at_once):
        wanted = numbers[start : start + at_once]
        parts = usage.parts(of, found.owner, wanted)
        for number in wanted:
            if number not in parts:
                raise UsageChangingError
            yield _ordered(read_event_list(parts[number], found.owner), newest_first=newest_first)


def _ordered(ids: list[str], *, newest_first: bool) -> list[str]:
    return ids[::-1] if newest_first else ids


MAX_EVENTS = 200_000
"""Maximum number of single events that a request reads, limited by its time and memory."""
_PAUSES = (0.05, 0.1, 0.2, 0.4)  # seconds before an hour is read again
_PARTS_AT_ONCE = 8


class TooManyEventsError(Exception):
    """The request needs more single events than `MAX_EVENTS`."""


class HourEvents:
    """The events behind the contributions of an hour, for one request."""

    def __init__(self, usage: Usage, events: Events, executor: Executor, pause: Callable[[float], None]) -> None:
        """Read events on the executor's threads."""
        self._usage = usage
        self._events = events
        self._executor = executor
        self._pause = pause
        self._left = MAX_EVENTS

    def within(
        self, scope: Scope, hour: int, start: int, end: int, *, found: Sequence[StoredContribution] | None = None
    ) -> list[StoredContribution]:
        """Return a contribution for each event of an hour that is in the window and not cancelled.

        `found` are all contributions to the hour if they were read already. Raises TooManyEventsError. Raises
        UsageChangingError if contributions and events still do not match after retries.
        """
        for pause in _PAUSES:
            try:
                return self._read(scope, hour, start, end, found)
            except UsageChangingError:
                self._pause(pause)
                found = None
        return self._read(scope, hour, start, end, found)

    def _read(
        self, scope: Scope, hour: int, start: int, end: int, found: Sequence[StoredContribution] | None
    ) -> list[StoredContribution]:
        if found is None:
            found = list(self._usage.walk(scope, range(hour, hour + 1), newest_first=False))
        owners = self._owners(scope, hour, [each for each in found if each.cancels is None])
        ids, limit = list(owners), self._events.read_limit
        chunks = [ids[at : at + limit] for at in range(0, len(ids), limit)]
        within: list[StoredContribution] = []
        for chunk, events in zip(chunks, self._executor.map(self._events.read, chunks), strict=True):
            if any(id_ not in events or events[id_].upload != owners[id_] for id_ in chunk):
                raise UsageChangingError
            within += (
                StoredContribution.of(event)
                for event in events.values()
                if event.cancelled is None and start <= event.timestamp < end
            )
        self._left -= len(ids)
        return within

    def _owners(self, scope: Scope, hour: int, found: Sequence[StoredContribution]) -> dict[str, str]:
        """Return the owner of each event of an hour, by ID, from the contributions."""
        count = sum(each.event_count for each in found)
        if count > self._left:
            raise TooManyEventsError
        owners = {
            id_: each.owner
            for each in found
            for ids in event_ids(self._usage, scope.at(hour), each, at_once=_PARTS_AT_ONCE)
            for id_ in ids
        }
        if len(owners) != count:
            raise UsageChangingError
        return owners
