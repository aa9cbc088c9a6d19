"""Reads the items of the events table as any program would, and states the rules that each of them keeps."""

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

Item = Mapping[str, Any]
"""An item in the resource API's types."""


class ReadEvent(NamedTuple):
    """One stored event. Times are in epoch seconds."""

    id: str
    owner: str
    row: int
    meter: str
    event_name: str
    customer: str
    timestamp: int
    value: Decimal | None
    payload: Mapping[str, str]
    received: int
    item: str
    """The key of the item that holds it."""


def read_events(item: Item) -> list[ReadEvent]:
    """Return the events of an item."""
    meters = [line.split("\t") for line in item["meters"].split("\n")]
    events = []
    for line in item["events"].split("\n"):
        row, meter, customer, timestamp, value, payload = [*line.split("\t"), "", ""][:6]
        events.append(
            ReadEvent(
                f"{item['upload']}:{row}" if is_block(item) else item["id"],
                item["upload"],
                int(row),
                meters[int(meter)][0],
                meters[int(meter)][1],
                customer,
                int(timestamp),
                Decimal(value) if value else None,
                json.loads(payload) if payload else {},
                int(item["received"]),
                item["id"],
            )
        )
    return events


def is_block(item: Item) -> bool:
    """Return whether an item is a block of rows."""
    owner, slash, number = item["id"].rpartition("/")
    return bool(slash) and number.isdigit() and owner == item["upload"]


def wrong_items(items: Iterable[Item], block_rows: int) -> Iterator[str]:
    """Yield what is wrong with the items of the events table, if blocks have `block_rows` rows."""
    holders: dict[str, str] = {}
    for item in items:
        key = item["id"]
        events = read_events(item)
        rows = [event.row for event in events]
        if item["form"] != 1:
            yield f"{key}: form {item['form']}"
        if is_block(item):
            first = int(key.rpartition("/")[2]) * block_rows + 1
            if not set(rows) <= set(range(first, first + block_rows)) or rows != sorted(set(rows)):
                yield f"{key}: rows {rows} are in the block of rows from {first}"
        elif len(events) != 1:
            yield f"{key}: a single event has {len(events)} lines"
        for event in events:
            if event.id in holders:
                yield f"{event.id} is in the items {holders[event.id]} and {key}"
            holders[event.id] = key


def cancelled_ids(usage: Iterable[Item]) -> set[str]:
    """Return the IDs of cancelled events, from the usage over all customers."""
    return {item["event"] for item in usage if item["sk"].startswith("cancel#")}
