"""The usage table's items, read: the other direction of `usage_item`."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from meterdrop.adapters.batches import Attributes
from meterdrop.domain.metering.contributions import HOUR
from meterdrop.domain.metering.summary import Arrival, StoredContribution


def arrival(item: Attributes) -> Arrival:
    """Return what an item of a meter's feed holds."""
    received, _, owner = item["sk"]["S"].partition("#")
    hours = tuple(map(int, item["hours"]["S"].split(",")))
    return Arrival(int(received), owner, int(item["count"]["N"]), hours)


def contribution(item: Attributes) -> StoredContribution:
    """Return what an item of figures or of a cancel holds."""
    hour, _, owner = item["sk"]["S"].partition("#")
    received, count = int(item["received"]["N"]), int(item["count"]["N"])
    if "cancels" in item:
        return StoredContribution(_hour(hour), "", received, count, _number(item, "sum"), cancels=item["cancels"]["S"])
    named = (item["events"]["S"] if "events" in item else None, int(item["parts"]["N"]) if "parts" in item else 0)
    if "sum" not in item:
        return StoredContribution(_hour(hour), owner, received, count, events=named[0], parts=named[1])
    return StoredContribution(
        _hour(hour),
        owner,
        received,
        count,
        _number(item, "sum"),
        _number(item, "min"),
        _number(item, "max"),
        _number(item, "last"),
        int(item["last_timestamp"]["N"]),
        int(item["last_row"]["N"]),
        *named,
    )


def _number(item: Attributes, name: str) -> Decimal | None:
    return Decimal(item[name]["N"]) if name in item else None


@lru_cache(10_000)
def _hour(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}:00+00:00").timestamp()) // HOUR
