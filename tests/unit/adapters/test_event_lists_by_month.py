"""Lists of events: of one owner, of whole windows, and of owners that are being deleted."""

from decimal import Decimal

import pytest

from meterdrop.adapters.dynamodb.batch import delete_items
from meterdrop.adapters.metering.hour_lines import first_hour
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Scope, UsageChangingError
from tests.support.stored_usage import StoredUsage

METER = "mtr_calls"
ALL = Scope(METER, None)
JANUARY = first_hour("2025-01")
HOURS = [JANUARY - 24 * 31 - 1, JANUARY - 24 * 31, JANUARY - 1, JANUARY, JANUARY + 24 * 31 - 1, JANUARY + 24 * 31]
"""The last and the first hours of months."""


def by_api(number: int, hour: int) -> StoredEvent:
    """Make an event of a request."""
    owner = f"req_{number:026d}"
    return StoredEvent(f"{owner}:1", owner, 1, METER, "calls", "cus_1", hour * 3_600, Decimal(1), {}, hour * 3_600)


def of_upload(number: int, row: int) -> StoredEvent:
    """Make a row of an upload."""
    owner = f"upl_{number:026d}"
    return StoredEvent(f"{owner}:{row}", owner, row, METER, "calls", "cus_1", JANUARY * 3_600, Decimal(1), {}, number)


def test_a_window_over_several_months_has_each_event_once() -> None:
    """Wherever it begins and ends."""
    stored = StoredUsage([by_api(number, hour) for number, hour in enumerate(HOURS)])
    for first in range(len(HOURS)):
        for last in range(first, len(HOURS)):
            found = [each.hour for each in stored.usage.owners(ALL, range(HOURS[first], HOURS[last] + 1))]
            assert sorted(found) == HOURS[first : last + 1]


def test_each_owner_has_its_own_events() -> None:
    """Also if another upload has events of the same day."""
    uploads = [[of_upload(number, row) for row in (1, 3)] for number in (1, 2)]
    stored = StoredUsage([event for events in uploads for event in events])
    for events in uploads:
        found = stored.usage.events_of_owner(ALL, JANUARY, events[0].upload)
        assert found == [event.id for event in events]


def test_a_list_that_was_deleted_is_not_empty() -> None:
    """The caller has found figures of the upload, so it must read again."""
    events = [of_upload(1, row) for row in (1, 3)]
    stored = StoredUsage(events)
    items = list(stored.database.tables["usage"].values())
    lists = [{"pk": item["pk"], "sk": item["sk"]} for item in items if "#events#" in item["pk"]["S"]]
    assert lists
    delete_items(stored.client, "usage", lists)
    with pytest.raises(UsageChangingError):
        stored.usage.events_of_owner(ALL, JANUARY, events[0].upload)
