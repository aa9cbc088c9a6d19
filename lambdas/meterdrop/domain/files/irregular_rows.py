"""Errors that a row of any kind of file may have: it does not fit the header, or a cell goes over lines."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from meterdrop.domain.codes import FileCode, RowCode
from meterdrop.domain.files.cells import LINE_BREAK, content
from meterdrop.domain.files.errors import CellError, FileError, RowError
from meterdrop.domain.files.header import Header
from meterdrop.domain.files.rows import Chunk, Numbered, is_broken, under_nameless

_BROKEN = CellError(RowCode.FIELD_INVALID, LINE_BREAK)

FoundErrors = list[tuple[int, str, CellError]]
"""Refusals with the position and the name of their column."""
_TOLD_BY = 1_000
"""Rows of which one must fit the header."""
_MIN_ROWS = 100
"""Rows of which each may have a fault of its own."""


def refuse_unfit(chunks: Iterable[Chunk], layout: Header) -> Iterator[Chunk]:
    """Pass chunks on; raises FileFault where the first rows have one fault in common, the whole file's then."""
    misfits: list[Numbered] = []
    rows = 0
    for chunk in chunks:
        if rows < _TOLD_BY:
            rows += len(chunk.numbers) + len(chunk.irregular)
            misfits += [row for row in chunk.irregular if row[0] <= _TOLD_BY]
            if rows >= _TOLD_BY:
                _refuse_alike(misfits, _TOLD_BY, layout)
        yield chunk
    if rows < _TOLD_BY:
        _refuse_alike(misfits, rows, layout)


def _refuse_alike(misfits: Sequence[Numbered], rows: int, layout: Header) -> None:
    """Raise FileFault where so many first rows are alike in what does not fit the header."""
    width, counts = layout.width, Counter(len(cells) for _, cells in misfits)
    if _MIN_ROWS <= rows == len(misfits) and width not in counts:
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
        and 1 < len(misfits) == rows - misfits[0][0] + 1
        and all(len(cells) == width and content(cells[0]).isdecimal() for _, cells in misfits)
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
    if (at := under_nameless(cells, layout)) is not None:
        words = f"A cell stands in column {at + 1}, which has no name. Name the column or empty the cell."
        return at, "", CellError(RowCode.FIELD_COUNT_MISMATCH, words)
    return None


def with_line_break_errors(found: FoundErrors, cells: Sequence[str], layout: Header) -> FoundErrors:
    """Put a line break before whatever else is wrong with its cell."""
    # What goes beyond the header has one column in the error file, and one error.
    broken = [at for at, cell in enumerate(cells[: layout.width]) if is_broken(cell)]
    if any(map(is_broken, cells[layout.width :])):
        broken.append(layout.width)
    if not broken:
        return found
    names = [layout.header[at] if at < layout.width else "" for at in broken]
    others = [one for one in found if one[0] not in broken or not one[1]]
    return others + [(at, name, _BROKEN) for at, name in zip(broken, names, strict=True)]


def in_column_order(found: FoundErrors) -> tuple[RowError, ...]:
    """Return the errors of a row in the file's column order."""
    if len(found) > 1:
        found.sort(key=_position)
    return tuple([RowError(cell_error.code, name, cell_error.message) for _, name, cell_error in found])


def _position(found: tuple[int, str, CellError]) -> int:
    return found[0]
