"""Events and what they contribute to usage, in memory: all made from a plain list of events."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from meterdrop.domain.metering.contributions import Hour
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Arrival, Scope, StoredContribution
from tests.support.fakes.contributed import INLINE, arrivals, contributions, cut, events_of, lines_of, sort_key


@dataclass
class FakeUsageReader:
    """Fits `ledger.ports.Usage`; counts what is taken from its walks."""

    events: Sequence[StoredEvent]
    read_limit: int = 100
    taken: int = 0

    def walk(
        self, scope: Scope, hours: range, *, newest_first: bool, expect: int | None = None
    ) -> Iterator[StoredContribution]:
        """Yield what is contributed and cancelled, by key."""
        del expect
        found = [each for each in contributions(self.events) if each[0] == scope and each[1].hour in hours]
        for _, each in sorted(found, key=lambda pair: sort_key(pair[1]), reverse=newest_first):
            self.taken += 1
            yield each

    def read(self, scope: Scope, at: Sequence[tuple[int, str]]) -> list[StoredContribution]:
        """Return contributions by their keys."""
        if not 0 < len(at) == len(set(at)) <= self.read_limit:
            raise ValueError("DynamoDB takes 1 to 100 keys, all different")
        wanted = set(at)
        return [
            each
            for of, each in contributions(self.events)
            if of == scope and not each.cancels and (each.hour, each.owner) in wanted
        ]

    def parts(self, of: Hour, owner: str, numbers: Sequence[int]) -> dict[int, str]:
        """Return parts of an event list."""
        lines = lines_of(events_of(self.events, Scope(of.meter, of.customer), of.hour, owner))
        parts = dict(enumerate(cut(lines))) if len(lines) > INLINE else {}
        return {number: parts[number] for number in numbers if number in parts}

    def arrivals(self, meter: str) -> Iterator[Arrival]:
        """Yield the owners of a meter's events."""
        yield from sorted(arrivals(self.events, meter), reverse=True)


@dataclass
class FakeEventReader:
    """Fits `ledger.ports.Events`; counts calls and ids."""

    events: Sequence[StoredEvent]
    read_limit: int = 100
    calls: list[int] = field(default_factory=list)

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Return those of the events."""
        wanted = set(ids)
        if len(wanted) > self.read_limit:
            raise ValueError("DynamoDB takes at most 100 keys")
        self.calls.append(len(wanted))
        return {event.id: event for event in self.events if event.id in wanted}

    def find(self, id_: str) -> StoredEvent | None:
        """Return one of them."""
        return self.read([id_]).get(id_)


class AtOnce:
    """Fits `Executor` as far as it is used: no threads."""

    def map(self, call: Any, items: Iterable[Any]) -> Iterator[Any]:
        """Call one by one."""
        return map(call, items)

    def submit(self, call: Any, *arguments: Any) -> "Future[Any]":
        """Call now."""
        future: Future[Any] = Future()
        future.set_result(call(*arguments))
        return future
