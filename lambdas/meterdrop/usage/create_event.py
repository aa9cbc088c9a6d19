"""Creates events with the API. They are validated like rows of a file, and each counts exactly once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from meterdrop.domain.changes import Change
from meterdrop.domain.files.cells import could_be_stored, refuse_text, trim
from meterdrop.domain.ids import request_of
from meterdrop.domain.metering.event import Event, StoredEvent
from meterdrop.domain.metering.meter import Meter, by_event_name
from meterdrop.domain.periods.closed_periods import ClosedPeriods
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.domain.validation.single_event import ROW, MeterEventInput, validate_event
from meterdrop.domain.validation.timestamp import TimeWindow
from meterdrop.usage.cancel_event import NotFinalError

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

    def read(self, ids: Iterable[str]) -> dict[str, StoredEvent]:
        """Return the events that are stored under these IDs, by ID."""

    def add(self, events: Sequence[Event], request: str, received: int, change: Change | None = None) -> bool:
        """Store events, each with its usage in one transaction. Returns False if one of the IDs is taken."""

    def uncounted(self, events: Iterable[StoredEvent]) -> str | None:
        """Return an upload that owns one of the events and does not count now, or None."""


class MeterEventRefusedError(Exception):
    """A meter event is not valid. `refused` has its errors, like a row. Its row is its position in the request."""

    def __init__(self, refused: RefusedRow) -> None:
        """Hold the refused event."""
        super().__init__("the entry was refused")
        self.refused = refused


class IdentifierTakenError(Exception):
    """Another event has this identifier already. `is_equal` says whether it has the same content.

    `row` is the position of the new event in the request.
    """

    def __init__(self, identifier: str, row: int, *, is_equal: bool) -> None:
        """Hold the identifier."""
        super().__init__("the identifier is taken")
        self.identifier = identifier
        self.row = row
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

    def add(self, event_input: MeterEventInput, request: str, now: int, change: Change | None = None) -> StoredEvent:
        """Store one event as `add_all` does and return it. Only the event of the same request counts as a repeat."""
        [stored] = self.add_all([event_input], request, now, change)
        if not _is_of(stored, request, ROW):
            raise IdentifierTakenError(stored.id, ROW, is_equal=True)
        return stored

    def add_all(
        self, inputs: Sequence[MeterEventInput], request: str, now: int, change: Change | None = None
    ) -> list[StoredEvent]:
        """Store the events of a request at `now` (epoch seconds) and return the stored events.

        An event that is stored already with the same content is a repeat, even if the catalog has changed since. So a
        request that stopped halfway can be sent again: it stores the rest.

        Raises MeterEventRefusedError, IdentifierTakenError, RequestReusedError and NotFinalError, for the first event
        with an error. Nothing is stored then, unless another request takes an identifier at the same moment.
        """
        meters = self.meters.list_meters()
        rows = {row: (each, each.id(request, row)) for row, each in enumerate(inputs, ROW)}
        for _ in range(_TRIES):
            stored = self.single_events.read({id_ for _, id_ in rows.values() if could_be_stored(id_)})
            new = self._new_events(rows, stored, request, meters, now)
            if upload := self.single_events.uncounted(stored.values()):
                raise NotFinalError(upload)
            if self.single_events.add(list(new.values()), request, now, change):
                return [stored.get(id_) or _as_stored(new[id_], request, now) for _, id_ in rows.values()]
        raise RuntimeError("an event was taken back again and again while it was added")

    def _new_events(
        self,
        rows: Mapping[int, tuple[MeterEventInput, str]],
        stored: Mapping[str, StoredEvent],
        request: str,
        meters: Sequence[Meter],
        now: int,
    ) -> dict[str, Event]:
        """Return the events to store, by ID."""
        pending = {
            row: (event_input, id_)
            for row, (event_input, id_) in rows.items()
            if id_ not in stored or not _is_repeat(event_input, stored[id_], meters)
        }
        if not pending:
            return {}
        by_name, window = (
            by_event_name(meters),
            TimeWindow.for_upload(now, self.max_age_days, self.periods.closed_periods()),
        )
        named = set(_named_customers((each for each, _ in pending.values()), by_name))
        registered = frozenset(self.customers.registered(sorted(named)) if named else ())
        new: dict[str, Event] = {}
        for row, (event_input, id_) in pending.items():
            if id_ in stored and _is_of(stored[id_], request, row):
                raise RequestReusedError
            event = validate_event(event_input, (request, row), by_name, registered, window)
            if isinstance(event, RefusedRow):
                raise MeterEventRefusedError(event)
            if id_ in stored or new.setdefault(id_, event).content != event.content:
                raise IdentifierTakenError(id_, row, is_equal=False)
        return new


def _named_customers(inputs: Iterable[MeterEventInput], meters: Mapping[str, Meter]) -> Iterator[str]:
    """Yield the customers that events name and that can exist."""
    for each in inputs:
        meter = meters.get(trim(each.event_name))
        named = "" if meter is None else trim(each.payload.get(meter.customer_key, ""))
        if named and refuse_text(named) is None:
            yield named


def _is_repeat(event_input: MeterEventInput, stored: StoredEvent, meters: Iterable[Meter]) -> bool:
    """Return whether an input equals the stored event, validated by the catalog of the time when it was stored.

    An input without a timestamp is the same event at any time.
    """
    known = {meter.event_name: replace(meter, active=True) for meter in meters if meter.id == stored.meter}
    given = event_input if event_input.timestamp is not None else replace(event_input, timestamp=str(stored.timestamp))
    validated = validate_event(
        given,
        (stored.upload, stored.row),
        known,
        frozenset({stored.customer}),
        TimeWindow.for_upload(stored.received, None),
    )
    return isinstance(validated, Event) and validated.content == stored.content


def _is_of(stored: StoredEvent, request: str, row: int) -> bool:
    return request_of(stored.upload) == request and stored.row == row


def _as_stored(event: Event, request: str, received: int) -> StoredEvent:
    meter = event.meter
    return StoredEvent(
        event.id,
        request,
        event.row,
        meter.id,
        meter.event_name,
        event.customer,
        event.timestamp,
        event.value,
        event.payload,
        received,
    )
