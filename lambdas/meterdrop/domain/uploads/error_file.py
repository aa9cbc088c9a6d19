"""The error file: refused rows as they were in the upload, with their ids and errors."""

import codecs
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, repeat
from typing import NamedTuple

from meterdrop.domain.files.cache import Cache
from meterdrop.domain.files.cells import content, guard
from meterdrop.domain.files.csv_file import CsvFile
from meterdrop.domain.files.errors import RowError
from meterdrop.domain.files.header import ERROR_COLUMNS, UPLOAD, Header
from meterdrop.domain.files.records import quoting
from meterdrop.domain.files.rows import Cells, has_line_break
from meterdrop.domain.uploads.error_cells import ErrorMessages, ValueCells
from meterdrop.domain.uploads.error_parts import LINE_END, Cut, Limits, Part, cut_into_parts
from meterdrop.domain.uploads.upload import Failure
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.domain.validation.usage_header import IDENTIFIER

_BLOCK = 4 * 1_024  # cells that are written at a time
_PLAIN_CHECK_ROWS = 4 * 1_024  # rows for which the whole text is not searched
_ERRORS_SIZE = 600  # bytes of the errors of a row, about
_LONG_ROW = 1_000_000  # characters: with its errors, a row of as many fits into a part of 5 MiB, whatever they are
_LONG_CELL = 1_000  # characters of a cell that are kept of a longer row; more than any cell may have
_BETWEEN = "\0"  # a file that holds this character is refused as a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFileLayout:
    """What decides how an error file looks, beside its rows."""

    upload_id: str
    file: CsvFile
    layout: Header
    overflows: bool
    """Whether a row of the file has more cells than the header."""
    values: ValueCells | None = None
    """Which cells are values, in a file of usage."""

    @property
    def written_columns(self) -> Sequence[int]:
        """The columns of the file that are written."""
        return [position for position in range(self.layout.width) if position not in self.layout.error_columns]


class EncodedRows(NamedTuple):
    """Lines, their errors apart: rows share these, and as text they are most of a line."""

    cells: bytes
    """Of all rows what stands before the errors; then, in a file with such rows, what stands after them."""
    errors: Sequence[tuple[RowError, ...]]

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return len(self.cells) + len(self.errors) * 8 + len(set(map(id, self.errors))) * _ERRORS_SIZE


class ErrorFileWriter:
    """Writes refused rows, column by column. Cells repeat themselves: most are remembered as written."""

    def __init__(self, file_layout: ErrorFileLayout) -> None:
        """Take the form."""
        delimiter = file_layout.file.delimiter
        quoted = quoting(delimiter)
        self._file_layout = file_layout
        self._written_columns = file_layout.written_columns
        self._values = file_layout.values if "." in file_layout.file.text else None
        self._count = 0
        self._cells = Cache[str, str](lambda cell: quoted(guard(cell)))
        self.block_rows = max(1, _BLOCK // file_layout.layout.width)
        """How many rows are best written at a time: one may have far fewer cells than the header, yet gets as many."""

    def blocks(self, refused: Iterable[RefusedRow]) -> Iterator[EncodedRows]:
        """Return the lines of rows without what repeats itself most."""
        rows = iter(refused)
        while block := list(islice(rows, self.block_rows)):
            yield self._block(block)

    def lines(self, block: EncodedRows, messages: ErrorMessages) -> list[str]:
        """Return the lines of a block, without their ends."""
        cells = block.cells.decode().split(_BETWEEN)
        count, join = len(block.errors), self._file_layout.file.delimiter.join
        columns = [cells[:count], messages.encode(block.errors)]
        if self._file_layout.overflows:
            columns.append(cells[count:])
        return list(map(join, zip(*columns, strict=True)))

    def _block(self, rows: Sequence[RefusedRow]) -> EncodedRows:
        file_layout, layout, delimiter = self._file_layout, self._file_layout.layout, self._file_layout.file.delimiter
        ids, numbers, all_cells, errors = zip(*rows, strict=True)
        cells = self._shortened(all_cells)
        original = self._columns(cells)
        self._count += len(rows)
        is_plain = self._count > _PLAIN_CHECK_ROWS and self._is_plain
        columns: list[Iterable[str]]
        columns = [
            original[position] if is_plain else map(self._cells.__getitem__, original[position])
            for position in self._written_columns
        ]
        if layout.adds_identifier:
            columns.append(ids if all(ids) else (id_ or "" for id_ in ids))
        elif layout.identifier is not None:
            columns[self._written_columns.index(layout.identifier)] = self._identified(original[layout.identifier], ids)
        columns += (repeat(file_layout.upload_id, len(rows)), map(str, numbers))
        lines = list(map(delimiter.join, zip(*columns, strict=True)))
        if file_layout.overflows:
            lines += (self._cells[delimiter.join(row[layout.width :])] for row in cells)
        return EncodedRows(_BETWEEN.join(lines).encode(), errors)

    @cached_property
    def _is_plain(self) -> bool:
        return self._file_layout.file.is_plain

    @cached_property
    def _may_have_long_rows(self) -> bool:
        file = self._file_layout.file
        return len(file.text) > _LONG_ROW and (file.has_quotes or file.has_line_beyond(_LONG_ROW))

    def _columns(self, rows: Sequence[Cells]) -> Sequence[Sequence[str]]:
        """Return the cells below the header by column; those that are not there as empty."""
        width, values = self._file_layout.layout.width, self._values
        if set(map(len, rows)) != {width}:
            rows = [[*row[:width], *[""] * (width - len(row))] for row in rows]
        columns: list[Sequence[str]] = list(zip(*rows, strict=True))
        if values is not None:
            for position in values.columns:
                columns[position] = values.encode(position, columns[position], columns[values.event_name])
        return columns

    def _shortened(self, rows: Sequence[Cells]) -> Sequence[Cells]:
        """Cut the cells of a row that could not come back otherwise; what is wrong with a cell stays so."""
        if not self._may_have_long_rows:
            return rows
        return [row if sum(map(len, row)) <= _LONG_ROW else [*map(_shortened, row)] for row in rows]

    def _identified(self, cells: Iterable[str], ids: Iterable[str | None]) -> Iterator[str]:
        """Return the identifiers, where one is empty the row's event id. An id of ours needs no quotes."""
        for cell, id_ in zip(cells, ids, strict=True):
            yield id_ if id_ is not None and not content(cell) else self._cells[cell]


def _shortened(cell: str) -> str:
    short = content(cell)[:_LONG_CELL]
    return short + "\n" if has_line_break(cell) and not has_line_break(short) else short


BUFFER_BYTES = 16 * 1024 * 1024
"""Bytes in which lines are held; where they take more, rows are judged again for the error file."""


class ErrorFileBuffer:
    """Takes refused rows in the order of the file. It holds all of their lines or none."""

    def __init__(self, file_layout: ErrorFileLayout) -> None:
        """Take how the lines look."""
        self._lines = ErrorFileWriter(file_layout)
        self._needs_ascii_check = not file_layout.file.text.isascii()
        self._free = BUFFER_BYTES
        self._newest: list[RefusedRow] = []
        self._blocks: deque[EncodedRows] = deque()
        self._count = 0
        self._are_ascii = True

    def __len__(self) -> int:
        """Return how many rows are held."""
        return self._count

    def add_rows(self, rows: Iterable[RefusedRow]) -> None:
        """Hold the lines of rows."""
        if self._free < 0:
            return
        before = len(self._newest)
        self._newest += rows
        self._count += len(self._newest) - before
        if len(self._newest) >= self._lines.block_rows:
            self._encode_newest()
            if self._free < 0:
                self._blocks.clear()
                self._count = 0

    def are_ascii(self) -> bool:
        """Tell whether the cells of all rows are ASCII."""
        self._encode_newest()
        return self._are_ascii

    def take_lines(self, messages: ErrorMessages) -> Iterator[list[str]]:
        """Return the lines, many at a time, which are let go of on the way."""
        self._encode_newest()
        while self._blocks:
            yield self._lines.lines(self._blocks.popleft(), messages)

    def _encode_newest(self) -> None:
        if self._needs_ascii_check:
            self._are_ascii &= all("".join(row.cells).isascii() for row in self._newest)
        for block in self._lines.blocks(self._newest):
            self._blocks.append(block)
            self._free -= block.size
        self._newest.clear()


class ErrorFileRun:
    """Writes the error file of an upload of `size` bytes, of which `row_count` rows were refused; once."""

    def __init__(self, file_layout: ErrorFileLayout, *, row_count: int, size: int, limits: Limits) -> None:
        """Take how the lines look, and how large the file may become."""
        self._file_layout = file_layout
        self._row_count = row_count
        self._total = limits.total_for(size)
        self._part = limits.part
        self._messages = ErrorMessages(file_layout.file.delimiter, limits.full_rows)

    def from_buffer(self, lines: ErrorFileBuffer) -> Iterator[Part]:
        """Write lines that were held."""
        return self._parts(lines.take_lines(self._messages), is_ascii=lines.are_ascii())

    def from_rows(self, refused: Iterable[RefusedRow], *, are_ascii: bool) -> Iterator[Part]:
        """Write the same of rows; `are_ascii` tells whether all of their cells are."""
        lines = ErrorFileWriter(self._file_layout)
        return self._parts((lines.lines(block, self._messages) for block in lines.blocks(refused)), is_ascii=are_ascii)

    def _parts(self, blocks: Iterable[list[str]], *, is_ascii: bool) -> Iterator[Part]:
        header = _header(self._file_layout)
        beginning = _line(header, self._file_layout.file.delimiter) + LINE_END
        # Spreadsheets take a file without the mark for one of the local encoding; few other programs know the mark.
        mark = b"" if is_ascii and beginning.isascii() else codecs.BOM_UTF8
        cut = Cut(mark + beginning.encode(), self._row_count, self._note, self._part, self._total)
        return cut_into_parts(blocks, cut)

    def _note(self, missing: int) -> str:
        """Return a line that holds nothing but error columns: where it is dropped back it is no row."""
        message = (
            f"{missing:,} more refused rows are not listed. "
            "Correct the rows of your own file and upload it again under the same key."
        )
        note = {UPLOAD: self._file_layout.upload_id, ERROR_COLUMNS[-1]: message}
        return _line([note.get(name, "") for name in _header(self._file_layout)], self._file_layout.file.delimiter)


def failed_error_file(upload_id: str, failure: Failure) -> bytes:
    """Write the error file of a failed upload: the error columns, and one row that says why."""
    row = (upload_id, "", failure.code.value, "", guard(failure.message))
    text = _line(ERROR_COLUMNS, ",") + LINE_END + _line(row, ",") + LINE_END
    return text.encode() if failure.message.isascii() else codecs.BOM_UTF8 + text.encode()


def _header(file_layout: ErrorFileLayout) -> list[str]:
    header = [guard(file_layout.layout.header[position]) for position in file_layout.written_columns]
    if file_layout.layout.adds_identifier:
        header.append(IDENTIFIER)
    header += ERROR_COLUMNS
    if file_layout.overflows:
        header.append("")
    return header


def _line(cells: Sequence[str], delimiter: str) -> str:
    return delimiter.join(map(quoting(delimiter), cells))
