"""Judging rows: a function of the file's bytes, the upload's arrival, and the meters and customers as they were read.

This is the hot path. A row that is good in every cell takes the short way through it; every other row goes to
`errors_of`, which asks the same parsers.
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from meterdrop.domain.cells import content
from meterdrop.domain.columns import Layout
from meterdrop.domain.event import NO_PAYLOAD, Event
from meterdrop.domain.identifier import event_id, refuse_identifier
from meterdrop.domain.parsers import Parsers
from meterdrop.domain.reader import Records, is_blank
from meterdrop.domain.row_errors import errors_of, under_nameless
from meterdrop.domain.verdict import RowError


class Refused(NamedTuple):
    """A bad row with all its errors. `id` is None where its own identifier is at fault."""

    id: str | None
    row: int
    cells: Sequence[str]
    errors: tuple[RowError, ...]


def judge(records: Records, upload_id: str, layout: Layout, parsers: Parsers) -> Iterator[Event | Refused]:
    """Judge every record below the header, in order. Blank ones are skipped and not numbered."""
    width, nameless = layout.width, layout.nameless
    timestamp_at, event_name_at, identifier_at = layout.timestamp, layout.event_name, layout.identifier
    plans, times, customers, values = parsers.plans, parsers.times, parsers.customers, parsers.values
    number, line = 0, records.line_num
    for cells in records:
        line_before, line = line, records.line_num
        number += 1
        # More than one line: a cell holds a line break, and the row is refused whichever cell that is.
        if len(cells) == width and line - line_before == 1:
            refusal, meter, customer_at, value_at, needs_value, others = plans[cells[event_name_at]]
            timestamp = times[cells[timestamp_at]]
            if refusal is None and meter is not None and type(timestamp) is int and customer_at is not None:
                customer = customers[cells[customer_at]]
                value = None if value_at is None else values[cells[value_at]]
                identifier = "" if identifier_at is None else content(cells[identifier_at])
                payload = _payload(cells, others, parsers) if others else NO_PAYLOAD
                if (
                    type(customer) is str
                    and (type(value) is Decimal or (value is None and not needs_value))
                    and payload is not None
                    and not (identifier and refuse_identifier(identifier))
                    and not (nameless and under_nameless(cells, layout) is not None)
                ):
                    own = identifier or f"{upload_id}:{number}"
                    yield Event(own, number, meter, customer, timestamp, value, payload, cells)
                    continue
        if is_blank(cells):
            number -= 1
            continue
        errors = errors_of(cells, layout, parsers)
        if not errors:
            raise RuntimeError(f"Row {number} was found neither good nor bad; this is a defect of Meterdrop.")
        yield Refused(_id(cells, layout, upload_id, number), number, cells, errors)


def _payload(cells: Sequence[str], others: tuple[tuple[str, int], ...], parsers: Parsers) -> Mapping[str, str] | None:
    """Return the row's other payload, or None where a cell of it is refused."""
    payload = {}
    for key, at in others:
        text = parsers.texts[cells[at]]
        if type(text) is not str:
            return None
        if text:
            payload[key] = text
    return payload or NO_PAYLOAD


def _id(cells: Sequence[str], layout: Layout, upload_id: str, number: int) -> str | None:
    at = layout.identifier
    identifier = "" if at is None or at >= len(cells) else content(cells[at])
    if not identifier:
        return event_id(upload_id, number)
    return None if refuse_identifier(identifier) else identifier
