"""Events and contributions in memory."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from meterdrop.domain.metering.contributions import Contribution, Contributions
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.event_list import read_event_list
from tests.support.fakes.crash import Switch


@dataclass(slots=True)
class FakeEvents:
    """Fits `ports.Events`: the writes of one upload to events that all uploads share."""

    switch: Switch
    stored: dict[str, StoredEvent]
    upload_id: str
    received: int = 0
    insert_limit: int = 25
    read_limit: int = 100

    def insert(self, events: Sequence[Event]) -> list[StoredEvent | None]:
        """Insert events one by one, as DynamoDB does: a crash may leave some of a batch."""
        if not 0 < len(events) == len({event.id for event in events}) <= self.insert_limit:
            raise ValueError("DynamoDB takes 1 to 25 statements, all of different ids")
        return [self._insert(event) for event in events]

    def delete(self, ids: Sequence[str]) -> None:
        """Delete events one by one, where they are the upload's."""
        if not 0 < len(ids) == len(set(ids)) <= self.insert_limit:
            raise ValueError("DynamoDB takes 1 to 25 statements, all of different ids")
        for id_ in ids:
            with self.switch.call("events.delete"):
                if id_ in self.stored and self.stored[id_].upload == self.upload_id:
                    del self.stored[id_]

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Read the events that are stored under these ids."""
        wanted = set(ids)
        if len(wanted) > self.read_limit:
            raise ValueError("DynamoDB takes at most 100 keys")
        with self.switch.call("events.read"):
            return {id_: self.stored[id_] for id_ in wanted if id_ in self.stored}

    def _insert(self, event: Event) -> StoredEvent | None:
        with self.switch.call("events.insert"):
            if event.id in self.stored:
                return self.stored[event.id]
            meter = event.meter
            self.stored[event.id] = StoredEvent(
                event.id,
                self.upload_id,
                event.row,
                meter.id,
                meter.event_name,
                event.customer,
                event.timestamp,
                event.value,
                dict(event.payload),
                self.received,
            )
            return None


class Share(NamedTuple):
    """What a contribution is of. `customer` is None for that of all customers."""

    meter: str
    customer: str | None
    hour: int
    upload: str


class Figures(NamedTuple):
    """What a contribution holds; sum to last are None where no event had a value, `ids` are those of the events."""

    ids: tuple[str, ...]
    events: int
    sum: Decimal | None
    min: Decimal | None
    max: Decimal | None
    last: Decimal | None


@dataclass(slots=True)
class FakeUsage:
    """Fits `ports.Usage`: the contributions of one upload, among those of all uploads."""

    switch: Switch
    stored: dict[Share, Figures]
    upload_id: str
    put_limit: int = 25

    def stages(self, contributions: Contributions) -> Iterator[Iterator[str]]:
        """Return every item to put."""
        yield (
            json.dumps([*of, read_event_list("\n".join(lines), self.upload_id), *_texts(found)])
            for of, found, lines in contributions.named()
        )

    def removals(self, contributions: Contributions, cancelled: Sequence[StoredEvent]) -> Iterator[Iterator[str]]:
        """Return the keys of all contributions."""
        if cancelled:
            raise NotImplementedError("cancels are not kept here")
        yield (json.dumps(of) for of, _, _ in contributions.named())

    def remove(self, keys: Sequence[str]) -> None:
        """Delete items one by one; nothing may stand there."""
        if not 0 < len(keys) <= self.put_limit:
            raise ValueError("DynamoDB takes 1 to 25 items")
        for key in keys:
            with self.switch.call("usage.remove"):
                meter, customer, hour = json.loads(key)
                self.stored.pop(Share(meter, customer, hour, self.upload_id), None)

    def put(self, items: Sequence[str]) -> None:
        """Put items one by one, over what stood there."""
        if not 0 < len(items) <= self.put_limit:
            raise ValueError("DynamoDB takes 1 to 25 items")
        for item in items:
            meter, customer, hour, ids, count, *numbers = json.loads(item)
            with self.switch.call("usage.put"):
                share = Share(meter, customer, hour, self.upload_id)
                self.stored[share] = Figures(tuple(ids), count, *map(_number, numbers))


def _texts(contribution: Contribution) -> list[int | str | None]:
    numbers = (contribution.sum, contribution.min, contribution.max, contribution.last)
    return [contribution.count, *(None if number is None else str(number) for number in numbers)]


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
