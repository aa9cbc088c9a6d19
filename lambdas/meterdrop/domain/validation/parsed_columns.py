"""Parses the cells of a chunk by column, and collects the invalid cells."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from meterdrop.domain.files.cache import CellCache
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.files.rows import Columns
from meterdrop.domain.metering.event import NO_PAYLOAD
from meterdrop.domain.validation.field_parsers import Parsers, Plan, Shape, parse_identifier, refuse_identifier
from meterdrop.domain.validation.usage_header import Layout

InvalidCells = dict[int, tuple[int, ...]]
"""Positions of invalid cells, by the row's index in the chunk. Empty if a required column is missing."""

_ERROR: tuple[type, ...] = (CellError,)
_EMPTY: tuple[type, ...] = (type(None),)


class ParsedColumns(NamedTuple):
    """The parsed cells of rows whose meters read the same columns, in the order of the rows."""

    shape: Shape | None
    identifiers: Sequence[str | None] | None
    """Identifiers: empty if a row has none, None if it is invalid. None for a file without the column."""
    names: Sequence[str | CellError] | None
    """Customer IDs, registered or not. None if the file doesn't have the column."""
    times: Sequence[object]
    values: Sequence[object] | None
    """None if the file doesn't have the column."""
    texts: Sequence[Sequence[object]]
    """The other payload columns."""
    invalid: InvalidCells
    """All invalid cells except unregistered customers."""


def parse_columns(
    columns: Columns, plans: Sequence[Plan], distinct: Collection[Plan], layout: Layout, parsers: Parsers
) -> ParsedColumns:
    """Parse the cells of rows whose plans have the same shape. `distinct` contains the different plans."""
    shape = plans[0].shape
    invalid: InvalidCells = {}
    if shape is None or shape.customer_position is None or (shape.value_position is None and shape.needs_value):
        invalid = dict.fromkeys(range(len(plans)), ())

    def parse(position: int, cache: CellCache[Any], invalid_types: tuple[type, ...] = _ERROR) -> list[object]:
        results = list(map(cache.__getitem__, columns[position]))
        if not cache.all_valid:
            _add_invalid(invalid, position, results, invalid_types)
        return results

    names = values = None
    times = parse(layout.timestamp, parsers.times)
    if any(plan.cell_error for plan in distinct):
        _add_invalid(invalid, layout.event_name, [plan.cell_error for plan in plans])
    if shape is not None and shape.customer_position is not None:
        names = list(map(parsers.names.__getitem__, columns[shape.customer_position]))
    if shape is not None and shape.value_position is not None:
        values = parse(shape.value_position, parsers.values, _ERROR + _EMPTY if shape.needs_value else _ERROR)
    others = layout.payload.values() if shape is None else [position for _, position in shape.others]
    texts = [parse(position, parsers.texts) for position in others]
    identifiers = None
    if layout.identifier is not None:
        identifiers = list(map(_identifier, columns[layout.identifier]))
        _add_invalid(invalid, layout.identifier, identifiers, _EMPTY)
    return ParsedColumns(shape, identifiers, names, times, values, texts, invalid)


def customers_of(results: ParsedColumns, parsers: Parsers) -> tuple[Sequence[object], InvalidCells]:
    """Return the registered customers of rows, and all invalid cells."""
    names, shape = results.names, results.shape
    if names is None or shape is None or shape.customer_position is None:
        return [None] * len(results.times), results.invalid
    if parsers.all_registered:
        return names, results.invalid
    customers = list(map(parsers.customers.__getitem__, names))
    if parsers.customers.all_valid:
        return customers, results.invalid
    invalid = dict(results.invalid)
    _add_invalid(invalid, shape.customer_position, customers)
    return customers, invalid


def payloads_of(results: ParsedColumns) -> list[Mapping[str, object]]:
    """Return each row's other payload without empty values. All rows must have a meter."""
    if not results.texts or results.shape is None:
        return [NO_PAYLOAD] * len(results.times)
    keys = [key for key, _ in results.shape.others]
    return [
        {key: text for key, text in zip(keys, row, strict=True) if text} for row in zip(*results.texts, strict=True)
    ]


def _add_invalid(
    invalid: InvalidCells, position: int, results: Sequence[object], invalid_types: tuple[type, ...] = _ERROR
) -> None:
    """Add the cells of a column whose results have one of the invalid types."""
    types, only_error = list(map(type, results)), (position,)
    for invalid_type in invalid_types:
        index = -1
        for _ in range(types.count(invalid_type)):
            index = types.index(invalid_type, index + 1)
            invalid[index] = (*invalid[index], position) if index in invalid else only_error


def _identifier(cell: str) -> str | None:
    """Return a row's identifier: empty if it has none, None if it is invalid."""
    identifier = parse_identifier(cell)
    return None if identifier and refuse_identifier(identifier) else identifier
