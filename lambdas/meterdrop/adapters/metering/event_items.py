"""The items of the events table: blocks of rows and single events, both in the same form.

A block holds the rows of one upload that have no identifier, up to `BLOCK_ROWS` consecutive ones. A single event is an
item with one line. The console shows both as text:

- `meters`: lines of meter ID and event name
- `events`: lines of row, number of the meter's line from 0, customer, timestamp, value, and payload as JSON

Tabs separate the fields of a line. Empty fields at the end are left out.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from json import JSONEncoder, loads
from typing import NamedTuple

from meterdrop.adapters.dynamodb.items import FORM, Attributes, change_in, check_form
from meterdrop.domain.ids import ROW_ID, UPLOAD_ID, event_id
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.meter import Meter

BLOCK_ROWS = 400
"""Rows of one block. Stored blocks depend on it: with another number, they can't be found."""
MAX_TEXT = 300_000
"""Maximum bytes of an item's text. DynamoDB's limit for a whole item is 400 KiB."""
_BYTES_PER_CHARACTER = 4  # at most, in UTF-8
_BLOCK_KEY = re.compile(rf"{UPLOAD_ID.pattern}/[0-9]+")
_to_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class EventItem(NamedTuple):
    """An item to insert, with its events."""

    key: str
    events: Sequence[Event]
    is_block: bool
    meters: str
    lines: str


class EventItems:
    """The items of one owner's events."""

    def __init__(self, owner: str, received: int, *, writes_blocks: bool = False, partner: str | None = None) -> None:
        """Take the owner, its arrival (epoch seconds) and its partner. Without `writes_blocks`, all events are single.

        The IDs of the events are unique among those of all partners.
        """
        self._owner = owner
        self._received = received
        self._partner: Attributes = {} if partner is None else {"partner": {"S": partner}}
        self._writes_blocks = writes_blocks

    def items(self, events: Iterable[Event]) -> Iterator[EventItem]:
        """Yield the items of events. Own IDs must be in the order of rows. Other events may come between them."""
        block: list[Event] = []
        number = -1
        prefix = event_id(self._owner, 0)[:-1]
        for event in events:
            if not self._writes_blocks or event.id != f"{prefix}{event.row}":
                yield self.single(event)
                continue
            of_event = _block_of(event.row)
            if of_event != number:
                yield from self._block(number, block)
                block, number = [], of_event
            block.append(event)
        yield from self._block(number, block)

    def single(self, event: Event) -> EventItem:
        """Return the item of a single event."""
        return EventItem(event.id, (event,), False, *_texts((event,)))

    def attributes(self, item: EventItem) -> Attributes:
        """Return an item as DynamoDB stores it."""
        return {
            "id": {"S": item.key},
            "upload": {"S": self._owner},
            "form": {"N": str(FORM)},
            "received": {"N": str(self._received)},
            "meters": {"S": item.meters},
            "events": {"S": item.lines},
            **self._partner,
        }

    def _block(self, number: int, events: Sequence[Event]) -> Iterator[EventItem]:
        """Yield a block, and the events that don't fit as single ones."""
        if not events:
            return
        count = len(events)
        meters, lines = _texts(events)
        while count > 1 and not _fits(meters + lines):
            count //= 2
            meters, lines = _texts(events[:count])
        yield EventItem(_block_key(self._owner, number), events[:count], True, meters, lines)
        yield from map(self.single, events[count:])


def blocks_of(ids: Iterable[str]) -> dict[str, set[int]]:
    """Return the blocks that may hold events with these IDs: by key, the rows in question."""
    blocks: dict[str, set[int]] = {}
    for match in map(ROW_ID.fullmatch, ids):
        if match is not None:
            upload_id, row = match[1], int(match[2])
            blocks.setdefault(_block_key(upload_id, _block_of(row)), set()).add(row)
    return blocks


def is_block_key(key: str) -> bool:
    """Return whether a key is that of a block. No event has such an ID."""
    return _BLOCK_KEY.fullmatch(key) is not None


def stored_events(item: Attributes, rows: Collection[int] | None = None) -> Iterator[StoredEvent]:
    """Yield the events of an item, or only those of some rows. Raises UnknownFormError."""
    key = check_form(item)["id"]["S"]
    upload, received = item["upload"]["S"], int(item["received"]["N"])
    prefix = f"{upload}:" if is_block_key(key) else None
    partner = item["partner"]["S"] if "partner" in item else None
    change = change_in(item)
    meters = [line.split("\t") for line in item["meters"]["S"].split("\n")]
    for line in item["events"]["S"].split("\n"):
        number, meter, customer, timestamp, *further = line.split("\t")
        row = int(number)
        if rows is not None and row not in rows:
            continue
        meter_id, event_name = meters[int(meter)]
        yield StoredEvent(
            key if prefix is None else f"{prefix}{number}",
            upload,
            row,
            meter_id,
            event_name,
            customer,
            int(timestamp),
            Decimal(further[0]) if further and further[0] else None,
            loads(further[1]) if len(further) > 1 else {},
            received,
            None,
            key,
            change,
            partner,
        )


def _block_of(row: int) -> int:
    return (row - 1) // BLOCK_ROWS


def _block_key(upload_id: str, number: int) -> str:
    return f"{upload_id}/{number}"


def _fits(text: str) -> bool:
    return _BYTES_PER_CHARACTER * len(text) <= MAX_TEXT or len(text.encode()) <= MAX_TEXT


def _texts(events: Sequence[Event]) -> tuple[str, str]:
    """Return the lines of the meters and of the events."""
    numbers: dict[str, int] = {}
    meters: list[str] = []
    lines: list[str] = []
    for _, row, meter, customer, timestamp, value, payload in events:
        number = numbers.get(meter.id)
        if number is None:
            number = numbers[meter.id] = len(meters)
            meters.append(_meter_line(meter))
        if payload:
            text = "" if value is None else f"{value:f}"
            lines.append(f"{row}\t{number}\t{customer}\t{timestamp}\t{text}\t{_to_json(payload)}")
        elif value is None:
            lines.append(f"{row}\t{number}\t{customer}\t{timestamp}")
        else:
            lines.append(f"{row}\t{number}\t{customer}\t{timestamp}\t{value:f}")
    return "\n".join(meters), "\n".join(lines)


def _meter_line(meter: Meter) -> str:
    line = f"{meter.id}\t{meter.event_name}"
    # Validation has checked all other texts. A meter can also be written directly into the catalog.
    if line.count("\t") > 1 or "\n" in line:
        raise ValueError(f"The event name of meter {meter.id} has a tab or line feed. Change the meter.")
    return line
