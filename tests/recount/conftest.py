"""The stack in this process, with uploads of every kind in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults import files
from tests.support.aws import catalog
from tests.support.aws.account import Account
from tests.support.aws.functions import Functions, deployed
from tests.support.aws.queues import Queues

SWEEP_SECONDS = 900
RUNS = 6


@dataclass(slots=True)
class Ledger:
    """The tables and the sweep that recounts them."""

    queues: Queues

    @property
    def functions(self) -> Functions:
        """The stack."""
        return self.queues.functions

    def recount(self) -> int:
        """Let the sweep run as often as it takes to recount all uploads; returns how often one differed."""
        differing = 0
        for _ in range(RUNS):
            self.functions.account.clock.now += SWEEP_SECONDS
            differing += self.functions.call("sweep", {})["differing"]
        return differing

    def call(self, operation: str, table: str, **asked: Any) -> dict[str, Any]:
        """Change a table behind Meterdrop's back."""
        return self.functions.call_service("dynamodb", operation, {"TableName": table, **asked})

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return all items of a table, in DynamoDB's JSON."""
        return self.functions.scan(table)


@pytest.fixture(scope="module")
def functions() -> Iterator[Functions]:
    """Deploy the stack once."""
    with deployed(Account()) as made:
        catalog.seed(made)
        made.account.lose_messages()
        yield made


@pytest.fixture(scope="module")
def world(functions: Functions) -> Any:
    """Return an account without uploads."""
    return functions.account.save()


@pytest.fixture
def empty(functions: Functions, world: Any) -> Ledger:
    """Return the stack without uploads."""
    functions.account.restore(world)
    return Ledger(Queues(functions))


@pytest.fixture
def ledger(empty: Ledger) -> Ledger:
    """Return the stack with one file, which has a block, single events, and lists."""
    empty.queues.put("uploads/usage.csv", files.USAGE)
    empty.queues.drain()
    return empty
