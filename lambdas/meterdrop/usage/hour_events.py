"""The events of one hour, found by the ids that its contributions hold."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor

from meterdrop.domain.metering.contributions import Hour
from meterdrop.domain.metering.event_list import read_event_list
from meterdrop.domain.metering.summary import Scope, StoredContribution
from meterdrop.usage.ports import Events, Usage


class UsageChangingError(Exception):
    """What was read does not belong together: it is being rewritten or taken back. Reading again may do."""


def event_ids(
    usage: Usage, of: Hour, found: StoredContribution, *, newest_first: bool = False, at_once: int = 1
) -> Iterator[list[str]]:
    """Yield the ids of a contribution's events in the order of rows, or the reverse, as far as they are asked for.

    A long list is read in so many parts `at_once`. Raises UsageChangingError where one of them is missing.
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
"""Events that one request reads one by one: what fits into the time and the memory that it has."""
_PAUSES = (0.05, 0.1, 0.2, 0.4)  # seconds before an hour is read again
_PARTS_AT_ONCE = 8


class TooManyEventsError(Exception):
    """More events would have to be read one by one than one request can."""


class HourEvents:
    """Reads the events behind the contributions of an hour, for one request."""

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
        """Return what each event of an hour adds that is in the window and not cancelled.

        `found` is all that is contributed to the hour, where it was read already. Raises TooManyEventsError; and
        UsageChangingError where what is named and what is stored stay apart.
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
        """Return the owner of each event of an hour, as the contributions tell."""
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
