"""The services that reading usage needs, as protocols. Adapters implement them without inheritance."""

from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from meterdrop.domain.metering.event import Cancel, StoredEvent
from meterdrop.domain.metering.summary import Arrival, OwnerEvents, Scope, UsageShare, UsedHour


class Usage(Protocol):
    """The current usage; see `adapters.metering.usage_reader`."""

    def hours(self, scope: Scope, hours: range, *, newest_first: bool) -> Iterator[UsedHour]:
        """Yield the usage of these hours (epoch hours), hour after hour, lazily. Raises SumNotExactError."""

    def customers(
        self, scope: Scope, hours: range, *, beyond: str | None, descending: bool, expect: int | None
    ) -> Iterator[tuple[str, list[UsedHour]]]:
        """Yield the customers past `beyond` that used the scope's meter in these hours, with their used hours, lazily.

        They are sorted by ID. `expect` is the number of customers that the caller needs, None for all. Raises
        SumNotExactError.
        """

    def shares(self, meter: str, hours: range) -> Iterator[UsageShare]:
        """Yield what each upload, events from the API, and cancels add to these hours, over all customers."""

    def months(self, meter: str, hours: range) -> Collection[str]:
        """Return the months with usage of a meter in these hours, such as `2024-09`."""

    def owners(self, scope: Scope, hours: range) -> Iterator[OwnerEvents]:
        """Yield the owners of events in these hours, in any order, with the IDs unless they are stored apart."""

    def owners_of(self, scope: Scope, hours: range, arrivals: Iterable[Arrival]) -> Iterator[OwnerEvents]:
        """Yield the owners of events in these hours among `arrivals`, in any order.

        An API request comes once, with its newest hour and the IDs of all its events, whatever the scope.
        """

    def events_of_hour(self, scope: Scope, hour: int) -> Iterator[OwnerEvents]:
        """Yield the owners of an hour's events with all IDs, lazily. Raises UsageChangingError."""

    def events_of_owner(self, scope: Scope, hour: int, owner: str) -> list[str]:
        """Return the IDs of an owner's events in an hour, ordered by row. Raises UsageChangingError."""

    def cancelled(self, events: Iterable[StoredEvent]) -> dict[str, Cancel]:
        """Return the cancels of different events by the event's ID."""

    def arrivals(
        self, meter: str, *, since: int = 0, place: tuple[int, str] | None = None, newest_first: bool = True
    ) -> Iterator[Arrival]:
        """Yield the arrivals of a meter's events since a time (epoch seconds), lazily, ordered by time and owner.

        They begin with those of `place`, a time and an owner.
        """


class Events(Protocol):
    """The current events. Calls are safe from many threads."""

    @property
    def read_limit(self) -> int:
        """The maximum number of IDs in a call of `read`."""

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Return the events that are stored under these IDs, by ID."""

    def find(self, id_: str) -> StoredEvent | None:
        """Return the event of an ID from a request, or None."""
