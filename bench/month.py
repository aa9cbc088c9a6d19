"""A month of one customer's usage, as uploads store it in the tables; always the same for the same size."""

import json
import random
from collections.abc import Iterator
from decimal import Decimal, localcontext
from typing import NamedTuple

from bench.files import METERS
from meterdrop.adapters.metering.event_items import EventItems
from meterdrop.adapters.metering.usage_items import UsageItems
from meterdrop.domain.decimals import EXACT
from meterdrop.domain.metering.contributions import Contributions
from meterdrop.domain.metering.event import Event

START, END = 1_725_148_800, 1_727_740_800  # September 2024
METER, CUSTOMER = METERS[0], "cus_00000000000000"
_DAY = 86_400


class Size(NamedTuple):
    """The number of uploads in a month, and the number of rows in each."""

    uploads: int
    rows: int

    @property
    def events(self) -> int:
        """The number of all rows."""
        return self.uploads * self.rows


def owners(size: Size) -> Iterator[tuple[str, list[Event]]]:
    """Yield each upload with its events. They are of one day, in the order of time, and have no identifiers."""
    chance = random.Random(20240901)  # noqa: S311 (the same month each time)
    for number in range(size.uploads):
        owner, day = f"upl_{number:026d}", START + number * 30 // size.uploads * _DAY
        times = sorted(chance.randrange(day, day + _DAY) for _ in range(size.rows))
        yield (
            owner,
            [
                Event(f"{owner}:{row}", row, METER, CUSTOMER, time, Decimal(chance.randint(1, 9999)), {})
                for row, time in enumerate(times, 1)
            ],
        )


def used(size: Size, start: int, end: int) -> Decimal:
    """Add up the usage from `start` to `end`, exclusive, in epoch seconds."""
    own = (event for _, events in owners(size) for event in events if start <= event.timestamp < end)
    return sum((event.value for event in own if event.value is not None), Decimal(0))


def usage_items(size: Size) -> Iterator[str]:
    """Yield the customer's items of the usage table, as JSON."""
    for owner, events in owners(size):
        contributions, items = Contributions(), UsageItems(owner, END)
        with localcontext(EXACT):
            for event in events:
                contributions.add(METER.id, CUSTOMER, event.timestamp, event.value, event.row, None)
        for name, figures, lines in contributions.named():
            if name.customer is not None:
                yield items.figures(name, figures, lines)


def event_items(size: Size) -> Iterator[tuple[str, str]]:
    """Yield the ID and the item, as JSON, of every event."""
    for owner, events in owners(size):
        items = EventItems(owner, END)
        yield from ((event.id, json.dumps(items.attributes(items.single(event)))) for event in events)
