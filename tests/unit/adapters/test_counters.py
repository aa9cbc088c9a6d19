"""Single events: requests that meet use different counters, and a cancel needs an upload that it understands."""

import random
from decimal import Decimal

import pytest

from meterdrop.adapters.dynamodb.items import UnknownFormError
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
    return stored.single.add([as_event(event)], event.upload, event.received)


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


@pytest.mark.parametrize("form", [{}, {"form": {"N": "2"}}])
def test_the_upload_of_a_cancel_has_a_form(form: dict[str, dict[str, str]]) -> None:
    """The status of an upload that another version wrote may mean something else."""
    upload = "upl_" + "a" * 26
    event = an_event(1)._replace(id=f"{upload}:1", upload=upload)
    stored = StoredUsage([event])
    status = {"id": {"S": upload}, "status": {"S": "succeeded"}, "revision": {"N": "1"}}
    stored.database.put("uploads", status | form)
    with pytest.raises(UnknownFormError):
        stored.single.cancel(event.id, 5)
    stored.database.put("uploads", status | {"form": {"N": "1"}})
    assert stored.single.cancel(event.id, 5)
