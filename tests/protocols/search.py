"""An explicit-state search: every interleaving of the steps of a protocol, breadth first."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple, TypeVar

State = TypeVar("State", bound=Hashable)


class Result(NamedTuple):
    """What a search found. Without a violation, the path is empty."""

    states: int
    violation: str | None
    path: tuple[str, ...]
    """The names of the steps from the start to the violation. No shorter path leads to one."""


def search(
    start: State,
    steps: Callable[[State], Iterable[tuple[str, State]]],
    violation: Callable[[State], str | None],
    is_end: Callable[[State], bool] | None = None,
) -> Result:
    """Visit every state that can be reached, up to the first one with a violation.

    `steps` lists each possible next step of a state by its name, with the state that it leads to. `violation` says what
    is wrong in a state. With `is_end`, a state from which no end can be reached is a violation too.
    """
    came_from: dict[State, tuple[str, State] | None] = {start: None}
    open_states = deque([start])
    led_here: dict[State, list[State]] = {}
    while open_states:
        state = open_states.popleft()
        if found := violation(state):
            return Result(len(came_from), found, _path(state, came_from))
        for name, following in steps(state):
            if is_end is not None:
                led_here.setdefault(following, []).append(state)
            if following not in came_from:
                came_from[following] = (name, state)
                open_states.append(following)
    if is_end is not None:
        leads_to_end = _all_before(filter(is_end, came_from), led_here)
        stuck = next((state for state in came_from if state not in leads_to_end), None)
        if stuck is not None:
            return Result(len(came_from), "no end can be reached", _path(stuck, came_from))
    return Result(len(came_from), None, ())


def _all_before(ends: Iterable[State], led_here: dict[State, list[State]]) -> set[State]:
    """Return the ends, and all states from which one of them can be reached."""
    found = set(ends)
    open_states = list(found)
    while open_states:
        for before in led_here.get(open_states.pop(), ()):
            if before not in found:
                found.add(before)
                open_states.append(before)
    return found


def _path(state: State, came_from: dict[State, tuple[str, State] | None]) -> tuple[str, ...]:
    names = list[str]()
    while step := came_from[state]:
        name, state = step
        names.append(name)
    return tuple(reversed(names))
