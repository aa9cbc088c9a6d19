"""The services that reading usage needs, as protocols. Adapters implement them without inheritance."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from meterdrop.domain.metering.contributions import Hour
from meterdrop.domain.metering.event import StoredEvent
from meterdrop.domain.metering.summary import Arrival, Scope, StoredContribution


class Usage(Protocol):
    """The current contributions to usage; see `adapters.metering.usage_reader`."""

    @property
    def read_limit(self) -> int:
        """The maximum number of contributions in a call of `read`, and of parts in a call of `parts`."""

    def walk(
        self, scope: Scope, hours: range, *, newest_first: bool, expect: int | None = None
    ) -> Iterator[StoredContribution]:
        """Yield the contributions and cancels of these hours (epoch hours), hour after hour, lazily.

        `expect` is the number that the caller may need, or None if it needs all.
        """

    def read(self, scope: Scope, at: Sequence[tuple[int, str]]) -> list[StoredContribution]:
        """Return the existing contributions among these, each given by hour and owner, in any order."""

    def parts(self, of: Hour, owner: str, numbers: Sequence[int]) -> dict[int, str]:
        """Return the existing parts, by number from 0, of an owner's event list of an hour."""

    def arrivals(self, meter: str) -> Iterator[Arrival]:
        """Yield the arrivals of a meter's events, newest first, lazily. Each has an owner."""


class Events(Protocol):
    """The current events. Calls are safe from many threads."""

    @property
    def read_limit(self) -> int:
        """The maximum number of IDs in a call of `read`."""

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Return the events that are stored under these IDs, by ID."""

    def find(self, id_: str) -> StoredEvent | None:
        """Return the event of an ID from a request, or None."""
