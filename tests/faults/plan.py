"""Which cells of the matrix are run, and what is expected of them."""

import os
import random
from collections.abc import Iterator, Mapping, Sequence

from tests.faults.faults import KILLS, CallPosition, Fault

SETTING = "METERDROP_FAULTS"
"""Environment variable: `all` for every cell, or how many runs with two faults at once are added."""

MORE_PROCESSES: Mapping[Fault, int] = {
    Fault.KILLED_BEFORE: 2,  # one that finds the lease held, and one after its end
    Fault.KILLED_AFTER: 2,
    Fault.KILLED_INSIDE: 2,
    Fault.ANSWER_LOST: 1,
    Fault.ANSWERS_LOST: 4,  # a message that is sent three times is delivered three times
    Fault.THROTTLED: 0,
    Fault.THROTTLED_LONG: 4,
    Fault.SERVER_ERROR: 0,
    Fault.CONFLICT: 0,
    Fault.REFUSED: 2,
    Fault.PARTLY: 1,  # the sweep, where an announcement was refused
    Fault.OUT_OF_TIME: 1,
    Fault.CUT_OFF: 1,
}
"""What a fault may cost: how many more processes until all is as it is without it."""

TAKEN_UP_AGAIN = frozenset(
    ("recovery", fault, "SendMessage dead-letters") for fault in (Fault.KILLED_AFTER, Fault.ANSWERS_LOST)
)
"""Where a given-up upload is not failed in the end: its message lies in both queues, and one delivers it again, which
takes a failed/internal_error up once more."""

WAITS_ONCE_MORE = frozenset(
    {
        ("close period", Fault.ANSWER_LOST, "SendMessage queue"),
        ("revert, reprocess others", Fault.KILLED_BEFORE, "TransactWriteItems uploads"),
        ("revert, reprocess others", Fault.KILLED_AFTER, "SendMessage queue"),
        ("revert, reprocess others", Fault.OUT_OF_TIME, "SendMessage queue"),
    }
)
"""Where a repeated message finds that the close waits for uploads, and so comes once more; and where a revert that is
repeated sends the message of another upload again."""


_LONG = 50  # calls


def is_everything() -> bool:
    """Tell whether every cell is to be run."""
    return os.environ.get(SETTING) == "all"


def pairs() -> int:
    """Return how many runs with two faults there are to be."""
    given = os.environ.get(SETTING, "")
    return int(given) if given.isdigit() else 20


def chosen(flows: Mapping[str, Sequence[CallPosition]]) -> Iterator[tuple[str, Fault, CallPosition]]:
    """Yield the cells to be run, unless all are wanted: kills at every call, in a long flow at every third.

    Of the other faults, one for each name of a call, in one flow.
    """
    had = set[tuple[Fault, str]]()
    for flow, places in flows.items():
        every = 1 if len(places) <= _LONG else 3
        for fault in Fault:
            for number, place in enumerate(places):
                if not fault.applies_to(place.name):
                    continue
                is_kill = fault in KILLS and number % every == 0
                if is_everything() or is_kill or (fault, place.name) not in had:
                    yield flow, fault, place
                had.add((fault, place.name))


def two_at_once(
    flows: Mapping[str, Sequence[CallPosition]], seed: int
) -> tuple[str, tuple[Fault, CallPosition], tuple[Fault, CallPosition]]:
    """Return a flow and two faults for it, at random."""
    dice = random.Random(seed)
    flow = dice.choice(list(flows))
    one, other = ((dice.choice(list(Fault)), dice.choice(flows[flow])) for _ in range(2))
    return flow, one, other
