"""Validates rows. The result depends only on the file, the upload's arrival, and the meters and customers as read.

This is the hot path. `parsed_columns` parses the cells of a chunk by column. A row with only valid cells is an event.
For every other row, `errors_of` finds the errors with the same parsers. They are cached by the invalid cells.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import TypeVar

from meterdrop.domain.files.csv_file import CsvFile
from meterdrop.domain.files.errors import CellError, RowError
from meterdrop.domain.files.rows import Cells, Chunk, Columns, NumberedRow, read_rows
from meterdrop.domain.ids import event_id
from meterdrop.domain.validation.field_parsers import Parsers, Plan, Shape, parse_identifier, refuse_identifier
from meterdrop.domain.validation.parsed_columns import (
    InvalidCells,
    ParsedColumns,
    customers_of,
    parse_columns,
    payloads_of,
)
from meterdrop.domain.validation.results import ChunkResult, RefusedRow, ValidRows, refused_rows
from meterdrop.domain.validation.row_errors import errors_of
from meterdrop.domain.validation.usage_header import Layout

_T = TypeVar("_T")


def validate_rows(file: CsvFile, upload_id: str, layout: Layout, parsers: Parsers) -> Iterator[ChunkResult]:
    """Validate all rows of a file, in order. Repeated calls have the same results."""
    for chunk in read_rows(file, layout):
        yield validate(chunk, upload_id, layout, parsers)


def validate(chunk: Chunk, upload_id: str, layout: Layout, parsers: Parsers) -> ChunkResult:
    """Validate the rows of a chunk."""
    plans, distinct, shapes = _plans(chunk, layout, parsers)
    if len(shapes) == 1:
        validated = _validate_rows((chunk.numbers, chunk.columns, plans), distinct, upload_id, layout, parsers)
    else:
        parts = _split_by_columns(chunk, plans, shapes)
        validated = _merge([_validate_rows(part, set(part[2]), upload_id, layout, parsers) for part in parts])
    if chunk.irregular:
        irregular = (_refuse_irregular(row, upload_id, layout, parsers) for row in chunk.irregular)
        return ChunkResult(validated.good, sorted([*validated.refused, *irregular], key=itemgetter(1)))
    return validated


def _plans(chunk: Chunk, layout: Layout, parsers: Parsers) -> tuple[list[Plan], set[Plan], set[Shape | None]]:
    """Return the plan of each row, the different plans, and their different shapes."""
    plans = list(map(parsers.plans.__getitem__, chunk.columns[layout.event_name]))
    distinct = set(plans)
    return plans, distinct, {plan.shape for plan in distinct}


_Part = tuple[Sequence[int], Columns, Sequence[Plan]]
"""Rows: their numbers, cells by column, and plans."""


def _split_by_columns(chunk: Chunk, plans: Sequence[Plan], shapes: set[Shape | None]) -> Iterator[_Part]:
    """Split rows by the columns that their meters read."""
    for shape in shapes:
        indexes = [index for index, plan in enumerate(plans) if plan.shape == shape]
        columns = tuple(_pick(column, indexes) for column in chunk.columns)
        yield _pick(chunk.numbers, indexes), columns, _pick(plans, indexes)


def _merge(parts: Sequence[ChunkResult]) -> ChunkResult:
    """Merge results in the order of the file."""
    good = sorted((row for part in parts for row in part.good), key=itemgetter(1))
    columns = tuple(zip(*good, strict=True))
    refused = sorted((row for part in parts for row in part.refused), key=itemgetter(1))
    return ChunkResult(ValidRows(columns, range(len(good)), len(good)), refused)


def _validate_rows(
    part: _Part, distinct: Collection[Plan], upload_id: str, layout: Layout, parsers: Parsers
) -> ChunkResult:
    """Validate rows whose meters read the same columns."""
    numbers, columns, plans = part

    def pick_cells(indexes: Sequence[int]) -> list[Cells]:
        return list(zip(*(_pick(column, indexes) for column in columns), strict=True))

    parsed = parse_columns(columns, plans, distinct, layout, parsers)
    return _validate_parsed((numbers, plans, parsed), pick_cells, upload_id, layout, parsers)


_ParsedRows = tuple[Sequence[int], Sequence[Plan], ParsedColumns]
"""Rows: their numbers, plans and parsed cells."""


def _validate_parsed(
    rows: _ParsedRows,
    pick_cells: Callable[[Sequence[int]], Sequence[Cells]],
    upload_id: str,
    layout: Layout,
    parsers: Parsers,
) -> ChunkResult:
    """Validate parsed rows. `pick_cells` returns the cells of the rows at some indexes."""
    numbers, plans, parsed = rows
    customers, invalid = customers_of(parsed, parsers)
    identifiers = [""] * len(plans) if parsed.identifiers is None else parsed.identifiers
    if parsers.window.closed.periods:
        invalid = _with_closed_periods(plans, parsed.times, invalid, layout, parsers)
    if parsers.identities:
        identifiers, invalid = _with_identities(numbers, identifiers, invalid, layout, parsers.identities)
    values = [None] * len(plans) if parsed.values is None else parsed.values
    is_valid = bytearray(b"\1") * len(plans)
    for index in invalid:
        is_valid[index] = 0
    columns = (identifiers, numbers, plans, customers, parsed.times, values, payloads_of(parsed))
    good = ValidRows(columns, is_valid, len(plans) - len(invalid))
    if not invalid:
        return ChunkResult(good, [])
    # Processing all invalid rows at once is four times as fast as row by row.
    indexes = sorted(invalid)
    pick = _picker(indexes)
    ids = [
        f"{upload_id}:{row}" if id_ == "" else id_ for id_, row in zip(pick(identifiers), pick(numbers), strict=True)
    ]
    invalid_rows = zip(pick(plans), pick(invalid), strict=True)
    return ChunkResult(good, _refuse((ids, pick(numbers), pick_cells(indexes)), invalid_rows, layout, parsers))


def _with_closed_periods(
    plans: Sequence[Plan], times: Sequence[object], invalid: InvalidCells, layout: Layout, parsers: Parsers
) -> InvalidCells:
    """Return the invalid cells, with the timestamps that are in a closed period of the row's meter."""
    positions, find = dict(invalid), parsers.window.closed.find
    for index, (plan, time) in enumerate(zip(plans, times, strict=True)):
        if plan.meter is not None and isinstance(time, int) and find(plan.meter.id, time):
            positions[index] = (*positions.get(index, ()), layout.timestamp)
    return positions


def _with_identities(
    numbers: Sequence[int],
    identifiers: Sequence[str | None],
    invalid: InvalidCells,
    layout: Layout,
    identities: Mapping[int, str | CellError],
) -> tuple[list[str | None], InvalidCells]:
    """Return identifiers and invalid cells of rows, updated with the IDs of referenced rows."""
    ids, errors_by_row = list(identifiers), dict(invalid)
    for index, number in enumerate(numbers):
        id_ = identities.get(number)
        if isinstance(id_, CellError):
            ids[index] = None
            errors_by_row[index] = (*errors_by_row.get(index, ()), layout.identity)
        elif id_ is not None:
            ids[index] = id_
    return ids, errors_by_row


def _refuse(
    rows: tuple[Sequence[str | None], Sequence[int], Sequence[Cells]],
    invalid_rows: Iterable[tuple[Plan, tuple[int, ...]]],
    layout: Layout,
    parsers: Parsers,
) -> list[RefusedRow]:
    """Return refused rows with their errors. `invalid_rows` has the plan and invalid positions of each row."""
    ids, numbers, cells = rows
    # Rows with the same plan and the same invalid cells have the same errors.
    pick_cells, identities = parsers.pick_cells, parsers.identities
    keys = [
        (plan, positions, pick_cells[positions](row), _cell_error(identities, number))
        for (plan, positions), number, row in zip(invalid_rows, numbers, cells, strict=True)
    ]
    cache = parsers.errors
    errors = [
        cache.get(key)
        or cache.store(key, _require_errors(number, errors_of(row, layout, parsers, key[3], is_irregular=False)))
        for key, number, row in zip(keys, numbers, cells, strict=True)
    ]
    return refused_rows(ids, numbers, cells, errors)


def _cell_error(identities: Mapping[int, str | CellError], number: int) -> CellError | None:
    identity = identities.get(number)
    return identity if isinstance(identity, CellError) else None


def _require_errors(number: int, errors: tuple[RowError, ...]) -> tuple[RowError, ...]:
    if not errors:
        raise RuntimeError(f"Row {number} is neither valid nor refused. This is a bug in Meterdrop.")
    return errors


def _refuse_irregular(row: NumberedRow, upload_id: str, layout: Layout, parsers: Parsers) -> RefusedRow:
    """Validate a row that doesn't match the header or contains a line break."""
    number, cells = row
    identity = parsers.identities.get(number)
    errors = _require_errors(
        number, errors_of(cells, layout, parsers, _cell_error(parsers.identities, number), is_irregular=True)
    )
    if identity is not None:
        return RefusedRow(None if isinstance(identity, CellError) else identity, number, cells, errors)
    position = layout.identifier
    identifier = "" if position is None or position >= len(cells) else parse_identifier(cells[position])
    if not identifier:
        return RefusedRow(event_id(upload_id, number), number, cells, errors)
    return RefusedRow(None if refuse_identifier(identifier) else identifier, number, cells, errors)


def _pick(items: Sequence[_T], indexes: Sequence[int]) -> list[_T]:
    return [items[index] for index in indexes]


def _picker(indexes: Sequence[int]) -> Callable[[Sequence[_T] | Mapping[int, _T]], Sequence[_T]]:
    """Return a function that returns the items at the indexes, of which there is at least one."""
    return itemgetter(*indexes) if len(indexes) > 1 else lambda items: [items[indexes[0]]]
