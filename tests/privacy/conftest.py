"""One account, in which a customer is in every place that can have one."""

from collections.abc import Iterator

import pytest

from tests.privacy.world import World
from tests.support.aws.account import Account
from tests.support.aws.functions import deployed


@pytest.fixture(scope="module")
def filled() -> Iterator[World]:
    """Deploy the stack and fill it."""
    with deployed(Account()) as functions:
        yield World(functions)


@pytest.fixture
def world(filled: World) -> World:
    """Go back to what it was filled with."""
    filled.functions.account.restore(filled.state)
    return filled
