"""One register for each event: whether any order of what happened explains every answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple


class Content(NamedTuple):
    """What an event says; `timestamp` is epoch seconds."""

    customer: str
    timestamp: int
    value: int


class Scope(NamedTuple):
    """The events of a customer, or of all, from `start` to before `end` (epoch seconds)."""

    customer: str | None
    start: float = 0
    end: float = inf

    def holds(self, content: Content) -> bool:
        """Return whether an event is one of them."""
        return self.customer in (None, content.customer) and self.start <= content.timestamp < self.end


class Stored(NamedTuple):
    """An event that is stored. While `is_leaving`, a revert takes it back, and readers may see it or not."""

    owner: str
    content: Content
    is_cancelled: bool = False
    is_leaving: bool = False


State = Stored | None
INSERT, CANCEL, LEAVE, REVERT = "insert", "cancel", "leave", "revert"


@dataclass(frozen=True, slots=True)
class Change:
    """A request, or the row of an upload, that may change an event at a moment between `begun` and `ended`.

    `results` are those that the answer allows:

    - of an insert: `stored` (by this owner), `same` (another owner's event has this content), `different`
    - of a cancel: `cancelled`, `absent`, `busy` (it is there, but its upload isn't final)

    Nobody knows whether an uncertain change has taken place. It ends never.
    """

    event: str
    kind: str
    begun: float
    ended: float
    owner: str = ""
    content: Content | None = None
    results: frozenset[str] = frozenset()
    is_certain: bool = True

    @property
    def changes_anything(self) -> bool:
        """Return whether the event can be another one afterwards."""
        return self.kind in {LEAVE, REVERT} or bool(self.results & {"stored", "cancelled"})

    def after(self, state: State) -> Iterator[State]:
        """Yield the states that may follow a state; none if the answer contradicts it."""
        if self.kind == INSERT:
            yield from self._inserted(state)
        elif self.kind == CANCEL:
            if state is None and "absent" in self.results:
                yield state
            elif state is not None and not state.is_leaving:
                if "busy" in self.results:
                    yield state
                if "cancelled" in self.results:
                    yield state._replace(is_cancelled=True)
        elif state is None or state.owner != self.owner:
            yield state
        else:
            yield None if self.kind == REVERT else state._replace(is_leaving=True)

    def _inserted(self, state: State) -> Iterator[State]:
        if state is None:
            if "stored" in self.results and self.content is not None:
                yield Stored(self.owner, self.content)
        elif state.owner == self.owner:
            if "stored" in self.results:
                yield state
        elif ("same" if state.content == self.content else "different") in self.results:
            yield state


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a read between `begun` and `ended` showed of an event. Events from the API have no owner in `seen`."""

    event: str
    begun: float
    ended: float
    scope: Scope
    seen: State
    is_certain = True
    changes_anything = False

    def after(self, state: State) -> Iterator[State]:
        """Yield the state if the read agrees with it."""
        shown = state is not None and self.scope.holds(state.content)
        if self.seen is None:
            if not shown or (state is not None and state.is_leaving):
                yield state
        elif shown and state is not None:
            expected = Stored(state.owner if is_upload(state.owner) else "", state.content, state.is_cancelled)
            if self.seen == expected or (state.is_leaving and self.seen[:2] == expected[:2]):
                yield state


Step = Change | Sighting


def is_upload(owner: str) -> bool:
    """Return whether an owner is an upload, and not a request."""
    return owner.startswith("upl_")


def by_event(steps: Iterable[Step]) -> dict[str, list[Step]]:
    """Group steps by their event."""
    groups = defaultdict[str, list[Step]](list)
    for step in steps:
        groups[step.event].append(step)
    return groups


def as_readers_see(changes: Iterable[Change]) -> Iterator[Change]:
    """Yield the changes that readers can see. They see the parts of a revert, in any order."""
    for change in changes:
        if change.kind == REVERT:
            yield Change(change.event, LEAVE, change.begun, change.ended, change.owner, is_certain=change.is_certain)
            yield change
        for result in change.results & {"stored", "cancelled"}:
            is_certain = change.is_certain and len(change.results) == 1
            yield Change(
                change.event,
                change.kind,
                change.begun,
                change.ended,
                change.owner,
                change.content,
                frozenset({result}),
                is_certain,
            )


def has_order(steps: Sequence[Step]) -> bool:
    """Return whether steps of one event can be put into an order that agrees with their times and answers.

    A step that ended before another one began precedes it.
    """
    steps = sorted(steps, key=lambda step: step.begun)
    everything = (1 << len(steps)) - 1
    optional = sum(1 << number for number, step in enumerate(steps) if not step.is_certain)
    waiting: list[tuple[int, State]] = [(everything, None)]
    seen = set(waiting)
    while waiting:
        left, state = waiting.pop()
        if not left & ~optional:
            return True
        for found in _next(steps, left, state):
            if found not in seen:
                seen.add(found)
                waiting.append(found)
    return False


def _next(steps: Sequence[Step], left: int, state: State) -> Iterator[tuple[int, State]]:
    numbers = [number for number in range(len(steps)) if left >> number & 1]
    latest = min(steps[number].ended for number in numbers if steps[number].is_certain)
    found = list[tuple[int, State]]()
    for number in numbers:
        if steps[number].begun > latest:
            break
        after = list(steps[number].after(state))
        if after and not steps[number].changes_anything:
            # It is possible now. No order gains anything if it comes later.
            yield left & ~(1 << number), state
            return
        found += ((left & ~(1 << number), each) for each in after)
    yield from found
