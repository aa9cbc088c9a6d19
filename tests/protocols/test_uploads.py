"""From a notification to a final status: claims, leases, messages, attempts, reverts, giving up, the sweep.

The search runs two uploads of the same row, by as many processes. Each step reads or writes one item or one message.
Between any two steps, a process can be killed, and its last call can still arrive. A call can be refused, its answer
can get lost, and it can arrive after its sender has given up. Messages repeat and get lost.

A lease has no clock here: it ends at any time after its holder is gone. A message that a process leaves shows at once,
and so also before the lease ends. Every length of a pause is thus covered.
"""

import gc
import os
from collections.abc import Iterator

import pytest

from tests.protocols.search import Result, search
from tests.protocols.upload_effects import BROKEN, Broken, Setting
from tests.protocols.upload_states import is_end, violation
from tests.protocols.upload_steps import steps

_IS_LARGE = os.environ.get("METERDROP_PROTOCOLS") == "all"

_ONE = Setting(uploads=1, faults=2, max_attempts=2)
_GIVEN_UP = Setting(uploads=1, faults=2)
_ONE_KEY, _TWO_KEYS = Setting(faults=0), Setting(faults=0, is_one_key=False)
_AFTER_GIVING_UP = Setting(faults=0, is_first_given_up=True)
SETTINGS = {
    "one upload": _ONE,
    "one upload, given up soon": _GIVEN_UP,
    "one key": _ONE_KEY,
    "the same bytes under two keys": _TWO_KEYS,
    "one key, with a fault": Setting(requests=0),
    "the same bytes under two keys, with a fault": Setting(requests=0, is_one_key=False),
    "one key, after giving up": _AFTER_GIVING_UP,
    "the same bytes under two keys, after giving up": _AFTER_GIVING_UP._replace(is_one_key=False),
}
LARGE_SETTINGS = {
    "one upload, three processes": Setting(uploads=1, processes=3, faults=2, max_attempts=2),
    "one upload, three faults": Setting(uploads=1, faults=3, max_attempts=2, requests=2),
    "one key, fault and request": Setting(),
    "the same bytes under two keys, fault and request": Setting(is_one_key=False),
    "one key, fault and request after giving up": Setting(is_first_given_up=True),
}
_SEARCHED = {**SETTINGS, **(LARGE_SETTINGS if _IS_LARGE else {})}

_TWO_WRITERS, _DIFFERS, _TWICE = (
    "two attempts can write",
    "a final status differs from what is stored",
    "the row counts twice",
)
VIOLATIONS: dict[Broken, tuple[Setting, str]] = {
    "a lease ends before its holder is killed": (_ONE, _TWO_WRITERS),
    "a lease ends while a last call is under way": (_GIVEN_UP, "no message leads to an unfinished upload"),
    "a live lease is acknowledged away": (_ONE, "no message leads to an unfinished upload"),
    "a message is acknowledged before its dead letter is sent": (
        _GIVEN_UP,
        "no message leads to an unfinished upload",
    ),
    "a final status is not conditional": (_GIVEN_UP, _DIFFERS),
    "a claim is not conditional": (_ONE, _TWO_WRITERS),
    "receives are counted in place of attempts": (_ONE, "an upload is given up that had no trouble"),
    "attempts are counted as they fail": (_ONE, "attempts have no limit"),
    "giving up needs no claim": (_GIVEN_UP, _TWO_WRITERS),
    "a dead letter gives up any run": (_GIVEN_UP, "an upload is given up that had no trouble"),
    "a revert begins before the upload is final": (_ONE, _TWO_WRITERS),
    "a shared claim is not conditional": (_ONE_KEY, _TWICE),
    "a shared claim is taken from an unfinished upload": (_ONE_KEY, _TWICE),
    "a shared claim that is owned is not written again": (_AFTER_GIVING_UP, _TWICE),
    "a shared claim is written after the first event": (_ONE_KEY, _TWICE),
    "the same bytes are taken under another key": (_TWO_KEYS, _TWICE),
    "events are deleted before their figures": (_GIVEN_UP, _DIFFERS),
    "duplicates are noted without a look at their owner": (
        _ONE_KEY,
        "a duplicate of a reverted row is left out without a word",
    ),
    "a status event is stored after its status": (_GIVEN_UP, "nobody is told of a final status"),
    "nothing is swept": (_GIVEN_UP, "no end can be reached"),
}
"""The setting in which each broken variant is found, and what is wrong there."""


@pytest.fixture(autouse=True)
def _without_garbage_collection() -> Iterator[None]:
    """States form no cycles, and a million of them take the collector half of the time."""
    gc.disable()
    yield
    gc.enable()


def _search(setting: Setting) -> Result:
    return search(
        setting.start(),
        lambda state: steps(state, setting),
        lambda state: violation(state, setting.max_attempts),
        is_end,
    )


@pytest.mark.parametrize("name", _SEARCHED)
def test_the_design(name: str) -> None:
    """One writer at a time, nothing twice, nothing forgotten, and from every state a final status can be reached."""
    found = _search(_SEARCHED[name])
    assert (None, ()) == (found.violation, found.path)


@pytest.mark.parametrize("broken", BROKEN)
def test_each_broken_variant_is_found(broken: Broken) -> None:
    """Each rule is needed."""
    setting, wrong = VIOLATIONS[broken]
    found = _search(setting._replace(broken=broken))
    assert wrong == found.violation, found.path
