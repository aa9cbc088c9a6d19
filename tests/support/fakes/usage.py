"""Events and contributions in memory."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any, NamedTuple

from meterdrop.adapters.dynamodb.batch import Attributes
from meterdrop.domain.metering.contributions import Contributions, Month
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

    def stages(self, contributions: Contributions) -> Iterator[Iterator[Attributes]]:
        """Return every item to put."""
        yield (
            {"of": _share(of, used.hour), "used": {"M": [read_event_list(used.events, self.upload_id), used.figures]}}
            for of, hours in chain(contributions.of_customers(), contributions.of_all())
            for used in hours
        )

    def removals(self, contributions: Contributions) -> Iterator[Iterator[Attributes]]:
        """Return the keys of all contributions."""
        yield (
            {"of": _share(of, used.hour)}
            for of, hours in chain(contributions.of_customers(), contributions.of_all())
            for used in hours
        )

    def stamps(self, _: Contributions) -> Iterator[Attributes]:
        """Return nothing: nobody reads from here."""
        return iter(())

    def remove(self, keys: Sequence[Attributes]) -> None:
        """Delete items one by one; nothing may stand there."""
        if not 0 < len(keys) <= self.put_limit:
            raise ValueError("DynamoDB takes 1 to 25 items")
        for key in keys:
            with self.switch.call("usage.remove"):
                self.stored.pop(Share(*key["of"]["M"], self.upload_id), None)

    def put(self, items: Sequence[Attributes]) -> None:
        """Put items one by one, over what stood there."""
        if not 0 < len(items) <= self.put_limit:
            raise ValueError("DynamoDB takes 1 to 25 items")
        for item in items:
            ids, figures = item["used"]["M"]
            numbers = (figures.sum, figures.min, figures.max, figures.last)
            with self.switch.call("usage.put"):
                self.stored[Share(*item["of"]["M"], self.upload_id)] = Figures(tuple(ids), figures.count, *numbers)


def _share(of: Month, hour: int) -> dict[str, Any]:
    return {"M": (of.meter, of.customer, hour)}
