"""Counters of events that the API creates: requests that meet go to different ones."""

import random
from decimal import Decimal

import pytest

from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope
from tests.support.stored_usage import StoredUsage, as_event

HOUR = 1_727_222_400 // 3_600
METER = "mtr_calls"


def an_event(number: int) -> StoredEvent:
    """Make an event of a request."""
    owner, time = f"req_{number:026d}", HOUR * 3_600 + number
    return StoredEvent(f"{owner}:1", owner, 1, METER, "calls", "cus_1", time, Decimal(number), {}, time)


def add(stored: StoredUsage, number: int) -> bool:
    """Store an event as the API does."""
    event = an_event(number)
    return stored.single.add(as_event(event), event.upload, event.received)


def test_a_request_that_meets_another_takes_another_counter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one changed the first counter since it was read. Both events are in usage."""
    stored = StoredUsage()
    assert add(stored, 1)
    transact = stored.boto3.transact_write_items

    def after_another_request(**writes: object) -> None:
        stored.boto3.transact_write_items = transact
        assert add(stored, 2)
        transact(**writes)

    stored.boto3.transact_write_items = after_another_request
    monkeypatch.setattr(random, "randrange", lambda _: 5)
    assert add(stored, 3)
    keys = {item["sk"]["S"] for item in stored.database.tables["usage"].values()}
    assert {key for key in keys if key.startswith("hand#25T00")} == {"hand#25T00#00", "hand#25T00#05"}
    for scope in (Scope(METER, None), Scope(METER, "cus_1")):
        [used] = stored.usage.hours(scope, range(HOUR, HOUR + 1), newest_first=False)
        assert (used.figures.count, used.figures.sum) == (3, Decimal(6))
