"""A cancel beside the revert and the reprocess of the upload that owns the event.

The search runs one event, in a block or single, of one upload. Another upload has the same identifier and stores its
row when the identifier is free. A cancel reads an upload's status and revision, then the event. Its transaction puts
the cancel if the upload is still final at that revision.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

import pytest

from tests.protocols.search import Result, search

Broken = Literal[
    "a cancel ignores that the owner is not final",
    "a cancel ignores the owner's revision",
    "the event is read before the owner",
    "a revert leaves cancels",
    "an undo deletes events before their cancels",
]

ORPHAN = "a cancel has no event"
VIOLATIONS: dict[Broken, str] = {
    "a cancel ignores that the owner is not final": ORPHAN,
    "a cancel ignores the owner's revision": ORPHAN,
    "the event is read before the owner": ORPHAN,
    "a revert leaves cancels": ORPHAN,
    "an undo deletes events before their cancels": ORPHAN,
}
_FINAL = {"final", "failed", "reverted"}


class Cancel(NamedTuple):
    """A request to cancel, and what it has read."""

    step: str = ""
    owner_status: str = ""
    owner_revision: int = 0


class State(NamedTuple):
    """The stored items, where everybody is, and how often things may still happen."""

    upload: str = "final"
    revision: int = 0
    attempt: str = ""
    event: str = "upload"
    """The owner of the stored event, or empty."""
    usage: int = 1
    """The upload's figure."""
    other_usage: int = 0
    other: str = "processing"
    cancel: str = ""
    """The owner of the event that the stored cancel takes away, or empty."""
    cancels: tuple[Cancel, ...] = (Cancel(), Cancel())
    crashes: int = 2
    reprocesses: int = 2


def _undo(broken: Broken | None) -> tuple[str, ...]:
    match broken:
        case "a revert leaves cancels":
            return ("read events", "delete usage", "delete event")
        case "an undo deletes events before their cancels":
            return ("read events", "delete usage", "delete event", "delete cancel")
        case _:
            return ("read events", "delete usage", "delete cancel", "delete event")


def _steps(state: State, broken: Broken | None) -> Iterator[tuple[str, State]]:
    for name, following in _upload_steps(state, broken):
        yield f"upload: {name}", following
    if state.other == "processing":
        if not state.event:
            yield "other upload: insert", state._replace(event="other", other="inserted")
    elif state.other == "inserted":
        yield "other upload: put usage, end", state._replace(other_usage=1, other="final")
    for number, cancel in enumerate(state.cancels):
        if cancel not in state.cancels[:number]:
            for name, following in _cancel_steps(state, number, cancel, broken):
                yield f"cancel {number}: {name}", following


def _upload_steps(state: State, broken: Broken | None) -> Iterator[tuple[str, State]]:
    revision = state.revision + 1
    match state.upload:
        case "final" | "failed":
            if state.reprocesses:
                reprocesses = state.reprocesses - 1
                yield "reprocess", state._replace(upload="processing", revision=revision, reprocesses=reprocesses)
            if state.upload == "final":
                yield "revert", state._replace(upload="reverting", revision=revision)
        case "processing" | "reverting":
            if not state.attempt:
                if state.upload == "processing":
                    yield "read what is stored", state._replace(attempt="store")
                yield "start an undo", state._replace(attempt="read events")
            else:
                if state.crashes:
                    yield "crash", state._replace(attempt="", crashes=state.crashes - 1)
                yield from _attempt_steps(state, broken)


def _attempt_steps(state: State, broken: Broken | None) -> Iterator[tuple[str, State]]:
    undo, revision = _undo(broken), state.revision + 1
    match state.attempt:
        case "store":
            if state.event:
                yield "find the event", state._replace(attempt="put usage")
            else:
                yield "insert", state._replace(event="upload", attempt="put usage")
                yield "refuse the row", state._replace(attempt="put usage")
        case "put usage":
            yield "put usage", state._replace(usage=int(state.event == "upload"), attempt="end")
        case "end":
            yield "end", state._replace(upload="final", revision=revision, attempt="")
        case "end undo":
            ending = "reverted" if state.upload == "reverting" else "failed"
            yield ending, state._replace(upload=ending, revision=revision, attempt="")
        case step:
            following = dict(zip(undo, (*undo[1:], "end undo"), strict=True))[step]
            state = state._replace(attempt=following)
            if step == "read events" and state.event != "upload":
                # No event is left to delete. Its usage may be.
                yield "find no event", state._replace(usage=0, attempt="end undo")
            elif step == "delete usage":
                yield step, state._replace(usage=0)
            elif step == "delete cancel":
                yield step, state._replace(cancel="")
            elif step == "delete event":
                yield step, state._replace(event="" if state.event == "upload" else state.event)
            else:
                yield step, state


def _cancel_steps(state: State, number: int, cancel: Cancel, broken: Broken | None) -> Iterator[tuple[str, State]]:
    def at(following: Cancel, state: State = state) -> State:
        return state._replace(cancels=(*state.cancels[:number], following, *state.cancels[number + 1 :]))

    read_owner = Cancel("", state.upload, state.revision)
    is_event_first = broken == "the event is read before the owner"
    match cancel.step:
        case "" if is_event_first:
            if state.event == "upload":
                yield "read event", at(Cancel("read owner"))
        case "":
            yield "read owner", at(read_owner._replace(step="read event"))
        case "read owner":
            yield "read owner", at(read_owner._replace(step="put"))
        case "read event":
            following = cancel._replace(step="put") if state.event == "upload" else Cancel("answered")
            yield "read event", at(following)
        case "put":
            is_final = state.upload == cancel.owner_status == "final"
            is_same = state.revision == cancel.owner_revision
            is_final = is_final or broken == "a cancel ignores that the owner is not final"
            is_same = is_same or broken == "a cancel ignores the owner's revision"
            if is_final and is_same and not state.cancel:
                yield "put cancel", at(Cancel("answered"), state._replace(cancel="upload"))
                yield "put cancel, answer lost", at(Cancel(), state._replace(cancel="upload"))
            else:
                yield "refused", at(Cancel("answered"))


def _violation(state: State) -> str | None:
    if state.upload not in _FINAL or state.other == "inserted":
        return None
    if state.cancel and state.cancel != state.event:
        return ORPHAN
    if (state.usage, state.other_usage) != (state.event == "upload", state.event == "other"):
        return "usage and events differ"
    return None


def _search(broken: Broken | None) -> Result:
    return search(State(), lambda state: _steps(state, broken), _violation)


def test_the_design() -> None:
    """While no upload is in progress, each event counts once, and each cancel has its event."""
    found = _search(None)
    assert found.violation is None, found.path


@pytest.mark.parametrize(("broken", "violation"), VIOLATIONS.items())
def test_each_broken_variant_is_found(broken: Broken, violation: str) -> None:
    """Without any one of its rules, a cancel is left without its event, and usage falls below the events."""
    assert violation == _search(broken).violation
