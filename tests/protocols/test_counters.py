"""Events that are created through the API: each transaction stores the event and adds it to a counter.

The search runs a request that a client sends twice, another request at the same time, and two counter items (shards).
Any answer can be lost. Each call then repeats as the client or the function would repeat it.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import pytest

from tests.protocols.search import Result, search

Broken = Literal[
    "a transaction adds to the counter whether or not the event is there",
    "the event and the counter are two calls",
    "a counter is put whatever its revision is",
    "each request has an ID of its own",
]

DIFFER = "the counters differ from the events"
VIOLATIONS: dict[Broken, str] = {
    "a transaction adds to the counter whether or not the event is there": DIFFER,
    "the event and the counter are two calls": DIFFER,
    "a counter is put whatever its revision is": DIFFER,
    "each request has an ID of its own": "one request has two events",
}
_REQUESTS = ("a", "a", "b")
"""The first one is sent twice."""
_SHARDS = 2


class Counter(NamedTuple):
    """A counter item. Revision 0 is an item that isn't there."""

    revision: int = 0
    value: int = 0


class Call(NamedTuple):
    """A request that is being answered, and the counter that it has read."""

    step: str = ""
    shard: int = 0
    read: Counter = Counter()


class State(NamedTuple):
    """The stored items, the requests, and how often things may still go wrong."""

    events: frozenset[str] = frozenset()
    counters: tuple[Counter, ...] = (Counter(),) * _SHARDS
    calls: tuple[Call, ...] = (Call(),) * len(_REQUESTS)
    lost_answers: int = 2


def _steps(state: State, broken: Broken | None) -> Iterator[tuple[str, State]]:
    for number, call in enumerate(state.calls):
        id_ = f"{_REQUESTS[number]}{number}" if broken == "each request has an ID of its own" else _REQUESTS[number]
        for name, following in _call_steps(state, number, call, id_, broken):
            yield f"request {number}: {name}", following


def _call_steps(state: State, number: int, call: Call, id_: str, broken: Broken | None) -> Iterator[tuple[str, State]]:
    def at(following: Call, state: State = state) -> State:
        return state._replace(calls=(*state.calls[:number], following, *state.calls[number + 1 :]))

    if call.step not in {"", "answered", "gone"}:
        yield "crash", at(Call("gone"))
    match call.step:
        case "":
            yield "find", at(Call("answered" if id_ in state.events else "read"))
        case "read":
            for shard, counter in enumerate(state.counters):
                yield f"read counter {shard}", at(Call("store", shard, counter))
        case "store" | "add":
            yield from _store(state, number, call, id_, broken)


def _store(state: State, number: int, call: Call, id_: str, broken: Broken | None) -> Iterator[tuple[str, State]]:
    def at(following: Call, state: State = state) -> State:
        return state._replace(calls=(*state.calls[:number], following, *state.calls[number + 1 :]))

    is_free = id_ not in state.events
    if broken == "a transaction adds to the counter whether or not the event is there" or call.step == "add":
        is_free = True
    is_same = state.counters[call.shard] == call.read or broken == "a counter is put whatever its revision is"
    counters = list(state.counters)
    counters[call.shard] = Counter(call.read.revision + 1, call.read.value + 1)
    done = state._replace(events=state.events | {id_}, counters=tuple(counters))
    if not is_free:
        yield "the ID is taken", at(Call())
    elif broken == "the event and the counter are two calls" and call.step == "store":
        yield "store the event", at(call._replace(step="add"), state._replace(events=state.events | {id_}))
    elif not is_same:
        yield "the counter has changed", at(Call("read"))
    else:
        yield "store", at(Call("answered"), done)
        if state.lost_answers:
            lost = done._replace(lost_answers=state.lost_answers - 1)
            yield "store, answer lost, same call again", at(call, lost)
            yield "store, answer lost, begin again", at(Call("read"), lost)


def _violation(state: State) -> str | None:
    has_ended = all(call.step in {"", "answered", "gone"} for call in state.calls)
    if has_ended and sum(counter.value for counter in state.counters) != len(state.events):
        return DIFFER
    if len({event[0] for event in state.events}) != len(state.events):
        return "one request has two events"
    stored = {event[0] for event in state.events}
    if any(call.step == "answered" and id_ not in stored for call, id_ in zip(state.calls, _REQUESTS, strict=True)):
        return "a request was answered and has no event"
    return None


def _search(broken: Broken | None) -> Result:
    return search(State(), lambda state: _steps(state, broken), _violation)


def test_the_design() -> None:
    """While no request is in progress, the sum of the counters is the number of events."""
    found = _search(None)
    assert found.violation is None, found.path


@pytest.mark.parametrize(("broken", "violation"), VIOLATIONS.items())
def test_each_broken_variant_is_found(broken: Broken, violation: str) -> None:
    """Without any one of its rules, a counter adds an event twice or not at all."""
    assert violation == _search(broken).violation
