"""Rows that don't match the header, and cells with line breaks, in files of any kind."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from meterdrop.domain.codes import FileCode, RowCode
from meterdrop.domain.files.cells import LINE_BREAK, content
from meterdrop.domain.files.errors import CellError, FileError, RowError
from meterdrop.domain.files.header import Header
from meterdrop.domain.files.rows import Chunk, NumberedRow, has_line_break, nameless_position

PositionedErrors = list[tuple[int, str, CellError]]
"""Errors with the position and name of their column."""
_CHECKED_ROWS = 1_000
"""If none of this many first rows matches the header, the file has an error."""
_MIN_ROWS = 100
"""With fewer rows, each row gets its own error."""


def check_first_rows(chunks: Iterable[Chunk], layout: Header) -> Iterator[Chunk]:
    """Yield chunks unchanged. Raises FileError if all first rows have the same problem."""
    irregular: list[NumberedRow] = []
    rows = 0
    for chunk in chunks:
        if rows < _CHECKED_ROWS:
            rows += len(chunk.numbers) + len(chunk.irregular)
            irregular += [row for row in chunk.irregular if row[0] <= _CHECKED_ROWS]
            if rows >= _CHECKED_ROWS:
                _check_common_error(irregular, _CHECKED_ROWS, layout)
        yield chunk
    if rows < _CHECKED_ROWS:
        _check_common_error(irregular, rows, layout)


def _check_common_error(irregular: Sequence[NumberedRow], rows: int, layout: Header) -> None:
    """Raise FileError if the first `rows` rows all fail to match the header for the same reason."""
    width, counts = layout.width, Counter(len(cells) for _, cells in irregular)
    if _MIN_ROWS <= rows == len(irregular) and width not in counts:
        raise FileError(
            FileCode.MALFORMED,
            f"None of the first {rows:,} rows matches the header: it has {width} columns, and most of these rows have "
            f"{counts.most_common(1)[0][0]} cells. Each row needs one cell for each column. Check the delimiter and "
            "the quotation marks, and upload the file again. No rows were stored.",
        )
    # `fit_row` removes row numbers up to the first gap, so the rows after the gap are the irregular ones.
    if (
        layout.may_be_numbered
        and 1 < len(irregular) == rows - irregular[0][0] + 1
        and all(len(cells) == width and content(cells[0]).isdecimal() for _, cells in irregular)
    ):
        raise FileError(
            FileCode.UNKNOWN_COLUMNS,
            "The first column has no name and contains row numbers, like an index from pandas or R. Columns without a "
            "name must be empty. Export the file without the index (index=False, row.names=FALSE) and upload it again.",
        )


def shape_error(cells: Sequence[str], layout: Header) -> tuple[int, str, CellError] | None:
    """Return the error of a row that has the wrong number of cells, or a cell without a column name."""
    count, width = len(cells), layout.width
    if count != width:
        message = f"The row has {count} cells but the header has {width}. Each column needs one cell."
        return min(count, width), "", CellError(RowCode.FIELD_COUNT_MISMATCH, message)
    if (position := nameless_position(cells, layout)) is not None:
        message = f"Column {position + 1} has no name but contains a value. Name the column or remove the value."
        return position, "", CellError(RowCode.FIELD_COUNT_MISMATCH, message)
    return None


def with_line_break_errors(errors: PositionedErrors, cells: Sequence[str], layout: Header) -> PositionedErrors:
    """Add the errors of cells with line breaks. They replace other errors of the same cells."""
    # The error file joins all cells beyond the header in one column, so they have one error.
    line_breaks = [position for position, cell in enumerate(cells[: layout.width]) if has_line_break(cell)]
    if any(map(has_line_break, cells[layout.width :])):
        line_breaks.append(layout.width)
    if not line_breaks:
        return errors
    names = [layout.header[position] if position < layout.width else "" for position in line_breaks]
    others = [one for one in errors if one[0] not in line_breaks or not one[1]]
    return others + [(position, name, LINE_BREAK) for position, name in zip(line_breaks, names, strict=True)]


def in_column_order(errors: PositionedErrors) -> tuple[RowError, ...]:
    """Return the errors of a row in the file's column order."""
    if len(errors) > 1:
        errors.sort(key=_position)
    return tuple([RowError(code, name, *text) for _, name, (code, *text) in errors])


def _position(errors: tuple[int, str, CellError]) -> int:
    return errors[0]
