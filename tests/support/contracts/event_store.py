"""What every store of events does: the one in memory, the real adapter on a small DynamoDB, and on the emulator.

A subclass gives the fixture `store`: a function that makes the store of one upload's events, all on one table. It
takes the upload, and whether its rows go into blocks.
"""

import secrets
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

import pytest

from meterdrop.adapters.batching import EventBatches, chunks, read_events
from meterdrop.adapters.metering import event_items
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.meter import Meter


class Store(Protocol):
    """Makes the store of one upload."""

    def __call__(self, upload: str, *, writes_blocks: bool = False) -> EventBatches:
        """Make it."""


RECEIVED = 1_727_524_800
"""The arrival of every store's upload."""
METER = Meter(id="mtr_search", event_name="ai_search_api", display_name="AI search")


@dataclass(frozen=True, slots=True)
class Making:
    """Makes events with ids that no other test has, the table being one for all."""

    run: str = field(
        default_factory=lambda: "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(12))
    )

    @property
    def upload(self) -> str:
        """The upload that the events are of."""
        return f"upl_{self.run}{'a' * 14}"

    def event(self, name: str, row: int = 1, **changes: object) -> Event:
        """Make an event."""
        plain = Event(f"{name} {self.run}", row, METER, "cus_1", 1_727_222_400, Decimal(400), {})
        return plain._replace(**changes)  # type: ignore[arg-type]

    def row(self, row: int, **changes: object) -> Event:
        """Make the event of a row of the upload that has no identifier."""
        return self.event("", row, id=f"{self.upload}:{row}", **changes)

    def stored(self, event: Event, upload: str | None = None, *, block: int | None = None) -> StoredEvent:
        """Return what is stored of it, in a block or in an item of its own."""
        return StoredEvent(
            event.id,
            upload or self.upload,
            event.row,
            event.meter.id,
            event.meter.event_name,
            event.customer,
            event.timestamp,
            event.value,
            event.payload,
            RECEIVED,
            item=event.id if block is None else f"{self.upload}/{block}",
        )


def insert(store: EventBatches, events: Sequence[Event]) -> list[StoredEvent | None]:
    """Insert events. Return for each None, or what is stored under its id."""
    found: dict[str, StoredEvent] = {}
    for items in chunks(store.items(events), store.insert_limit):
        found |= store.insert(items)
    return [found.get(event.id) for event in events]


def read(store: EventBatches, ids: Iterable[str]) -> dict[str, StoredEvent]:
    """Read events by id."""
    return {event.id: event for event in read_events(store, ids)}


class EventStoreContract:
    """The contract."""

    @pytest.fixture
    def making(self) -> Making:
        """Make what makes events."""
        return Making()

    def test_free_ids_are_inserted(self, store: Store, making: Making) -> None:
        """Every event whose id is free is stored, and read back as it was."""
        events = [making.event(f"e{row}", row, value=Decimal(row)) for row in range(1, 26)]
        own = store(making.upload)
        assert insert(own, events) == [None] * 25
        assert read(own, [event.id for event in events]) == {event.id: making.stored(event) for event in events}

    def test_taken_ids_are_refused_row_by_row(self, store: Store, making: Making) -> None:
        """An id that is taken comes back with what is stored, untouched; the others of the batch are stored."""
        first, second, third = (making.event(name, row) for row, name in enumerate("abc", 1))
        other = store("upl_other")
        assert insert(other, [second]) == [None]
        changed = second._replace(row=9, value=Decimal(1), customer="cus_2")
        own = store(making.upload)
        assert insert(own, [first, changed, third]) == [None, making.stored(second, "upl_other"), None]
        assert read(own, [second.id]) == {second.id: making.stored(second, "upl_other")}
        assert set(read(own, [first.id, third.id])) == {first.id, third.id}

    def test_the_same_again_is_told_by_upload_and_row(self, store: Store, making: Making) -> None:
        """An event inserted twice comes back as one's own."""
        event = making.event("a", 7)
        own = store(making.upload)
        assert [insert(own, [event]), insert(own, [event])] == [[None], [making.stored(event)]]

    @pytest.mark.parametrize(
        "value",
        ["0", "-3", "0.5", "123456789012345", "0.000000000001", "-123.456789012345", "100000000000000"],
    )
    def test_values_are_exact(self, store: Store, making: Making, value: str) -> None:
        """Numbers come back without loss, and equal to the one that a file gives."""
        event = making.event("a", value=Decimal(value))
        own = store(making.upload)
        insert(own, [event])
        assert read(own, [event.id])[event.id].value == Decimal(value)
        assert insert(own, [event._replace(row=2)]) == [making.stored(event)]

    def test_no_value_and_no_payload(self, store: Store, making: Making) -> None:
        """What an event does not have it does not get."""
        event = making.event("a", value=None)
        own = store(making.upload)
        insert(own, [event])
        assert read(own, [event.id])[event.id].content == event.content

    def test_payload(self, store: Store, making: Making) -> None:
        """Fifty payload values of a hundred characters come back as they were."""
        payload = {f"key {number} é": "日" * 100 for number in range(50)}
        event = making.event("a", payload=payload)
        own = store(making.upload)
        insert(own, [event])
        assert read(own, [event.id])[event.id].payload == payload

    @pytest.mark.parametrize(
        "text", ['a"b', "a\\b", "a'b", "日本 ü", "{}?", "</script>", "\u2028", "a#b:1", "i" * 100, "😀"]
    )
    def test_any_text(self, store: Store, making: Making, text: str) -> None:
        """Nothing in an identifier, a customer or a payload breaks out of its place."""
        event = making.event(text, customer=text, payload={text: text})
        own = store(making.upload)
        assert insert(own, [event]) == [None]
        assert read(own, [event.id]) == {event.id: making.stored(event)}

    def test_reading_what_is_not_there(self, store: Store, making: Making) -> None:
        """Ids without an event are left out; to ask for nothing gives nothing; to ask twice gives one."""
        event = making.event("a")
        own = store(making.upload)
        insert(own, [event])
        assert read(own, []) == {}
        assert list(read(own, [event.id, making.event("b").id, event.id])) == [event.id]

    def test_reading_more_than_one_call_takes(self, store: Store, making: Making) -> None:
        """Any number of ids at once."""
        events = [making.event(f"e{row}", row) for row in range(101)]
        own = store(making.upload)
        insert(own, events)
        assert len(read(own, [event.id for event in events])) == 101

    def test_of_many_at_once_one_wins(self, store: Store, making: Making) -> None:
        """Uploads that insert the same ids at the same moment: each id is one upload's, and all are told whose."""
        events = [making.event(f"e{row}", row) for row in range(10)]
        with ThreadPoolExecutor(8) as executor:
            uploads = [f"{making.upload}-{number}" for number in range(8)]
            outcomes = dict(
                zip(uploads, executor.map(lambda upload: insert(store(upload), events), uploads), strict=True)
            )
        for at, event in enumerate(events):
            owners = [upload for upload in uploads if outcomes[upload][at] is None]
            assert len(owners) == 1
            told = {found.upload for upload in uploads if (found := outcomes[upload][at]) is not None}
            assert told == {owners[0]}
            assert read(store("upl_reader"), [event.id])[event.id].upload == owners[0]

    def test_rows_without_identifier_are_in_blocks(self, store: Store, making: Making) -> None:
        """Rows of an upload's first run share items, events with identifiers between them don't."""
        own, last = store(making.upload, writes_blocks=True), event_items.BLOCK_ROWS
        rows = [making.row(row, value=Decimal(row), payload={"k": "v"}) for row in (1, 2, last, last + 1)]
        single = making.event("a", 3)
        assert insert(own, [*rows[:2], single, *rows[2:]]) == [None] * 5
        blocks = {event.id: making.stored(event, block=int(event.row > last)) for event in rows}
        assert read(own, [*blocks, single.id]) == blocks | {single.id: making.stored(single)}
        assert read(own, [rows[1].id]) == {rows[1].id: making.stored(rows[1], block=0)}

    def test_later_runs_write_no_blocks(self, store: Store, making: Making) -> None:
        """Then a row without identifier has an item of its own."""
        own, event = store(making.upload), making.row(1)
        assert insert(own, [event]) == [None]
        assert read(own, [event.id]) == {event.id: making.stored(event)}

    def test_an_existing_block_wins(self, store: Store, making: Making) -> None:
        """Its rows stay as they are. Rows that it doesn't hold are stored as single events, and are found."""
        own = store(making.upload, writes_blocks=True)
        before = [making.row(1), making.row(3)]
        assert insert(own, before) == [None, None]
        changed, new = making.row(1, customer="cus_2"), making.row(2)
        stored = [making.stored(event, block=0) for event in before]
        assert insert(own, [changed, new, before[1]]) == [stored[0], None, stored[1]]
        assert read(own, [f"{making.upload}:{row}" for row in range(1, 5)]) == {
            event.id: event for event in [*stored, making.stored(new)]
        }
        assert insert(own, [new]) == [making.stored(new)]

    def test_more_rows_beside_a_block_than_one_call_takes(self, store: Store, making: Making) -> None:
        """All rows that an existing block doesn't hold are stored."""
        own = store(making.upload, writes_blocks=True)
        insert(own, [making.row(1)])
        rows = [making.row(row) for row in range(1, 61)]
        assert insert(own, rows) == [making.stored(rows[0], block=0), *[None] * 59]
        assert read(own, [event.id for event in rows]).keys() == {event.id for event in rows}

    def test_rows_of_other_uploads_are_taken(self, store: Store, making: Making) -> None:
        """An id of another upload's row is taken if its block holds the row, and free if not."""
        insert(store(making.upload, writes_blocks=True), [making.row(1)])
        other = store("upl_" + "b" * 26, writes_blocks=True)
        taken, free = making.row(1)._replace(row=7), making.row(2)._replace(row=8)
        assert insert(other, [taken, free]) == [making.stored(making.row(1), block=0), None]
        assert [event.id for event in other.read_singles([taken.id, free.id])] == [free.id]

    def test_only_own_items_are_deleted(self, store: Store, making: Making) -> None:
        """An undo removes blocks and single events of its upload."""
        own, other = store(making.upload, writes_blocks=True), store("upl_other")
        rows = [making.row(1), making.row(2)]
        single, strange = making.event("a", 3), making.event("b", 1)
        insert(own, [*rows, single])
        insert(other, [strange])
        keys = [f"{making.upload}/0", single.id, strange.id]
        other.delete(keys[:2])
        assert len(read(own, [event.id for event in (*rows, single)])) == 3
        own.delete(keys)
        assert read(own, [event.id for event in (*rows, single, strange)]).keys() == {strange.id}

    def test_an_id_spelled_like_a_block(self, store: Store, making: Making) -> None:
        """No event has it."""
        own = store(making.upload, writes_blocks=True)
        insert(own, [making.row(1)])
        assert read(own, [f"{making.upload}/0", f"{making.upload}:01", f"{making.upload}:0"]) == {}

    def test_a_block_with_too_much_text(self, store: Store, making: Making) -> None:
        """Rows that don't fit become single events."""
        own = store(making.upload, writes_blocks=True)
        payload = {f"key {number}": "日" * 100 for number in range(50)}
        rows = [making.row(row, payload=payload) for row in range(1, 41)]
        assert insert(own, rows) == [None] * 40
        found = read(own, [event.id for event in rows])
        assert [found[event.id].content for event in rows] == [event.content for event in rows]
        held = [event.item for event in found.values()].count(f"{making.upload}/0")
        assert 1 < held < 40
