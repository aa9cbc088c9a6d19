"""The usage that the events table stands for, and the usage that the usage table has, both in the same plain form.

It shares no code with the functions that write these items.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Any, NamedTuple
from zlib import crc32

Item = Mapping[str, Any]
"""An item in the resource API's types."""
EXACT = Context(prec=38)
_FIELDS = ("count", "sum", "min", "max", "last", "order")
_FEED_HOURS = 100


class StoredEvent(NamedTuple):
    """An event of the events table. Times are in epoch seconds."""

    id: str
    owner: str
    received: int
    row: int
    meter: str
    event_name: str
    customer: str
    timestamp: int
    value: Decimal | None

    @property
    def month(self) -> str:
        """The month, such as `2024-09`."""
        return datetime.fromtimestamp(self.timestamp, UTC).strftime("%Y-%m")

    @property
    def hour(self) -> str:
        """The hour inside the month, such as `25T14`."""
        return datetime.fromtimestamp(self.timestamp, UTC).strftime("%dT%H")


def events_of(item: Item) -> Iterator[StoredEvent]:
    """Yield the events of an item of the events table."""
    meters = [line.split("\t") for line in item["meters"].split("\n")]
    owner, is_block = item["upload"], "/" in item["id"] and item["id"].startswith(item["upload"])
    for line in item["events"].split("\n"):
        row, number, customer, timestamp, value = [*line.split("\t"), ""][:5]
        id_ = f"{owner}:{row}" if is_block else item["id"]
        meter, event_name = meters[int(number)]
        yield StoredEvent(
            id_,
            owner,
            _received(item),
            int(row),
            meter,
            event_name,
            customer,
            int(timestamp),
            Decimal(value) if value else None,
        )


@dataclass(slots=True)
class Figures:
    """The figures of events in one hour."""

    count: int = 0
    sum: Decimal | None = None
    min: Decimal | None = None
    max: Decimal | None = None
    last: Decimal | None = None
    order: tuple[int, int, str, int] = (-1, -1, "", -1)
    """Second in the hour, arrival, owner and row of `last`."""

    @classmethod
    def of_value(cls, count: int, value: Decimal | None, order: tuple[int, int, str, int]) -> "Figures":
        """Return the figures of events that have one value together."""
        return cls(count) if value is None else cls(count, value, value, value, value, order)

    def add(self, other: "Figures") -> None:
        """Add the figures of other events."""
        self.count += other.count
        if other.sum is None:
            return
        self.sum = other.sum if self.sum is None else EXACT.add(self.sum, other.sum)
        if other.min is None or other.max is None:
            return
        self.min = other.min if self.min is None else min(self.min, other.min)
        self.max = other.max if self.max is None else max(self.max, other.max)
        if other.order > self.order:
            self.last, self.order = other.last, other.order

    def add_event(self, event: StoredEvent) -> None:
        """Add an event."""
        order = event.timestamp % 3_600, event.received, event.owner, event.row
        self.add(Figures.of_value(1, event.value, order))

    def difference(self, expected: "Figures") -> str:
        """Describe what differs from the expected figures; empty if nothing does."""
        wrong = [name for name in _FIELDS if getattr(self, name) != getattr(expected, name)]
        return ", ".join(f"{name} {getattr(self, name)} instead of {getattr(expected, name)}" for name in wrong)


class Place(NamedTuple):
    """A place in the usage table: the partition, the customer if there is one, the rest of the key, and the hour."""

    partition: str
    customer: str | None
    key: str
    hour: str

    def __str__(self) -> str:
        """Name the place."""
        customer = "" if self.customer is None else f" {self.customer}"
        return f"{self.partition}{customer} {self.key} {self.hour}"


class Cancel(NamedTuple):
    """The key of a cancelled event's item: the partition, the customer if there is one, the owner and the event."""

    partition: str
    customer: str | None
    owner: str
    id: str


def scopes(event: StoredEvent) -> tuple[tuple[str, str | None], tuple[str, str | None]]:
    """Return the partition and the customer of both scopes that an event counts in."""
    month = f"{event.meter}#{event.month}"
    return (f"{month}#{crc32(event.customer.encode()) % 16:x}", event.customer), (month, None)


def figures_key(event: StoredEvent) -> str:
    """Return the key of the figures that an event counts in: those of its upload, or those of all requests."""
    if not event.owner.startswith("upl_"):
        return "hand"
    return f"upload#{bucket_of(event.received)}#{event.owner}"


def bucket_of(received: int) -> str:
    """Return the bucket of an upload by its arrival in epoch seconds."""
    return f"{received // 600 % 32:02d}"


@dataclass(slots=True)
class Usage:
    """The items of the usage table, hour by hour."""

    figures: dict[Place, Figures] = field(default_factory=lambda: defaultdict(Figures))
    ids: dict[Place, list[str]] = field(default_factory=lambda: defaultdict(list))
    """The IDs of an upload's events. Each key is that of their figures."""
    arrivals: dict[tuple[str, str], int] = field(default_factory=dict)
    """By key, the arrival in an item of an upload (epoch seconds)."""
    listed: dict[tuple[str, str], tuple[int, set[int]]] = field(default_factory=lambda: defaultdict(lambda: (0, set())))
    """By month and upload's day: the number of events in its lists, and the numbers that the lists say."""
    named: dict[tuple[str, str], tuple[int | str | None, ...]] = field(default_factory=dict)
    """By key: the items of feeds (count, hours, event), and of events from the API (arrival, event)."""
    cancels: dict[Cancel, tuple[str | int | Decimal | None, ...]] = field(default_factory=dict)
    """Cancelled events: hour, count, sum, event, customer, and time of the cancel (epoch seconds)."""
    stamps: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """By meter and month, the stamp of each bucket."""
    rollups: list[Item] = field(default_factory=list)

    def add_item(self, item: Item) -> None:
        """Add an item of the usage table."""
        customer, tab, key = item["sk"].rpartition("\t")
        meter, *kinds = item["pk"].split("#")
        match kinds:
            case ["stamps"]:
                month, _, bucket = key.partition("#")
                self.stamps[f"{meter}#{month}"][bucket] = item["token"]
            case ["feed"]:
                self.named[item["pk"], item["sk"]] = (int(item["count"]), item["hours"], item.get("event"))
            case [*_, "rollup"]:
                self.rollups.append(item)
            case [*month, "events", _]:
                self._add_list("#".join((meter, *month)), customer if tab else None, item)
            case [_, _, "entries"]:
                self.named[item["pk"], item["sk"]] = (_received(item), item["event"])
            case _:
                self._add_figures(item, customer if tab else None, key)

    def add_event(self, event: StoredEvent) -> None:
        """Add what an event adds to usage, apart from the feed."""
        for partition, customer in scopes(event):
            place = Place(partition, customer, figures_key(event), event.hour)
            self.figures[place].add_event(event)
            if event.owner.startswith("upl_"):
                self.ids[place].append(event.id)

    def add_named(self, events: Iterable[StoredEvent]) -> None:
        """Add the items of all feeds, and of events from the API, for all events."""
        hours: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
        ids: dict[tuple[str, str], list[str]] = defaultdict(list)
        received: dict[tuple[str, str], int] = {}
        for event in sorted(events, key=lambda event: (event.timestamp // 3_600, event.customer, event.row)):
            key = f"{event.meter}#feed", f"{event.received:010d}#{event.owner}"
            hours[key][event.timestamp // 3_600] += 1
            if not event.owner.startswith("upl_"):
                entry = f"{scopes(event)[0][0]}#entries", f"{event.hour}#{event.customer}\t{event.owner}"
                received[entry] = event.received
                ids[key].append(event.id)
                ids[entry].append(event.id)
        for key, counts in hours.items():
            newest = ",".join(map(str, sorted(counts, reverse=True)[:_FEED_HOURS]))
            self.named[key] = (counts.total(), newest, "\n".join(ids[key]) if key in ids else None)
        for entry, arrival in received.items():
            self.named[entry] = (arrival, "\n".join(ids[entry]))

    def _add_list(self, partition: str, customer: str | None, item: Item) -> None:
        day, owner, _ = item["sk"].rpartition("\t")[2].split("#")
        self.arrivals[item["pk"], item["sk"]] = received = _received(item)
        days = f"{partition}#events", item["sk"].rpartition("#")[0]
        for hour, *events in _lines(item):
            ids = list(_ids(events, owner, item))
            self.ids[Place(partition, customer, f"upload#{bucket_of(received)}#{owner}", hour)] += ids
            count, totals = self.listed[days]
            # Readers find the list of an hour by its day.
            self.listed[days] = count + len(ids) * hour.startswith(f"{day}T"), totals | {int(item["total"])}

    def _add_figures(self, item: Item, customer: str | None, key: str) -> None:
        kind, _, name = key.partition("#")
        owner = name.rpartition("#")[2]
        if kind == "upload":
            self.arrivals[item["pk"], item["sk"]] = _received(item)
        for hour, figures, events in hours_of(item, owner):
            if kind == "cancel":
                cancel = hour, figures.count, figures.sum, item["event"], item["customer"], int(item["cancelled"])
                self.cancels[Cancel(item["pk"], customer, *name.split("#", 1))] = cancel
                continue
            place = Place(item["pk"], customer, "hand" if kind == "hand" else key, hour)
            self.figures[place].add(figures)
            self.ids[place] += _ids(events, owner, item)


def hours_of(item: Item, owner: str) -> Iterator[tuple[str, Figures, list[str]]]:
    """Yield the hours of an item with figures, each with the events that the item names."""
    for hour, count, numbers, *events in _lines(item):
        figures = Figures(int(count))
        match numbers.split():
            case []:
                pass
            case [total]:  # of a cancelled event
                figures.sum = Decimal(total)
            case [value, second, row]:
                order = (int(second), _received(item), owner, int(row))
                figures = Figures.of_value(int(count), Decimal(value), order)
            case [total, least, greatest, last, second, row, *shared]:
                received, whose = (int(shared[0]), shared[1]) if shared else (_received(item), owner)
                order = (int(second), received, whose, int(row))
                figures = Figures(int(count), Decimal(total), Decimal(least), Decimal(greatest), Decimal(last), order)
        yield hour, figures, events


def _received(item: Item) -> int:
    return int(item["received"])


def _lines(item: Item) -> list[list[str]]:
    return [line.split("\t") for line in item["hours"].split("\n")] if item["hours"] else []


def _ids(events: list[str], owner: str, item: Item) -> Iterator[str]:
    scope = f" {item['partner']}/" if "partner" in item else ""
    for event in events:
        if event.startswith("="):
            yield scope + event[1:]
        else:
            first, _, last = event.partition("-")
            yield from (f"{owner}:{row}" for row in range(int(first), int(last or first) + 1))
