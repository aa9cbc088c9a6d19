"""Errors that a row of any kind of file may have: it does not fit the header, or a cell goes over lines."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from meterdrop.domain.codes import FileCode, RowCode
from meterdrop.domain.files.cells import LINE_BREAK, content
from meterdrop.domain.files.errors import CellError, FileError, RowError
from meterdrop.domain.files.header import Header
from meterdrop.domain.files.rows import Chunk, NumberedRow, has_line_break, nameless_position

_BROKEN = CellError(RowCode.FIELD_INVALID, LINE_BREAK)

PositionedErrors = list[tuple[int, str, CellError]]
"""Refusals with the position and the name of their column."""
_CHECKED_ROWS = 1_000
"""Rows of which one must fit the header."""
_MIN_ROWS = 100
"""Rows of which each may have a fault of its own."""


def check_first_rows(chunks: Iterable[Chunk], layout: Header) -> Iterator[Chunk]:
    """Pass chunks on; raises FileFault where the first rows have one fault in common, the whole file's then."""
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
    """Raise FileFault where so many first rows are alike in what does not fit the header."""
    width, counts = layout.width, Counter(len(cells) for _, cells in irregular)
    if _MIN_ROWS <= rows == len(irregular) and width not in counts:
        raise FileError(
            FileCode.MALFORMED,
            f"None of the first {rows:,} rows fits the header: it has {width} cells, and most of these rows have "
            f"{counts.most_common(1)[0][0]}. Each row needs one cell for each column. Look for a delimiter that the "
            "header and the rows do not share and for quotes around whole lines, then upload the file again. No rows "
            "were stored.",
        )
    # Where numbers follow each other for some rows, they were taken for an index; from the first gap on they are not.
    if (
        layout.may_be_numbered
        and 1 < len(irregular) == rows - irregular[0][0] + 1
        and all(len(cells) == width and content(cells[0]).isdecimal() for _, cells in irregular)
    ):
        raise FileError(
            FileCode.UNKNOWN_COLUMNS,
            "The first column has no name, and every row has a number in it: this looks like the index of pandas or R. "
            "A column without a name must be empty. Export the file without the index (index=False, "
            "row.names=FALSE), and upload it again.",
        )


def shape_error(cells: Sequence[str], layout: Header) -> tuple[int, str, CellError] | None:
    """Find what does not fit the header: too few or too many cells, or one in a column without a name."""
    count, width = len(cells), layout.width
    if count != width:
        words = f"The row has {count} cells where the header has {width}."
        return min(count, width), "", CellError(RowCode.FIELD_COUNT_MISMATCH, words)
    if (position := nameless_position(cells, layout)) is not None:
        words = f"A cell stands in column {position + 1}, which has no name. Name the column or empty the cell."
        return position, "", CellError(RowCode.FIELD_COUNT_MISMATCH, words)
    return None


def with_line_break_errors(errors: PositionedErrors, cells: Sequence[str], layout: Header) -> PositionedErrors:
    """Put a line break before whatever else is wrong with its cell."""
    # What goes beyond the header has one column in the error file, and one error.
    broken = [position for position, cell in enumerate(cells[: layout.width]) if has_line_break(cell)]
    if any(map(has_line_break, cells[layout.width :])):
        broken.append(layout.width)
    if not broken:
        return errors
    names = [layout.header[position] if position < layout.width else "" for position in broken]
    others = [one for one in errors if one[0] not in broken or not one[1]]
    return others + [(position, name, _BROKEN) for position, name in zip(broken, names, strict=True)]


def in_column_order(errors: PositionedErrors) -> tuple[RowError, ...]:
    """Return the errors of a row in the file's column order."""
    if len(errors) > 1:
        errors.sort(key=_position)
    return tuple([RowError(cell_error.code, name, cell_error.message) for _, name, cell_error in errors])


def _position(errors: tuple[int, str, CellError]) -> int:
    return errors[0]
