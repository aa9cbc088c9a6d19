"""Event lists that a later attempt makes shorter: more rows are stored, and consecutive rows are one entry."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from meterdrop.adapters.batching import BatchedUsage, Threads
from meterdrop.adapters.metering import usage_items
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.metering.contributions import Contributions
from tests.support.dynamodb.direct import DirectClient
from tests.support.dynamodb.small_dynamodb import SmallDynamoDb

_TIME = 1_727_222_400
_ROWS = 400


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a list of few events have several parts."""
    monkeypatch.setattr(usage_items, "LISTED", 30)


def contributions_of(rows: Iterable[int]) -> Contributions:
    """Return the contributions of these rows of one customer, on two days."""
    found = Contributions()
    for row in rows:
        found.add("mtr_a", "cus_1", _TIME + row // 200 * 86_400, Decimal(row), row, None)
    return found


def usage_of(database: SmallDynamoDb) -> tuple[BatchedUsage, Threads]:
    """Return the usage of one upload."""
    threads = Threads(2)
    client: Any = DirectClient(database)
    return BatchedUsage(UsageTable(client, "usage", "upl_a", _TIME), threads), threads


def stored(database: SmallDynamoDb) -> dict[Any, Any]:
    """Return all items but the stamps, which are random."""
    items = database.tables["usage"].values()
    return {(each["pk"]["S"], each["sk"]["S"]): each for each in items if "token" not in each}


@pytest.mark.parametrize("first", [range(4, _ROWS, 4), range(1, 3)], ids=["long lists", "short lists"])
def test_no_list_of_an_earlier_attempt_is_left(first: range) -> None:
    """After another attempt, usage is what one attempt stores. After an undo, no item of it is left."""
    again, at_once = SmallDynamoDb(), SmallDynamoDb()
    whole = contributions_of(range(1, _ROWS))
    usage, threads = usage_of(again)
    with threads:
        usage.put_contributions(contributions_of(first))
        usage.put_contributions(whole)
    expected, others = usage_of(at_once)
    with others:
        expected.put_contributions(whole)
    assert stored(at_once) == stored(again)
    with threads:
        usage.put_contributions(contributions_of(first))  # an attempt that didn't end
        usage.remove_contributions(whole)
    assert {} == stored(again)
