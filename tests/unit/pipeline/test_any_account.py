"""The account of a key: whatever is dropped on it, corrected, repeated, at once, each content counts as it must.

`tests/support/accounts.py` has the sum that must hold.
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.accounts import DAMAGES, KEYS, Account
from tests.support.fakes.crash import Crash
from tests.support.fakes.recount import error_rows
from tests.support.fakes.world import Outcome

_ANY = st.integers(0, 99)
_LETTERS = st.text(alphabet="aabcnx", min_size=1, max_size=6)
_VERSION = st.tuples(st.just("version"), _LETTERS)
_ERROR_FILE = st.tuples(
    st.just("error file"),
    _ANY,
    st.text(alphabet="aabcnx.", min_size=1, max_size=4),
    st.sampled_from(DAMAGES),
    st.sampled_from(KEYS),
)
_CRASHES = st.lists(st.none() | st.builds(Crash, st.integers(1, 45), st.booleans(), st.booleans()), max_size=4)
_DELIVER = st.tuples(st.just("deliver"), _CRASHES)
_CATALOG = st.tuples(st.sampled_from(["customer", "meter"]))
_REPROCESS = st.tuples(st.just("reprocess"), _ANY)
_STEPS = st.lists(_VERSION | _ERROR_FILE | _DELIVER | _CATALOG | _REPROCESS, min_size=2, max_size=14)


def do(account: Account, step: tuple[Any, ...]) -> None:
    """Do one step."""
    match step:
        case ("version", letters):
            account.drop_version(letters)
        case ("error file", which, corrections, damage, key):
            account.drop_error_file(which, corrections, damage, key)
        case ("deliver", crashes):
            account.deliver(crashes)
        case ("customer",):
            account.toggle_customer()
        case ("meter",):
            account.toggle_meter()
        case ("reprocess", which):
            account.deliver()
            account.reprocess(which)


@given(_STEPS)
def test_whatever_is_dropped(steps: list[tuple[Any, ...]]) -> None:
    """Versions and error files of any generation, damaged or not, crashed, at once, with a catalog that changes."""
    account = Account()
    for step in steps:
        do(account, step)
    account.deliver()
    account.check()


@given(_STEPS, st.lists(_ANY, min_size=1, max_size=3))
def test_what_is_left_after_reverts(steps: list[tuple[Any, ...]], reverted: list[int]) -> None:
    """Once all others are processed again nothing of them is missing, and nothing counts more often than it came."""
    account = Account()
    for step in steps:
        do(account, step)
    account.deliver()
    for which in reverted:
        account.revert(which)
    for which, _ in enumerate(account.dropped):
        account.reprocess(which)
    account.check()


@given(_STEPS, _VERSION | _ERROR_FILE)
def test_a_dry_run_has_the_same_verdicts(steps: list[tuple[Any, ...]], last: tuple[Any, ...]) -> None:
    """What a dry run says of a file is what comes of it."""
    account = Account()
    for step in steps:
        do(account, step)
    account.deliver()
    do(account, last)
    if not account.waiting:
        return
    tried = account.dry_run(account.dropped[-1])
    account.deliver()
    done = account.world.outcome(account.dropped[-1].version)
    assert _row_results(done) == _row_results(tried)
    assert (done.upload.parent, done.upload.updates) == (tried.upload.parent, tried.upload.updates)


def _row_results(outcome: Outcome) -> object:
    upload = outcome.upload
    refused = [(row["row_number"], row["error_code"], row["error_field"]) for row in error_rows(outcome.error_file)]
    return upload.counts, upload.failure, refused, upload.totals
