"""Roll-ups and parts of them that are no longer current: a reader never uses one.

One reader is interrupted before each of its requests by an upload or a revert. The next readers must see the change.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from meterdrop.adapters.metering import rollups
from meterdrop.adapters.metering.usage_items import BUCKETS
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope
from tests.support.stored_usage import StoredUsage

METER = "mtr_calls"
SCOPES = (Scope(METER, None), Scope(METER, "cus_1"))
HOUR = 1_727_222_400 // 3_600  # 2024-09-25T00
BUCKET = 600  # seconds
WITH_BUCKET_0 = BUCKETS * BUCKET


def rows(number: int, received: int, value: int = 1, second: int = 0) -> list[StoredEvent]:
    """Make the two rows of an upload, both of one customer."""
    owner, time = f"upl_{number:026d}", HOUR * 3_600 + second
    return [
        StoredEvent(f"{owner}:{row}", owner, row, METER, "calls", "cus_1", time, Decimal(value), {}, received)
        for row in (1, 2)
    ]


def add(stored: StoredUsage, events: list[StoredEvent]) -> None:
    """Store an upload."""
    stored.add_upload(events[0].upload, events[0].received, events)


def remove(stored: StoredUsage, events: list[StoredEvent]) -> None:
    """Revert an upload."""
    stored.remove_upload(events[0].upload, events[0].received, events)


def count(stored: StoredUsage, scope: Scope) -> int:
    """Read the number of events."""
    return sum(used.figures.count for used in stored.usage.hours(scope, range(HOUR, HOUR + 1), newest_first=False))


FIRST, SECOND = rows(1, WITH_BUCKET_0), rows(2, WITH_BUCKET_0 + BUCKET)
CHANGES: Mapping[str, tuple[Callable[[StoredUsage], None], int]] = {
    "an upload of the first bucket": (lambda stored: add(stored, rows(3, WITH_BUCKET_0 + 1)), 6),
    "an upload of the last bucket": (lambda stored: add(stored, rows(3, WITH_BUCKET_0 + BUCKET + 1)), 6),
    "an upload of a new bucket": (lambda stored: add(stored, rows(3, WITH_BUCKET_0 + 2 * BUCKET)), 6),
    "a revert in the first bucket": (lambda stored: remove(stored, FIRST), 2),
    "a revert in the last bucket": (lambda stored: remove(stored, SECOND), 2),
}


@pytest.fixture(autouse=True)
def _rollups_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let months of two items be rolled up."""
    monkeypatch.setattr(rollups, "FEW", 1)


@pytest.fixture(params=[False, True], ids=["first read", "read before"])
def stored(request: pytest.FixtureRequest) -> StoredUsage:
    """Store two uploads in two buckets. Their month may have been read."""
    stored = StoredUsage([*FIRST, *SECOND])
    if request.param:
        for scope in SCOPES:
            assert count(stored, scope) == 4
    return stored


@pytest.mark.parametrize("scope", SCOPES, ids=["all", "one customer"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_between_two_reads(stored: StoredUsage, change: str, scope: Scope) -> None:
    """The second read sees it."""
    make, expected = CHANGES[change]
    count(stored, scope)
    make(stored)
    assert [count(stored, scope), count(stored, scope)] == [expected] * 2


@pytest.mark.parametrize("scope", SCOPES, ids=["all", "one customer"])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("moment", range(8))
def test_a_change_before_any_request_of_a_reader(stored: StoredUsage, change: str, scope: Scope, moment: int) -> None:
    """That reader sees it or not. All later readers see it."""
    make, expected = CHANGES[change]
    really, calls = stored.client.call, [0]

    def call(operation: str, request: Mapping[str, Any]) -> Any:
        calls[0] += 1
        if calls[0] == moment + 1:
            make(stored)
        return really(operation, request)

    stored.client.call = call
    seen = count(stored, scope)
    stored.client.call = really
    if calls[0] <= moment:
        make(stored)
    assert 2 <= seen <= 6
    assert [count(stored, scope), count(stored, scope)] == [expected] * 2


def test_the_last_value_of_several_uploads(stored: StoredUsage) -> None:
    """Of equal times, it is that of the later arrival, also after its upload has become part of a roll-up."""
    before_bucket_0 = WITH_BUCKET_0 - BUCKET
    for events in (
        rows(3, 2 * WITH_BUCKET_0, 7, 9),
        rows(4, before_bucket_0, 5, 9),
        rows(5, WITH_BUCKET_0 + 5 * BUCKET),
    ):
        add(stored, events)
        for scope in SCOPES:
            [used] = stored.usage.hours(scope, range(HOUR, HOUR + 1), newest_first=False)
            assert used.figures.last == 7
