"""The model: product and reference stay the same, whatever happens in whatever order."""

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from meterdrop.adapters.batching import Threads
from tests.model.breaks import How
from tests.model.comparison import Comparison
from tests.model.machine import Machine
from tests.model.product import Product, small_limits
from tests.support.aws.account import Account
from tests.support.aws.functions import deployed

_STEPS_OF_AN_EXAMPLE = 60
_STEPS = 2_000
"""As many at least, by the quick profile's 60 examples."""
_ENDS = ("succeeded", "succeeded_with_errors", "reverted", "file_empty", "file_duplicate", "internal_error")
_ROWS = ("duplicate", "meter_event_customer_not_found", "meter_event_invalid_value", "identifier_conflict")
_ROLLUPS = ("roll-up deleted", "older roll-up put back", "summary of an upload in progress")
_EVENTS = (
    "full block",
    "block of one row",
    "own rows beside blocks",
    "early error file",
    "stream that stopped halfway",
    "row of a partner",
)
_PERIODS = ("statement", "close waits", "adjustment", "statements added up")
_REFUSALS = ("UnexpectedStateError", "MeterEventRefusedError", "IdentifierTakenError")


@pytest.fixture
def product() -> Iterator[Product]:
    """Deploy the stack. All that is random comes from what Hypothesis seeds, so that steps can be repeated."""
    with small_limits() as patch, deployed(Account()) as functions:
        patch.setattr("meterdrop.handlers.bootstrap.Threads", partial(Threads, 1))
        yield Product(functions)


def test_whatever_happens(product: Product, record_property: Callable[[str, object], None]) -> None:
    """In at least 2,000 steps, with every kind of end, of row, of refusal and of what goes wrong among them."""
    reached: Counter[str] = Counter()
    account = product.functions.account
    empty = account.save()

    def begin() -> Comparison:
        account.restore(empty)
        return Comparison(product, reached)

    class Begun(Machine):
        def __init__(self) -> None:
            super().__init__(begin)

    run_state_machine_as_test(Begun, settings=settings(stateful_step_count=_STEPS_OF_AN_EXAMPLE))
    record_property("model", f"{reached['steps']} steps")
    assert reached["steps"] >= _STEPS
    missing = {*_ENDS, *_ROWS, *_REFUSALS, *_ROLLUPS, *_EVENTS, *_PERIODS, *get_args(How)} - set(reached)
    assert set() == missing
