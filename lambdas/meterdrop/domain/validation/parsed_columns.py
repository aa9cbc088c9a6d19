"""What the parsers say of a chunk's cells, column by column; and which cells they find at fault."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from meterdrop.domain.files.cache import CellCache
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.files.rows import Columns
from meterdrop.domain.metering.event import NO_PAYLOAD
from meterdrop.domain.validation.field_parsers import Parsers, Plan, Shape, parse_identifier, refuse_identifier
from meterdrop.domain.validation.usage_header import Layout

InvalidCells = dict[int, tuple[int, ...]]
"""By the place of a row in its chunk the positions of its cells at fault; none where it lacks a column."""

_ERROR: tuple[type, ...] = (CellError,)
_EMPTY: tuple[type, ...] = (type(None),)


class ParsedColumns(NamedTuple):
    """The answers for rows whose meters read the same columns, in the order of the rows."""

    shape: Shape | None
    identifiers: Sequence[str | None] | None
    """Identifiers, empty where a row has none, None where it is refused; None for a file without the column."""
    names: Sequence[str | CellError] | None
    """Of customers, who may not be registered; None where the file lacks the column."""
    times: Sequence[object]
    values: Sequence[object] | None
    """None where the file lacks the column."""
    texts: Sequence[Sequence[object]]
    """The other payload columns."""
    invalid: InvalidCells
    """All but those of customers."""


def parse_columns(
    columns: Columns, plans: Sequence[Plan], distinct: Collection[Plan], layout: Layout, parsers: Parsers
) -> ParsedColumns:
    """Ask the parsers about every cell that may not hold just anything; `distinct` are all plans there are."""
    shape = plans[0].shape
    invalid: InvalidCells = {}
    if shape is None or shape.customer_position is None or (shape.value_position is None and shape.needs_value):
        invalid = dict.fromkeys(range(len(plans)), ())

    def parse(position: int, cache: CellCache[Any], invalid_rows: tuple[type, ...] = _ERROR) -> list[object]:
        results = list(map(cache.__getitem__, columns[position]))
        if not cache.all_valid:
            _add_invalid(invalid, position, results, invalid_rows)
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
    """Return the registered customers of rows, and all faults."""
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
    """Return each row's payload that is neither customer nor value; empty texts are left out. For rows of a meter."""
    if not results.texts or results.shape is None:
        return [NO_PAYLOAD] * len(results.times)
    keys = [key for key, _ in results.shape.others]
    return [
        {key: text for key, text in zip(keys, row, strict=True) if text} for row in zip(*results.texts, strict=True)
    ]


def _add_invalid(
    invalid: InvalidCells, position: int, results: Sequence[object], invalid_rows: tuple[type, ...] = _ERROR
) -> None:
    """Note which answers for a column are of a type that is at fault."""
    types, alone = list(map(type, results)), (position,)
    for wanted in invalid_rows:
        index = -1
        for _ in range(types.count(wanted)):
            index = types.index(wanted, index + 1)
            invalid[index] = (*invalid[index], position) if index in invalid else alone


def _identifier(cell: str) -> str | None:
    """Return a row's identifier, empty where it has none, None where it is refused."""
    identifier = parse_identifier(cell)
    return None if identifier and refuse_identifier(identifier) else identifier
