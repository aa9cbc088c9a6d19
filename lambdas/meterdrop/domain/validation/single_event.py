"""Validates an event created with the API, as if it were a row of a file."""

from collections.abc import Mapping
from dataclasses import dataclass

from meterdrop.domain.files.cells import guard
from meterdrop.domain.files.rows import Chunk, has_line_break
from meterdrop.domain.ids import event_id
from meterdrop.domain.metering.event import Event
from meterdrop.domain.metering.meter import PAYLOAD_PREFIX, Meter
from meterdrop.domain.validation.field_parsers import Parsers, normalize_identifier
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.domain.validation.row_reference import refuse_reserved
from meterdrop.domain.validation.timestamp import TimeWindow
from meterdrop.domain.validation.usage_header import EVENT_NAME, IDENTIFIER, TIMESTAMP, Layout
from meterdrop.domain.validation.validator import validate

ROW = 1
"""The row number of the first event of an API request."""
_FIXED = (TIMESTAMP, EVENT_NAME, IDENTIFIER)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterEventInput:
    """The parameters of an event created with the API, as texts. The keys of `payload` have no prefix.

    If `timestamp` is None, the event gets the time of the request.
    """

    timestamp: str | None
    event_name: str
    identifier: str
    payload: Mapping[str, str]

    def id(self, request: str, row: int) -> str:
        """Return the event's ID, if it is at this position of the request."""
        return normalize_identifier(self.identifier) or event_id(request, row)


def validate_event(
    event_input: MeterEventInput,
    place: tuple[str, int],
    meters: Mapping[str, Meter],
    customers: frozenset[str],
    window: TimeWindow,
) -> Event | RefusedRow:
    """Validate an event for the meters and registered customers. `place` is the ID of the request, and the row."""
    request, row = place
    layout = _layout(event_input)
    timestamp = str(window.arrival) if event_input.timestamp is None else event_input.timestamp
    cells = [
        guard(cell)
        for cell in (timestamp, event_input.event_name, event_input.identifier, *event_input.payload.values())
    ]
    if any(map(has_line_break, cells)):
        chunk = Chunk((), ((),) * layout.width, [(row, cells)])
    else:
        chunk = Chunk((row,), tuple((cell,) for cell in cells), ())
    parsers = Parsers(layout, meters, window, customers)
    if cell_error := refuse_reserved(normalize_identifier(event_input.identifier)):
        parsers.identities = {row: cell_error}
    result = validate(chunk, request, layout, parsers)
    return next(result.events(request), None) or result.refused[0]


def _layout(event_input: MeterEventInput) -> Layout:
    return Layout(
        header=(*_FIXED, *(PAYLOAD_PREFIX + key for key in event_input.payload)),
        filled=0,
        timestamp=0,
        event_name=1,
        identifier=2,
        upload=None,
        payload={key: position for position, key in enumerate(event_input.payload, len(_FIXED))},
        nameless=(),
        error_columns=(),
    )
