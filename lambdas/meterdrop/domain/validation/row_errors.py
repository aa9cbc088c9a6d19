"""Every error of a bad row, in the file's column order, then those of absent columns."""

from collections.abc import Sequence

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.errors import CellError, RowError
from meterdrop.domain.files.irregular_rows import PositionedErrors, in_column_order, shape_error, with_line_break_errors
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.validation.field_parsers import Parsers, Shape, parse_identifier, refuse_identifier
from meterdrop.domain.validation.usage_header import EVENT_NAME, IDENTIFIER, TIMESTAMP, Layout

_ABSENT = CellError(RowCode.NO_CUSTOMER_DEFINED, "the file has no such column, and the row's meter reads it.")
_ABSENT_VALUE = CellError(RowCode.VALUE_NOT_FOUND, _ABSENT.message)
_EMPTY_VALUE = CellError(RowCode.VALUE_NOT_FOUND, "is empty; this meter needs a value.")


def errors_of(
    cells: Sequence[str], layout: Layout, parsers: Parsers, identity: CellError | None = None, *, is_irregular: bool
) -> tuple[RowError, ...]:
    """Return the errors of a row; empty for a good one.

    `identity` says why it is not the earlier row that it refers to. `is_odd` for a row that may not fit the header, or
    hold a line break.
    """
    width = layout.width
    full = cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]
    plan, fit_error = parsers.plans[full[layout.event_name]], shape_error(cells, layout) if is_irregular else None
    errors = [] if fit_error is None else [fit_error]
    time = parsers.times[full[layout.timestamp]]
    if isinstance(time, CellError):
        errors.append((layout.timestamp, TIMESTAMP, time))
    if plan.cell_error is not None:
        errors.append((layout.event_name, EVENT_NAME, plan.cell_error))
    # A row that does not fit its header, or has no meter, does not tell which cells are customer and value.
    if plan.meter is not None and plan.shape is not None and fit_error is None:
        errors += _customer_and_value(full, plan.meter, plan.shape, parsers, width)
    errors += _others(full, plan.shape, layout, parsers, identity)
    return in_column_order(with_line_break_errors(errors, cells, layout) if is_irregular else errors)


def _others(
    cells: Sequence[str], shape: Shape | None, layout: Layout, parsers: Parsers, identity: CellError | None
) -> PositionedErrors:
    """Find the errors of the identifier and of payload that is neither customer nor value."""
    errors: PositionedErrors = []
    position = layout.identifier
    if identity is not None:
        # Of a row without an identifier it is the upload that tells, or does not, which row it is.
        position = layout.upload if position is None or not parse_identifier(cells[position]) else position
        errors.append((position or 0, layout.header[position or 0], identity))
    elif (
        position is not None
        and (identifier := parse_identifier(cells[position]))
        and (cell_error := refuse_identifier(identifier))
    ):
        errors.append((position, IDENTIFIER, cell_error))
    for _, position in layout.payload.items() if shape is None else shape.others:
        text = parsers.texts[cells[position]]
        if isinstance(text, CellError):
            errors.append((position, layout.header[position], text))
    return errors


def _customer_and_value(
    cells: Sequence[str], meter: Meter, shape: Shape, parsers: Parsers, end: int
) -> PositionedErrors:
    """Find the errors of the columns that the row's own meter reads; absent ones stand past the last."""
    errors: PositionedErrors = []
    if shape.customer_position is None:
        errors.append((end, meter.customer_column, _ABSENT))
    else:
        customer = parsers.customers[parsers.names[cells[shape.customer_position]]]
        if isinstance(customer, CellError):
            errors.append((shape.customer_position, meter.customer_column, customer))
    if shape.value_position is None:
        if shape.needs_value:
            errors.append((end + 1, meter.value_column, _ABSENT_VALUE))
    else:
        value = parsers.values[cells[shape.value_position]]
        if value is None and shape.needs_value:
            value = _EMPTY_VALUE
        if isinstance(value, CellError):
            errors.append((shape.value_position, meter.value_column, value))
    return errors
