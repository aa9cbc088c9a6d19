"""A meter with customers and events, as ingest and hand entries write them."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from meterdrop.domain.metering.event import StoredEvent
from tests.support.api.store import Store
from tests.support.stored_usage import StoredUsage

METER = "mtr_search"
CUSTOMER, OTHER, DELETED = "cus_1", "cus 2/ü", "cus_gone"
UPLOAD = "upl_aaaaaaaaaaaaaaaaaaaaaaaaaa"
BY_HAND = "req_bbbbbbbbbbbbbbbbbbbbbbbbbb"
NIGHT = 1_727_222_400
"""2024-09-25T00:00:00Z."""
HOUR, DAY = 3_600, 86_400
SUMMARIES = f"/v1/billing/meters/{METER}/event_summaries"
EVENTS = f"/v1/billing/meters/{METER}/events"


def an_event(row: int, timestamp: int = NIGHT, value: str | None = "1", **changes: Any) -> StoredEvent:
    """Make an event of the upload."""
    number = None if value is None else Decimal(value)
    id_, payload = f"{UPLOAD}:{row}", dict[str, str]()
    event = StoredEvent(id_, UPLOAD, row, METER, "ai_search_api", CUSTOMER, timestamp, number, payload, NIGHT + 2 * DAY)
    return event._replace(**changes)


def fill(store: Store, events: Sequence[StoredEvent] = (), **meter: str) -> None:
    """Store the meter, its customers, and events with what they contribute."""
    store.put_meter(METER, "ai_search_api", **meter)
    for customer in (CUSTOMER, OTHER):
        store.put_customer(customer)
    store.put(
        "catalog",
        {
            "pk": f"customer#{DELETED}",
            "sk": "customer",
            "form": 1,
            "id": DELETED,
            "created": 1,
            "revision": 2,
            "deleted": 2,
        },
    )
    # Moto can't carry out PartiQL, so the real adapters write to a small DynamoDB first.
    stored = StoredUsage(events)
    for table in ("usage", "events"):
        for item in stored.items(table):
            store.client.put_item(TableName=table, Item=item)
