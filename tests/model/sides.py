"""Product and reference side by side, and how what is stored of the product is told in the reference's words."""

from collections import Counter
from decimal import Decimal

from meterdrop.domain.ids import request_of
from tests.model.files import Content, Row
from tests.model.product import Item, Product
from tests.model.reference import Customer, Event, Reference
from tests.support.event_items import cancelled_ids, read_events


class Sides:
    """Both, and what was seen of them so far."""

    def __init__(self, product: Product, reached: Counter[str]) -> None:
        """Begin with an empty bucket; what is reached is counted by name, for it to be seen that all of it is."""
        self.product = product
        self.reference = Reference()
        self.reached = reached
        self.ids: dict[str, str] = {}
        """Uploads by the version of their object."""
        self.notifications: dict[str, Item] = {}
        """What S3 told of each upload."""
        self.final: dict[str, Item] = {}
        """Items of final uploads as they came to be, which nothing may change."""
        self.endings: Counter[tuple[str, str]] = Counter()
        """Every final status that an upload came to."""
        self.requests: list[tuple[str, Row]] = []
        """What was asked for by hand, by which request."""
        self.streams: list[tuple[str, list[Row]]] = []
        """Several events that were asked for together, by which request."""
        self.broken: list[AssertionError] = []
        """Differences that were noticed in the middle of a function."""
        self.statements: dict[str, bytes] = {}
        """Objects of statements as they came to be, which nothing may change."""
        self.older: list[Item] = []
        """Roll-ups as they were at some time."""

    def told(self) -> Counter[tuple[str, str]]:
        """Count what the outside was told: each announcement once, however often it came."""
        by_event = {
            told["event_id"]: (told["id"], told["status"]) for told in self.product.told() if told["object"] == "upload"
        }
        return Counter(by_event.values())

    def uploads(self) -> dict[str, Item]:
        """Return all items of the uploads table."""
        return {item["id"]: item for item in self.product.items("UPLOADS")}

    def events(self) -> dict[str, Event]:
        """Return all events."""
        return events_of(self.product.items("EVENTS"), self.product.items("USAGE"))

    def customers(self) -> dict[str, Customer]:
        """Return all customers."""
        items = [item for item in self.product.items("CATALOG") if item["sk"] == "customer" and "deleted" not in item]
        return {item["id"]: Customer(item.get("name"), item.get("upload")) for item in items}


def events_of(items: list[Item], usage: list[Item]) -> dict[str, Event]:
    """Return the events of both tables: the events themselves, and whether usage has a cancel of them."""
    cancelled = cancelled_ids(usage)
    return {
        event.id: Event(
            request_of(event.owner),
            event.row,
            Content(event.event_name, event.customer, event.timestamp, event.value or Decimal(0)),
            event.id in cancelled,
        )
        for item in items
        for event in read_events(item)
    }
