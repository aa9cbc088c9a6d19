"""The stack in this process, with DynamoDB's throughput and simulated time."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from meterdrop.adapters import batching
from meterdrop.adapters.dynamodb import backoff
from tests.budgets.simulation import Simulation
from tests.budgets.token_buckets import Budgets
from tests.support.aws.account import Account, CarryOut
from tests.support.aws.functions import Functions, deployed
from tests.support.aws.messages import AwsResponse, Call

LATENCY = 0.005
"""Seconds of a call."""


@dataclass(frozen=True, slots=True)
class Busy:
    """A stack under load: tasks of `simulation` run at the same time, and pauses take no real time."""

    functions: Functions
    budgets: Budgets
    simulation: Simulation


@pytest.fixture
def busy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Busy]:
    """Deploy the stack. Its tables are warmed to 16,000 write units a second."""
    account = Account()
    with deployed(account) as functions:
        warmed = dict.fromkeys(("events", "usage", "uploads"), 16_000.0)
        made = Busy(functions, Budgets.of(functions, warmed), Simulation(account.clock))

        def around(call: Call, carry_out: CarryOut) -> AwsResponse:
            made.simulation.sleep(LATENCY)
            return made.budgets.around(call, carry_out)

        monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=made.simulation.sleep))
        monkeypatch.setattr(batching, "ThreadPoolExecutor", made.simulation.executor)
        with account.disturbed(around):
            yield made
