"""What every store of events does: the one in memory, the real adapter on a small DynamoDB, and on the emulator.

A subclass gives the fixture `store`: a function that makes the store of one upload's events, all on one table.
"""

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from meterdrop.adapters.batching import EventBatches
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.meter import Meter

Store = Callable[[str], EventBatches]
RECEIVED = 1_727_524_800
"""The arrival of every store's upload."""
METER = Meter(id="mtr_search", event_name="ai_search_api", display_name="AI search")


@dataclass(frozen=True, slots=True)
class Making:
    """Makes events with ids that no other test has, the table being one for all."""

    run: str = field(default_factory=lambda: secrets.token_hex(6))

    @property
    def upload(self) -> str:
        """The upload that the events are of."""
        return f"upl_{self.run}"

    def event(self, name: str, row: int = 1, **changes: object) -> Event:
        """Make an event."""
        plain = Event(f"{name} {self.run}", row, METER, "cus_1", 1_727_222_400, Decimal(400), {})
        return plain._replace(**changes)  # type: ignore[arg-type]

    def stored(self, event: Event, upload: str | None = None) -> StoredEvent:
        """Return what is stored of it."""
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
        )


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
        assert own.insert(events) == [None] * 25
        assert own.read(event.id for event in events) == {event.id: making.stored(event) for event in events}

    def test_taken_ids_are_refused_row_by_row(self, store: Store, making: Making) -> None:
        """An id that is taken comes back with what is stored, untouched; the others of the batch are stored."""
        first, second, third = (making.event(name, row) for row, name in enumerate("abc", 1))
        other = store("upl_other")
        assert other.insert([second]) == [None]
        changed = second._replace(row=9, value=Decimal(1), customer="cus_2")
        own = store(making.upload)
        assert own.insert([first, changed, third]) == [None, making.stored(second, "upl_other"), None]
        assert own.read([second.id]) == {second.id: making.stored(second, "upl_other")}
        assert set(own.read([first.id, third.id])) == {first.id, third.id}

    def test_the_same_again_is_told_by_upload_and_row(self, store: Store, making: Making) -> None:
        """An event inserted twice comes back as one's own."""
        event = making.event("a", 7)
        own = store(making.upload)
        assert [own.insert([event]), own.insert([event])] == [[None], [making.stored(event)]]

    @pytest.mark.parametrize(
        "value",
        ["0", "-3", "0.5", "123456789012345", "0.000000000001", "-123.456789012345", "100000000000000"],
    )
    def test_values_are_exact(self, store: Store, making: Making, value: str) -> None:
        """Numbers come back without loss, and equal to the one that a file gives."""
        event = making.event("a", value=Decimal(value))
        own = store(making.upload)
        own.insert([event])
        assert own.read([event.id])[event.id].value == Decimal(value)
        assert own.insert([event._replace(row=2)]) == [making.stored(event)]

    def test_no_value_and_no_payload(self, store: Store, making: Making) -> None:
        """What an event does not have it does not get."""
        event = making.event("a", value=None)
        own = store(making.upload)
        own.insert([event])
        assert own.read([event.id])[event.id].content == event.content

    def test_payload(self, store: Store, making: Making) -> None:
        """Fifty payload values of a hundred characters come back as they were."""
        payload = {f"key {number} é": "日" * 100 for number in range(50)}
        event = making.event("a", payload=payload)
        own = store(making.upload)
        own.insert([event])
        assert own.read([event.id])[event.id].payload == payload

    @pytest.mark.parametrize(
        "text", ['a"b', "a\\b", "a'b", "日本 ü", "{}?", "</script>", "\u2028", "a#b:1", "i" * 100, "😀"]
    )
    def test_any_text(self, store: Store, making: Making, text: str) -> None:
        """Nothing in an identifier, a customer or a payload breaks out of its place."""
        event = making.event(text, customer=text, payload={text: text})
        own = store(making.upload)
        assert own.insert([event]) == [None]
        assert own.read([event.id]) == {event.id: making.stored(event)}

    def test_reading_what_is_not_there(self, store: Store, making: Making) -> None:
        """Ids without an event are left out; to ask for nothing gives nothing; to ask twice gives one."""
        event = making.event("a")
        own = store(making.upload)
        own.insert([event])
        assert own.read([]) == {}
        assert list(own.read([event.id, making.event("b").id, event.id])) == [event.id]

    def test_reading_as_many_as_one_call_takes(self, store: Store, making: Making) -> None:
        """A hundred ids at once."""
        events = [making.event(f"e{row}", row) for row in range(100)]
        own = store(making.upload)
        for start in range(0, 100, own.insert_limit):
            own.insert(events[start : start + own.insert_limit])
        assert len(own.read([event.id for event in events][: own.read_limit])) == min(100, own.read_limit)

    def test_of_many_at_once_one_wins(self, store: Store, making: Making) -> None:
        """Uploads that insert the same ids at the same moment: each id is one upload's, and all are told whose."""
        events = [making.event(f"e{row}", row) for row in range(10)]
        with ThreadPoolExecutor(8) as executor:
            uploads = [f"{making.upload}-{number}" for number in range(8)]
            outcomes = dict(
                zip(uploads, executor.map(lambda upload: store(upload).insert(events), uploads), strict=True)
            )
        for at, event in enumerate(events):
            owners = [upload for upload in uploads if outcomes[upload][at] is None]
            assert len(owners) == 1
            told = {found.upload for upload in uploads if (found := outcomes[upload][at]) is not None}
            assert told == {owners[0]}
            assert store("upl_reader").read([event.id])[event.id].upload == owners[0]
