"""Finds all errors of a refused row, in column order. Errors of missing columns come last."""

from collections.abc import Sequence

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import content
from meterdrop.domain.files.errors import CellError, RowError
from meterdrop.domain.files.irregular_rows import PositionedErrors, in_column_order, shape_error, with_line_break_errors
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.validation.field_parsers import Parsers, Shape, parse_identifier, refuse_identifier
from meterdrop.domain.validation.timestamp import refuse_closed
from meterdrop.domain.validation.usage_header import EVENT_NAME, IDENTIFIER, TIMESTAMP, Layout

_ABSENT = CellError(RowCode.NO_CUSTOMER_DEFINED, "The field is missing. This meter requires it.")
_ABSENT_VALUE = CellError(RowCode.VALUE_NOT_FOUND, _ABSENT.message)
_EMPTY_VALUE = CellError(RowCode.VALUE_NOT_FOUND, "The value is missing. This meter requires a number.")


def errors_of(
    cells: Sequence[str], layout: Layout, parsers: Parsers, identity: CellError | None = None, *, is_irregular: bool
) -> tuple[RowError, ...]:
    """Return the errors of a row, empty for a valid row.

    `identity` is the error of its reference to an earlier row, if any. `is_irregular` says whether the row may not
    match the header or may contain a line break.
    """
    width = layout.width
    full = cells if len(cells) >= width else [*cells, *[""] * (width - len(cells))]
    plan, fit_error = parsers.plans[full[layout.event_name]], shape_error(cells, layout) if is_irregular else None
    errors = [] if fit_error is None else [fit_error]
    time = parsers.times[full[layout.timestamp]]
    if isinstance(time, CellError):
        errors.append((layout.timestamp, TIMESTAMP, time))
    elif plan.meter is not None and (period := parsers.window.closed.find(plan.meter.id, time)):
        errors.append((layout.timestamp, TIMESTAMP, refuse_closed(content(full[layout.timestamp]), period)))
    if plan.cell_error is not None:
        errors.append((layout.event_name, EVENT_NAME, plan.cell_error))
    # Without a meter, or if the row doesn't match the header, the customer and value columns are unknown.
    if plan.meter is not None and plan.shape is not None and fit_error is None:
        errors += _customer_and_value(full, plan.meter, plan.shape, parsers, width)
    errors += _others(full, plan.shape, layout, parsers, identity)
    return in_column_order(with_line_break_errors(errors, cells, layout) if is_irregular else errors)


def _others(
    cells: Sequence[str], shape: Shape | None, layout: Layout, parsers: Parsers, identity: CellError | None
) -> PositionedErrors:
    """Return the errors of the identifier and of the other payload."""
    errors: PositionedErrors = []
    position = layout.identifier
    if identity is not None:
        # Without an identifier, the row refers to another row by its column `upload`.
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
    """Return the errors of the customer and value columns. Missing columns get positions from `end`."""
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
