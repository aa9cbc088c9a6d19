"""The outcome of a check: it holds, it doesn't hold, or it couldn't be tried."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The result of a check."""

    HOLDS = "holds"
    FAILS = "does not hold"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A statement about the stack, and whether it is true. `detail` says what was found, or why it wasn't tried."""

    statement: str
    state: State
    detail: str = ""


Section = Callable[..., Iterator[Outcome]]
"""Checks that belong together. They yield an outcome as soon as it is known."""


def expect(statement: str, is_true: bool, reason: object = "", *, note: str = "") -> Outcome:
    """Return the outcome of a check. `reason` is shown if it fails, and `note` in any case."""
    detail = note if is_true else "; ".join(filter(None, (str(reason), note)))
    return Outcome(statement, State.HOLDS if is_true else State.FAILS, detail)


def expect_equal(statement: str, expected: object, found: object) -> Outcome:
    """Return the outcome of a comparison. It shows both values if they differ."""
    return expect(statement, expected == found, f"expected {expected}, found {found}")


def not_tried(statement: str, reason: str) -> Outcome:
    """Return the outcome of a check that isn't possible here."""
    return Outcome(statement, State.NOT_TRIED, reason)


class UnexpectedError(Exception):
    """Something that a check relies on isn't as expected, so that its section can't go on."""
