"""The whole stack with meters and customers, in October."""

from collections.abc import Iterator

import pytest

from tests.support.aws import catalog
from tests.support.aws.account import Account
from tests.support.aws.functions import deployed
from tests.support.aws.queues import Queues
from tests.support.periods import OCTOBER


@pytest.fixture
def queues() -> Iterator[Queues]:
    """Deploy the stack."""
    with deployed(Account()) as functions:
        catalog.seed(functions)
        queues = Queues(functions)
        queues.drain()
        functions.account.clock.now = OCTOBER + 40_000
        yield queues
