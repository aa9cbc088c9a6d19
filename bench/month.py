"""A month of usage, as uploads store it in the tables; always the same for the same size."""

import random
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from bench.files import METERS
from meterdrop.adapters.dynamodb.items import Attributes
from meterdrop.adapters.metering.event_items import EventItems
from meterdrop.adapters.metering.usage_items import (
    COUNTER_SHARDS,
    counter,
    counter_key,
    live_month,
)
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.domain.metering.contributions import HOUR, Contributions, month_of
from meterdrop.domain.metering.event import Event
from meterdrop.domain.metering.figures import Figures
from meterdrop.domain.metering.summary import Scope

START, END = 1_725_148_800, 1_727_740_800  # September 2024
METER, CUSTOMER = METERS[0], "cus_00000000000000"
_DAY = 86_400


class Size(NamedTuple):
    """The number of uploads in a month, the number of rows in each, and the number of events from the API.

    The rows of an upload are of one day, or, if `whole` is set, of all hours of the month.
    """

    uploads: int
    rows: int
    entries: int = 0
    whole: bool = False

    @property
    def events(self) -> int:
        """The number of all rows."""
        return self.uploads * self.rows


class Owner(NamedTuple):
    """An upload: its ID, its arrival in epoch seconds, and its events, which have no identifiers."""

    id: str
    received: int
    events: list[Event]

    def usage_items(self) -> Iterator[Attributes]:
        """Yield the upload's items of the usage table."""
        contributions = Contributions()
        for event in self.events:
            contributions.add(METER.id, CUSTOMER, event.timestamp, event.value, event.row, None)
        table = UsageTable(None, "usage", self.id, self.received)  # type: ignore[arg-type]  # nothing is sent
        for stage in table.stages(contributions):
            yield from stage

    def event_items(self) -> Iterator[Attributes]:
        """Yield the upload's items of the events table."""
        items = EventItems(self.id, self.received, writes_blocks=True)
        return map(items.attributes, items.items(self.events))


def upload_id(number: int) -> str:
    """Return the ID of an upload of a number."""
    return "upl_" + f"{number:026d}".translate(str.maketrans("0123456789", "abcdefghij"))


def owner(size: Size, number: int) -> Owner:
    """Return the upload of a number. Its events are in the order of time."""
    chance = random.Random(20240901 + number)  # noqa: S311 (the same month each time)
    id_, received = upload_id(number), START + number * (END - START) // max(size.uploads, number + 1)
    day = START + number * 30 // max(size.uploads, number + 1) * _DAY
    first, last = (START, END) if size.whole else (day, day + _DAY)
    times = sorted(chance.randrange(first, last) for _ in range(size.rows))
    if size.uploads == 1 and size.whole:
        times = [START + row * (END - START) // size.rows for row in range(size.rows)]  # every hour
    return Owner(
        id_,
        received,
        [
            Event(f"{id_}:{row}", row, METER, CUSTOMER, time, Decimal(chance.randint(1, 9999)), {})
            for row, time in enumerate(times, 1)
        ],
    )


def owners(size: Size) -> Iterator[Owner]:
    """Yield each upload."""
    return (owner(size, number) for number in range(size.uploads))


def used(size: Size, start: int, end: int) -> Decimal:
    """Add up the usage of uploads from `start` to `end`, exclusive, in epoch seconds."""
    own = (event for each in owners(size) for event in each.events if start <= event.timestamp < end)
    return sum((event.value for event in own if event.value is not None), Decimal(0))


def counters(size: Size) -> Iterator[Attributes]:
    """Yield the counters of events from the API, each of value 1: in every hour as many as can be."""
    if not size.entries:
        return
    hours = range(START // HOUR, END // HOUR)
    share, more = divmod(size.entries, len(hours) * COUNTER_SHARDS)
    for number, (hour, shard) in enumerate((hour, shard) for hour in hours for shard in range(COUNTER_SHARDS)):
        figures = Figures(share + (number < more), Decimal(1), (hour * HOUR, END, f"req_{'a' * 26}", 1))
        figures.sum = Decimal(figures.count)
        for customer in (CUSTOMER, None):
            yield counter(counter_key(Scope(METER.id, customer), hour, shard), hour, figures, figures.count)
    yield live_month(METER.id, month_of(hours[0]))
