"""Every error of a bad row, in the file's column order, then those of absent columns."""

from collections.abc import Sequence

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.errors import CellError, RowError
from meterdrop.domain.files.irregular_rows import FoundErrors, in_column_order, shape_error, with_line_break_errors
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.validation.field_parsers import Parsers, Shape, identifier_of, refuse_identifier
from meterdrop.domain.validation.usage_header import EVENT_NAME, IDENTIFIER, TIMESTAMP, Layout

_ABSENT = CellError(RowCode.NO_CUSTOMER_DEFINED, "the file has no such column, and the row's meter reads it.")
_ABSENT_VALUE = CellError(RowCode.VALUE_NOT_FOUND, _ABSENT.message)
_EMPTY_VALUE = CellError(RowCode.VALUE_NOT_FOUND, "is empty; this meter needs a value.")


def errors_of(
    cells: Sequence[str], layout: Layout, parsers: Parsers, identity: CellError | None = None, *, is_irregular: bool
) -> tuple[RowError, ...]:
    """Return the errors of a row; empty for a good one.

    `identity` says why it is not the earlier row that it refers to. `is_irregular` for a row that may not fit the
    header, or hold a line break.
    """
    width = layout.width
    full = cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]
    plan, misfit = parsers.plans[full[layout.event_name]], shape_error(cells, layout) if is_irregular else None
    found = [] if misfit is None else [misfit]
    time = parsers.times[full[layout.timestamp]]
    if isinstance(time, CellError):
        found.append((layout.timestamp, TIMESTAMP, time))
    if plan.cell_error is not None:
        found.append((layout.event_name, EVENT_NAME, plan.cell_error))
    # A row that does not fit its header, or has no meter, does not tell which cells are customer and value.
    if plan.meter is not None and plan.shape is not None and misfit is None:
        found += _customer_and_value(full, plan.meter, plan.shape, parsers, width)
    found += _others(full, plan.shape, layout, parsers, identity)
    return in_column_order(with_line_break_errors(found, cells, layout) if is_irregular else found)


def _others(
    cells: Sequence[str], shape: Shape | None, layout: Layout, parsers: Parsers, identity: CellError | None
) -> FoundErrors:
    """Find the errors of the identifier and of payload that is neither customer nor value."""
    found: FoundErrors = []
    at = layout.identifier
    if identity is not None:
        # Of a row without an identifier it is the upload that tells, or does not, which row it is.
        at = layout.upload if at is None or not identifier_of(cells[at]) else at
        found.append((at or 0, layout.header[at or 0], identity))
    elif at is not None and (identifier := identifier_of(cells[at])) and (cell_error := refuse_identifier(identifier)):
        found.append((at, IDENTIFIER, cell_error))
    for _, at in layout.payload.items() if shape is None else shape.others:
        text = parsers.texts[cells[at]]
        if isinstance(text, CellError):
            found.append((at, layout.header[at], text))
    return found


def _customer_and_value(cells: Sequence[str], meter: Meter, shape: Shape, parsers: Parsers, past: int) -> FoundErrors:
    """Find the errors of the columns that the row's own meter reads; absent ones stand past the last."""
    found: FoundErrors = []
    if shape.customer_at is None:
        found.append((past, meter.customer_column, _ABSENT))
    else:
        customer = parsers.customers[parsers.names[cells[shape.customer_at]]]
        if isinstance(customer, CellError):
            found.append((shape.customer_at, meter.customer_column, customer))
    if shape.value_at is None:
        if shape.needs_value:
            found.append((past + 1, meter.value_column, _ABSENT_VALUE))
    else:
        value = parsers.values[cells[shape.value_at]]
        if value is None and shape.needs_value:
            value = _EMPTY_VALUE
        if isinstance(value, CellError):
            found.append((shape.value_at, meter.value_column, value))
    return found
