"""A stack whose limits are so low that a few rows have what large files have."""

import random
import uuid
from collections.abc import Iterator
from functools import partial

import pytest

from meterdrop.adapters.batching import Threads
from meterdrop.adapters.metering import event_items, rollups, usage_items, usage_table
from tests.model.product import Product
from tests.support.aws.account import Account
from tests.support.aws.functions import deployed
from tests.unit import conftest

__all__ = ["conftest"]


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    """Deploy the stack: blocks of two rows, roll-ups of customers, and event lists in several items."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(uuid, "uuid4", lambda: uuid.UUID(int=random.getrandbits(128), version=4))
        patch.setattr("meterdrop.handlers.bootstrap.Threads", partial(Threads, 1))
        patch.setattr(event_items, "BLOCK_ROWS", 2)
        patch.setattr(rollups, "FEW", 1)
        patch.setattr(usage_items, "LISTED", 2)
        for table in (usage_items, usage_table):
            patch.setattr(table, "INLINE", 3)
        with deployed(Account()) as functions:
            yield Product(functions)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the restores left."""
    for report in terminalreporter.getreports("passed"):
        for name, said in getattr(report, "user_properties", ()):
            if name == "restores" and report.when == "call":
                terminalreporter.write_line(f"restores: {said}")
