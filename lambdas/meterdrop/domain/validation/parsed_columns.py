"""What the parsers say of a chunk's cells, column by column; and which cells they find at fault."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from meterdrop.domain.files.cache import CellCache
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.files.rows import Columns
from meterdrop.domain.metering.event import NO_PAYLOAD
from meterdrop.domain.validation.field_parsers import Parsers, Plan, Shape, identifier_of, refuse_identifier
from meterdrop.domain.validation.usage_header import Layout

InvalidCells = dict[int, tuple[int, ...]]
"""By the place of a row in its chunk the positions of its cells at fault; none where it lacks a column."""

_REFUSED: tuple[type, ...] = (CellError,)
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
    if shape is None or shape.customer_at is None or (shape.value_at is None and shape.needs_value):
        invalid = dict.fromkeys(range(len(plans)), ())

    def asked(at: int, cache: CellCache[Any], invalid_rows: tuple[type, ...] = _REFUSED) -> list[object]:
        answers = list(map(cache.__getitem__, columns[at]))
        if not cache.all_valid:
            _note(invalid, at, answers, invalid_rows)
        return answers

    names = values = None
    times = asked(layout.timestamp, parsers.times)
    if any(plan.cell_error for plan in distinct):
        _note(invalid, layout.event_name, [plan.cell_error for plan in plans])
    if shape is not None and shape.customer_at is not None:
        names = list(map(parsers.names.__getitem__, columns[shape.customer_at]))
    if shape is not None and shape.value_at is not None:
        values = asked(shape.value_at, parsers.values, _REFUSED + _EMPTY if shape.needs_value else _REFUSED)
    others = layout.payload.values() if shape is None else [at for _, at in shape.others]
    texts = [asked(at, parsers.texts) for at in others]
    identifiers = None
    if layout.identifier is not None:
        identifiers = list(map(_identifier, columns[layout.identifier]))
        _note(invalid, layout.identifier, identifiers, _EMPTY)
    return ParsedColumns(shape, identifiers, names, times, values, texts, invalid)


def customers_of(answers: ParsedColumns, parsers: Parsers) -> tuple[Sequence[object], InvalidCells]:
    """Return the registered customers of rows, and all faults."""
    names, shape = answers.names, answers.shape
    if names is None or shape is None or shape.customer_at is None:
        return [None] * len(answers.times), answers.invalid
    if parsers.are_registered:
        return names, answers.invalid
    customers = list(map(parsers.customers.__getitem__, names))
    if parsers.customers.all_valid:
        return customers, answers.invalid
    invalid = dict(answers.invalid)
    _note(invalid, shape.customer_at, customers)
    return customers, invalid


def payloads_of(answers: ParsedColumns) -> list[Mapping[str, object]]:
    """Return each row's payload that is neither customer nor value; empty texts are left out. For rows of a meter."""
    if not answers.texts or answers.shape is None:
        return [NO_PAYLOAD] * len(answers.times)
    keys = [key for key, _ in answers.shape.others]
    return [
        {key: text for key, text in zip(keys, row, strict=True) if text} for row in zip(*answers.texts, strict=True)
    ]


def _note(invalid: InvalidCells, at: int, answers: Sequence[object], invalid_rows: tuple[type, ...] = _REFUSED) -> None:
    """Note which answers for a column are of a type that is at fault."""
    types, alone = list(map(type, answers)), (at,)
    for wanted in invalid_rows:
        place = -1
        for _ in range(types.count(wanted)):
            place = types.index(wanted, place + 1)
            invalid[place] = (*invalid[place], at) if place in invalid else alone


def _identifier(cell: str) -> str | None:
    """Return a row's identifier, empty where it has none, None where it is refused."""
    identifier = identifier_of(cell)
    return None if identifier and refuse_identifier(identifier) else identifier
