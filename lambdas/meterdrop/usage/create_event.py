"""Creates one event with the API. It is validated like a row of a file, and counts exactly once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from meterdrop.domain.files.cells import refuse_text, trim
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.meter import Meter, by_event_name
from meterdrop.domain.periods.closed_periods import ClosedPeriods
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.domain.validation.single_event import ROW, MeterEventInput, validate_event
from meterdrop.domain.validation.timestamp import TimeWindow

_TRIES = 5


class Meters(Protocol):
    """The meters of the catalog."""

    def list_meters(self) -> list[Meter]:
        """Return every meter, including deactivated ones."""


class Customers(Protocol):
    """The customers of the catalog."""

    def registered(self, ids: Sequence[str]) -> set[str]:
        """Return the IDs that are registered."""


class ClosedPeriodsTable(Protocol):
    """The billing periods that refuse events."""

    def closed_periods(self) -> ClosedPeriods:
        """Return the current ones."""


class SingleEvents(Protocol):
    """The events table, for single events; see `adapters.metering.single_events`."""

    def find(self, id_: str) -> StoredEvent | None:
        """Return the event that is stored under an ID, or None."""

    def add(self, event: Event, owner: str, received: int) -> bool:
        """Store an event and its usage in one transaction. Returns False if the ID is taken."""


class MeterEventRefusedError(Exception):
    """The meter event is not valid. `refused` has its errors, like those of a row."""

    def __init__(self, refused: RefusedRow) -> None:
        """Hold the refused event."""
        super().__init__("the entry was refused")
        self.refused = refused


class IdentifierTakenError(Exception):
    """Another event has this identifier already. `is_equal` says whether it has the same content."""

    def __init__(self, stored: StoredEvent, *, is_equal: bool) -> None:
        """Hold the stored event."""
        super().__init__("the identifier is taken")
        self.stored = stored
        self.is_equal = is_equal


class RequestReusedError(Exception):
    """The request that this one repeats created an event with other content."""


@dataclass(frozen=True, slots=True)
class EventCreation:
    """The creation of events. `max_age_days` is their maximum age, None for no limit."""

    meters: Meters
    customers: Customers
    periods: ClosedPeriodsTable
    single_events: SingleEvents
    max_age_days: int | None

    def add(self, event_input: MeterEventInput, owner: str, now: int) -> StoredEvent:
        """Store a meter event at `now` (epoch seconds) and return the stored event.

        `owner` names the request. A repeated request returns the event of the first one, even if the catalog has
        changed since. Raises MeterEventRefusedError, IdentifierTakenError and RequestReusedError.
        """
        id_, meters = event_input.id(owner), self.meters.list_meters()
        stored = self.single_events.find(id_)
        if stored is not None and _is_of(stored, owner):
            if not _is_repeat(event_input, stored, meters):
                raise RequestReusedError
            return stored
        event = self._validated(event_input, owner, by_event_name(meters), now)
        if stored is None:
            stored = self._store(event, owner, now)
        if not _is_of(stored, owner):
            raise IdentifierTakenError(stored, is_equal=_is_repeat(event_input, stored, meters))
        return stored

    def _validated(self, event_input: MeterEventInput, owner: str, meters: Mapping[str, Meter], now: int) -> Event:
        meter = meters.get(trim(event_input.event_name))
        named = "" if meter is None else trim(event_input.payload.get(meter.customer_key, ""))
        registered = self.customers.registered([named]) if named and refuse_text(named) is None else set[str]()
        window = TimeWindow.for_upload(now, self.max_age_days, self.periods.closed_periods())
        validated = validate_event(event_input, owner, meters, frozenset(registered), window)
        if isinstance(validated, RefusedRow):
            raise MeterEventRefusedError(validated)
        return validated

    def _store(self, event: Event, owner: str, now: int) -> StoredEvent:
        for _ in range(_TRIES):
            self.single_events.add(event, owner, now)
            if stored := self.single_events.find(event.id):
                return stored
        raise RuntimeError("an event was taken back again and again while it was added")


def _is_repeat(event_input: MeterEventInput, stored: StoredEvent, meters: Iterable[Meter]) -> bool:
    """Return whether an input equals the stored event, validated by the catalog of the time when it was stored."""
    known = {meter.event_name: replace(meter, active=True) for meter in meters if meter.id == stored.meter}
    given = event_input if event_input.timestamp is not None else replace(event_input, timestamp=str(stored.timestamp))
    validated = validate_event(
        given, stored.upload, known, frozenset({stored.customer}), TimeWindow.for_upload(stored.received, None)
    )
    return isinstance(validated, Event) and validated.content == stored.content


def _is_of(stored: StoredEvent, owner: str) -> bool:
    return stored.upload == owner and stored.row == ROW
