"""Which events are behind a contribution."""

from collections.abc import Iterator, Sequence

from meterdrop.domain.metering.contributions import Hour
from meterdrop.domain.metering.event_list import read_event_list
from meterdrop.domain.metering.summary import StoredContribution
from meterdrop.ledger.ports import Usage


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
