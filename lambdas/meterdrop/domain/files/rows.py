"""The rows of a file in chunks, as columns: cells of one kind are parsed together. Nothing of a chunk is kept."""

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
"""Rows as columns, None where one does not fit the header; and as they were read."""


class Chunk(NamedTuple):
    """Rows that follow each other."""

    numbers: Sequence[int]
    """The numbers of the rows in `columns`."""
    columns: Columns
    """The cells as they stand in the file, by column, as many columns as the header has."""
    irregular: Sequence[NumberedRow]
    """Rows between those that do not fit the header or hold a line break: never good ones."""

    def row(self, position: int) -> list[str]:
        """Return the cells of one row in `columns`."""
        return [column[position] for column in self.columns]


def read_rows(file: CsvFile, layout: Header) -> Iterator[Chunk]:
    """Read every record below the header. Blank ones are skipped and not numbered."""
    before = 0
    for read, rows in _read_quoted(file, layout) if file.has_quotes else _read_plain(file, layout):
        columns = None if read is None else _fit_columns(read, layout, before + 1)
        if columns is not None and not _has_irregular_rows(columns, layout, has_blanks=file.has_blanks):
            numbers = range(before + 1, before + 1 + len(columns[0]))
            before += len(numbers)
            yield Chunk(numbers, columns, ())
        else:
            numbered = list(enumerate((cells for cells in rows if not _is_blank_row(cells, layout)), before + 1))
            before += len(numbered)
            yield _chunk(numbered, layout, file.delimiter)


def fit_row(number: int, cells: Cells, layout: Header, delimiter: str) -> Cells:
    """Return a row as it fits the header, where it is plain what a program left out or added; else as it stands.

    - Quotes around the whole row are taken off, unless they may be those of one cell.
    - Empty cells beyond the header are dropped.
    - Cells that are missing at the end are empty, where they may be.
    - The row's number, from 0 or from 1, under a first column without a name is left out.
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
    """Return the position of the first cell that stands in a column without a name."""
    return next((position for position in layout.nameless if content(cells[position])), None)


def has_line_break(cell: str) -> bool:
    """Tell whether a cell goes over more than one line."""
    return "\n" in cell or "\r" in cell


def _read_quoted(file: CsvFile, layout: Header) -> Iterator[_RowBatch]:
    """Read the rows of a file that has quotes."""
    records = file.records()
    line = records.line_num
    while rows := list(islice(records, _CHUNK_ROWS)):
        line_before, line = line, records.line_num
        columns = None
        widths = set(map(len, rows))
        # More lines than records: a cell holds a line break.
        if line - line_before == len(rows) and len(widths) == 1 and _may_fit(len(rows[0]), layout):
            columns = tuple(zip(*rows, strict=True))
        yield columns, iter(rows)


def _read_plain(file: CsvFile, layout: Header) -> Iterator[_RowBatch]:
    """Read the rows of a file without quotes: splitting is enough.

    All cells of a piece are split at once, each line end as a cell of its own. If all line ends are in one column,
    every line has as many cells as the header.
    """
    delimiter, width = file.delimiter, layout.width
    line_end = f"{delimiter}\n{delimiter}"
    for start, end in file.spans(_CHUNK_CHARACTERS):
        piece = file.text[start:end]
        count = piece.count("\n") + 1
        cells = piece.replace("\n", line_end).split(delimiter)
        columns = _columns(cells, count, width)
        if columns is None:
            # Every row may have the same cells too many, or too few.
            in_first = piece.partition("\n")[0].count(delimiter) + 1
            columns = _columns(cells, count, in_first) if _may_fit(in_first, layout) else None
        yield columns, _split_lines(piece, delimiter)


def _columns(cells: list[str], count: int, width: int) -> Columns | None:
    """Return the cells of a piece of so many lines by column, where each line has `width`."""
    stride = width + 1
    if len(cells) != count * stride - 1 or cells[width::stride].count("\n") != count - 1:
        return None
    return tuple([cells[position::stride] for position in range(width)])


def _may_fit(width: int, layout: Header) -> bool:
    """Tell whether rows of so many cells may fit all at once: one cell may hold a whole row, hostile rows millions."""
    return width == layout.width or 1 < width <= layout.width + NAMELESS_LIMIT


def _fit_columns(columns: Columns, layout: Header, first: int) -> Columns | None:
    """Return columns as they fit the header, as `fitted` does with a row; None where rows may not fit."""
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
    """Tell whether a row is blank or has a cell in a column without a name."""
    if any(content(cell) for position in layout.nameless for cell in set(columns[position])):
        return True
    # A row is blank only where all cells are: one column without blank cells tells that none is. str.strip() takes off
    # more than `content` does: what it leaves something of is no blank cell.
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
    """Tell whether a record is blank, what an error file adds aside: one may end in a note of what it does not list."""
    own = (
        [cell for position, cell in enumerate(cells) if position not in layout.error_columns]
        if layout.error_columns
        else cells
    )
    return is_blank(own)


def _chunk(numbered: Sequence[NumberedRow], layout: Header, delimiter: str) -> Chunk:
    """Sort rows out."""
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
