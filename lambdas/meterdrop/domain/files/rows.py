"""Reads the rows of a file in chunks, by column, so that cells of one kind are parsed together."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from meterdrop.domain.files.cells import content
from meterdrop.domain.files.csv_file import CsvFile
from meterdrop.domain.files.header import NAMELESS_LIMIT, Header
from meterdrop.domain.files.records import is_blank, unwrapped

_CHUNK_ROWS = 1_024
_CHUNK_CHARACTERS = 50 * _CHUNK_ROWS

Cells = Sequence[str]
Columns = tuple[Cells, ...]
NumberedRow = tuple[int, Cells]
_RowBatch = tuple[Columns | None, Iterator[Cells]]
"""Rows as columns, None if a row doesn't match the header; and the rows as read."""


class Chunk(NamedTuple):
    """Consecutive rows."""

    numbers: Sequence[int]
    """The numbers of the rows in `columns`."""
    columns: Columns
    """The cells as in the file, for each column of the header."""
    irregular: Sequence[NumberedRow]
    """The other rows, with their numbers: they don't match the header or contain a line break, so all are refused."""

    def row(self, index: int) -> list[str]:
        """Return the cells of one row in `columns`. `index` is its position in the chunk."""
        return [column[index] for column in self.columns]


def read_rows(file: CsvFile, layout: Header) -> Iterator[Chunk]:
    """Read all rows below the header. Skips blank records without counting them."""
    before = 0
    for batch_columns, rows in _read_quoted(file, layout) if file.has_quotes else _read_plain(file, layout):
        columns = None if batch_columns is None else _fit_columns(batch_columns, layout, before + 1)
        if columns is not None and not _has_irregular_rows(columns, layout, has_blanks=file.has_blanks):
            numbers = range(before + 1, before + 1 + len(columns[0]))
            before += len(numbers)
            yield Chunk(numbers, columns, ())
        else:
            numbered = list(enumerate((cells for cells in rows if not _is_blank_row(cells, layout)), before + 1))
            before += len(numbered)
            yield _chunk(numbered, layout, file.delimiter)


def fit_row(number: int, cells: Cells, layout: Header, delimiter: str) -> Cells:
    """Return a row with the known changes of programs undone. Any other row is returned unchanged.

    - Removes quotation marks around the whole row, unless they may belong to one cell.
    - Removes empty cells beyond the header.
    - Adds empty cells for missing ones at the end, if these columns may be empty.
    - Removes the row's number, counted from 0 or 1, from a first column without a name.
    """
    row, width = cells, layout.width
    if len(row) == 1 < width:
        row = unwrapped(row, delimiter)
        # Rows of error files are never short.
        if is_blank(row) or (len(row) > 1 and layout.upload is None and layout.min_cells(cells) == 1):
            return cells
    if len(row) > width and not any(map(content, row[width:])):
        row = row[:width]
    elif layout.min_cells(row) <= len(row) < width:
        row = [*row, *[""] * (width - len(row))]
    if len(row) != width:
        return cells
    if layout.may_be_numbered and content(row[0]) in {str(number - 1), str(number)}:
        row = ["", *row[1:]]
    return row


def nameless_position(cells: Cells, layout: Header) -> int | None:
    """Return the position of the first cell that isn't empty but has no column name."""
    return next((position for position in layout.nameless if content(cells[position])), None)


def has_line_break(cell: str) -> bool:
    """Return whether a cell contains a line break."""
    return "\n" in cell or "\r" in cell


def _read_quoted(file: CsvFile, layout: Header) -> Iterator[_RowBatch]:
    """Read the rows of a file with quotation marks."""
    records = file.records()
    line = records.line_num
    while rows := list(islice(records, _CHUNK_ROWS)):
        line_before, line = line, records.line_num
        columns = None
        widths = set(map(len, rows))
        # More lines than records mean that a cell contains a line break.
        if line - line_before == len(rows) and len(widths) == 1 and _may_fit(len(rows[0]), layout):
            columns = tuple(zip(*rows, strict=True))
        yield columns, iter(rows)


def _read_plain(file: CsvFile, layout: Header) -> Iterator[_RowBatch]:
    """Read the rows of a file without quotation marks by splitting its text.

    Splits many lines at once, with each line end as a separate cell. If all line ends are in one column, every line
    has as many cells as the header.
    """
    delimiter, width = file.delimiter, layout.width
    line_end = f"{delimiter}\n{delimiter}"
    for start, end in file.spans(_CHUNK_CHARACTERS):
        piece = file.text[start:end]
        count = piece.count("\n") + 1
        cells = piece.replace("\n", line_end).split(delimiter)
        columns = _columns(cells, count, width)
        if columns is None:
            # All rows may have the same number of extra or missing cells.
            in_first = piece.partition("\n")[0].count(delimiter) + 1
            columns = _columns(cells, count, in_first) if _may_fit(in_first, layout) else None
        yield columns, _split_lines(piece, delimiter)


def _columns(cells: list[str], count: int, width: int) -> Columns | None:
    """Return the cells of `count` lines by column, None unless each line has `width` cells."""
    stride = width + 1
    if len(cells) != count * stride - 1 or cells[width::stride].count("\n") != count - 1:
        return None
    return tuple([cells[position::stride] for position in range(width)])


def _may_fit(width: int, layout: Header) -> bool:
    """Return whether rows of this width can be read by column. Excludes rows quoted as a whole and very wide ones."""
    return width == layout.width or 1 < width <= layout.width + NAMELESS_LIMIT


def _fit_columns(columns: Columns, layout: Header, first: int) -> Columns | None:
    """Do the same as `fit_row` for all rows at once. Return None if rows may not match the header."""
    count, width = len(columns), layout.width
    if not count:
        return None
    if count > width:
        if any(content(cell) for column in columns[width:] for cell in set(column)):
            return None
        columns = columns[:width]
    elif count < width:
        if any(layout.min_cells(row) > count for row in zip(*columns, strict=True)):
            return None
        columns = (*columns, *[[""] * len(columns[0])] * (width - count))
    if layout.may_be_numbered:
        rows = len(columns[0])
        if list(columns[0]) in ([*map(str, range(start, start + rows))] for start in (first - 1, first)):
            return ([""] * rows, *columns[1:])
    return columns


def _split_lines(piece: str, delimiter: str) -> Iterator[Cells]:
    for line in piece.split("\n"):
        yield line.split(delimiter)


def _has_irregular_rows(columns: Columns, layout: Header, *, has_blanks: bool) -> bool:
    """Return whether a row is blank or has a cell without a column name."""
    if any(content(cell) for position in layout.nameless for cell in set(columns[position])):
        return True
    # If one column has no blank cells, no row is blank. str.strip() removes more than `content`, so if any text
    # remains, the cell isn't blank.
    for position in (layout.filled, *range(layout.width)):
        if position not in layout.error_columns and all(
            map(str.strip, columns[position]) if has_blanks else columns[position]
        ):
            return False
    filled = list(map(str.strip, columns[layout.filled]))
    index = -1
    for _ in range(filled.count("")):
        index = filled.index("", index + 1)
        if _is_blank_row([column[index] for column in columns], layout):
            return True
    return False


def _is_blank_row(cells: Cells, layout: Header) -> bool:
    """Return whether a record is blank except for error columns, like the note at the end of an error file."""
    cells_of_file = (
        [cell for position, cell in enumerate(cells) if position not in layout.error_columns]
        if layout.error_columns
        else cells
    )
    return is_blank(cells_of_file)


def _chunk(numbered: Sequence[NumberedRow], layout: Header, delimiter: str) -> Chunk:
    """Separate rows that match the header from irregular ones."""
    fitting: list[NumberedRow] = []
    irregular: list[NumberedRow] = []
    for number, row in numbered:
        cells = fit_row(number, row, layout, delimiter)
        fits = (
            len(cells) == layout.width
            and not any(map(has_line_break, cells))
            and nameless_position(cells, layout) is None
        )
        (fitting if fits else irregular).append((number, cells))
    columns = tuple(zip(*(cells for _, cells in fitting), strict=True)) or ((),) * layout.width
    return Chunk([number for number, _ in fitting], columns, irregular)
