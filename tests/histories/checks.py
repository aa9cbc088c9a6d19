"""What must hold of a history: of each event, each summary, each feed, and each upload."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.histories.register import (
    CANCEL,
    INSERT,
    REVERT,
    Change,
    Scope,
    Sighting,
    Step,
    Stored,
    as_readers_see,
    by_event,
    has_order,
)

_PHASES = ("pending", "processing", "succeeded", "succeeded_with_errors", "failed", "reverting", "reverted")
_FINAL = _PHASES[2:5]


class FeedRead(NamedTuple):
    """A feed read to its end: the events by identifier. `is_whole` if it had to show all of its scope."""

    begun: float
    ended: float
    view: str
    """The kind of items that it was read from; a change under way can show in one and not yet in another."""
    scope: Scope
    seen: Mapping[str, Stored]
    is_whole: bool


class SummaryRead(NamedTuple):
    """The number of events and the sum of their values."""

    begun: float
    ended: float
    scope: Scope
    events: int
    total: int


class StatusRead(NamedTuple):
    """An upload as the API returned it."""

    begun: float
    ended: float
    upload: Mapping[str, Any]


@dataclass(slots=True)
class History:
    """What concurrent clients did and saw. All times are of one monotonic clock."""

    changes: list[Change] = field(default_factory=list)
    feeds: list[FeedRead] = field(default_factory=list)
    summaries: list[SummaryRead] = field(default_factory=list)
    statuses: list[StatusRead] = field(default_factory=list)

    def problems(self) -> Iterator[str]:
        """Yield everything that no order of the changes explains."""
        yield from _of_registers(self.changes, self.feeds)
        yield from _of_summaries(self.changes, self.summaries)
        yield from _of_statuses(self.statuses)


def _of_registers(changes: Sequence[Change], feeds: Iterable[FeedRead]) -> Iterator[str]:
    for event, steps in by_event(changes).items():
        if not has_order(steps):
            yield _explained(f"{event}: no order explains the answers", steps)
    visible, views = by_event(as_readers_see(changes)), defaultdict[str, list[FeedRead]](list)
    for read in feeds:
        views[read.view].append(read)
        yield from (f"{event}: in a feed, and nobody created it" for event in read.seen.keys() - visible.keys())
    for view, reads in views.items():
        for event, steps in visible.items():
            shown = [
                Sighting(event, read.begun, read.ended, read.scope, read.seen.get(event))
                for read in reads
                if read.is_whole or event in read.seen
            ]
            if not has_order([*steps, *shown]):
                yield _explained(f"{event}: no order explains the feeds ({view})", [*steps, *shown])


def _explained(problem: str, steps: Iterable[Step]) -> str:
    return "\n  ".join([problem, *map(str, sorted(steps, key=lambda step: step.begun))])


class _Bounds(NamedTuple):
    """The least and the greatest number of events, and sum of their values."""

    least: tuple[int, int] = (0, 0)
    most: tuple[int, int] = (0, 0)

    def plus(self, least: int, most: int, value: int) -> "_Bounds":
        return _Bounds(
            (self.least[0] + least, self.least[1] + least * value), (self.most[0] + most, self.most[1] + most * value)
        )

    def hold(self, events: int, total: int) -> bool:
        return all(low <= n <= high for low, n, high in zip(self.least, (events, total), self.most, strict=True))


def _of_summaries(changes: Sequence[Change], reads: Iterable[SummaryRead]) -> Iterator[str]:
    steps = {event: _Life(each) for event, each in _visible(changes).items()}
    earlier = defaultdict[Scope, list[SummaryRead]](list)
    for read in sorted(reads, key=lambda each: each.begun):
        at_once = _Bounds()
        before = max(
            (each for each in earlier[read.scope] if each.ended < read.begun), key=lambda each: each.begun, default=None
        )
        since = _Bounds()
        for life in steps.values():
            for insert in life.inserts:
                if insert.content is None or not read.scope.holds(insert.content):
                    continue
                at_once = at_once.plus(*life.counted(insert, read.begun, read.ended), insert.content.value)
                if before is not None:
                    since = since.plus(*life.changed(insert, before.begun, read.ended), insert.content.value)
        if not at_once.hold(read.events, read.total):
            yield f"{read}: outside of {at_once}"
        if before is not None and not since.hold(read.events - before.events, read.total - before.total):
            yield f"{read}: differs from {before} by more than {since}"
        earlier[read.scope].append(read)


def _visible(changes: Iterable[Change]) -> dict[str, list[Change]]:
    groups = defaultdict[str, list[Change]](list)
    for change in as_readers_see(changes):
        groups[change.event].append(change)
    return groups


class _Life:
    """All changes of an event, which together bound what it adds to a summary."""

    def __init__(self, changes: Iterable[Change]) -> None:
        changes = list(changes)
        self.cancels = [each for each in changes if each.kind == CANCEL]
        self.reverts = [each for each in changes if each.kind == REVERT]
        self.inserts = list(self._merged(each for each in changes if each.kind == INSERT))

    @staticmethod
    def _merged(inserts: Iterable[Change]) -> Iterator[Change]:
        """Yield one insert for each owner: from the first moment at which it can have been stored, to when it was."""
        groups = defaultdict[tuple[object, ...], list[Change]](list)
        for each in inserts:
            groups[each.owner, each.content].append(each)
        for group in groups.values():
            certain = [each for each in group if each.is_certain]
            first = min(group, key=lambda each: each.begun)
            ended = min((each.ended for each in certain), default=first.ended)
            yield Change(
                first.event, INSERT, first.begun, ended, first.owner, first.content, first.results, bool(certain)
            )

    def counted(self, insert: Change, begun: float, ended: float) -> tuple[int, int]:
        """Return the least and the most that an insert counts in a read."""
        reverts = [each for each in self.reverts if each.owner == insert.owner]
        # A cancel that began after the insert has met this event, or a later one under the same identifier.
        is_gone = any(
            each.is_certain and each.ended < begun and (each.kind == REVERT or each.begun > insert.ended)
            for each in (*reverts, *self.cancels)
        )
        if is_gone or insert.begun > ended:
            return 0, 0
        leaving = [each for each in reverts if each.begun <= ended]
        cancelling = [each for each in self.cancels if each.begun <= ended]
        if leaving:
            # Its figures and the cancel's are deleted one after the other.
            return -1 if cancelling else 0, 1
        is_there = insert.is_certain and insert.ended < begun
        return int(is_there and not cancelling), 1

    def changed(self, insert: Change, begun: float, ended: float) -> tuple[int, int]:
        """Return by how much at least and at most the count of an insert differs between two moments."""
        under_way = [
            each
            for each in (insert, *self.cancels, *(one for one in self.reverts if one.owner == insert.owner))
            if each.begun <= ended and each.ended >= begun
        ]
        kinds = {each.kind for each in under_way}
        if kinds == {INSERT}:
            return 0, 1
        if REVERT in kinds and self.cancels:
            return -2, 2
        return -bool(kinds), int(INSERT in kinds)


def _of_statuses(reads: Iterable[StatusRead]) -> Iterator[str]:
    groups = defaultdict[str, list[StatusRead]](list)
    for read in reads:
        groups[read.upload["id"]].append(read)
    for group in groups.values():
        group.sort(key=lambda each: each.begun)
        for number, read in enumerate(group):
            upload = read.upload
            counts = tuple(upload[f"{name}_count"] for name in ("success", "duplicate", "error"))
            if upload["status"] in _FINAL and upload["row_count"] != sum(counts):
                yield f"{upload}: the counts don't add up"
            before = [each.upload for each in group[:number] if each.ended < read.begun]
            yield from (
                f"{upload}: after {each}"
                for each in before
                if _place(each) > _place(upload) or (_place(each) == _place(upload) and _is_other(each, upload))
            )


def _place(upload: Mapping[str, Any]) -> tuple[int, int]:
    phase = _PHASES.index(upload["status"])
    return upload["run"], _PHASES.index(_FINAL[0]) if upload["status"] in _FINAL else phase


def _is_other(before: Mapping[str, Any], upload: Mapping[str, Any]) -> bool:
    if upload["status"] == "processing":
        return bool(before["row_count"] > upload["row_count"])
    return before != upload
