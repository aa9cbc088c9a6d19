"""The error file: the refused rows of an upload, with their IDs and errors."""

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

_BLOCK = 4 * 1_024  # cells encoded at a time
_PLAIN_CHECK_ROWS = 4 * 1_024  # rows before it is worth searching the whole text
_ERRORS_SIZE = 600  # approximate bytes of a row's errors
_LONG_ROW = 1_000_000  # characters: with its errors, such a row always fits into a part of 5 MiB
_LONG_CELL = 1_000  # characters of each cell of a longer row; more than the limit of a valid cell
_BETWEEN = "\0"  # no valid file contains this character


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorFileLayout:
    """The layout of an error file."""

    upload_id: str
    file: CsvFile
    layout: Header
    overflows: bool
    """Whether a row of the file has more cells than the header."""
    values: ValueCells | None = None
    """The value cells of a usage file."""

    @property
    def written_columns(self) -> Sequence[int]:
        """The positions of the file's columns that the error file contains."""
        return [position for position in range(self.layout.width) if position not in self.layout.error_columns]


class EncodedRows(NamedTuple):
    """Encoded rows without their errors, which rows share and which would need most of the memory."""

    cells: bytes
    """The cells before the errors of all rows. If the file has overflowing rows, then the cells after the errors."""
    errors: Sequence[tuple[RowError, ...]]

    @property
    def size(self) -> int:
        """The approximate bytes in memory."""
        return len(self.cells) + len(self.errors) * 8 + len(set(map(id, self.errors))) * _ERRORS_SIZE


class ErrorFileWriter:
    """Encodes refused rows by column. Caches encoded cells, because most repeat."""

    def __init__(self, file_layout: ErrorFileLayout) -> None:
        """Create a writer for a layout."""
        delimiter = file_layout.file.delimiter
        quoted = quoting(delimiter)
        self._file_layout = file_layout
        self._written_columns = file_layout.written_columns
        self._values = file_layout.values if "." in file_layout.file.text else None
        self._count = 0
        self._cells = Cache[str, str](lambda cell: quoted(guard(cell)))
        self.block_rows = max(1, _BLOCK // file_layout.layout.width)
        """The number of rows to encode at a time. Each row is padded to the width of the header."""

    def blocks(self, refused: Iterable[RefusedRow]) -> Iterator[EncodedRows]:
        """Encode rows in blocks."""
        rows = iter(refused)
        while block := list(islice(rows, self.block_rows)):
            yield self._block(block)

    def lines(self, block: EncodedRows, messages: ErrorMessages) -> list[str]:
        """Return the lines of a block, without line ends."""
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
        """Return the cells by column, without those beyond the header. Missing cells are empty."""
        width, values = self._file_layout.layout.width, self._values
        if set(map(len, rows)) != {width}:
            rows = [[*row[:width], *[""] * (width - len(row))] for row in rows]
        columns: list[Sequence[str]] = list(zip(*rows, strict=True))
        if values is not None:
            for position in values.columns:
                columns[position] = values.encode(position, columns[position], columns[values.event_name])
        return columns

    def _shortened(self, rows: Sequence[Cells]) -> Sequence[Cells]:
        """Shorten the cells of rows that don't fit into a part. Invalid cells stay invalid."""
        if not self._may_have_long_rows:
            return rows
        return [row if sum(map(len, row)) <= _LONG_ROW else [*map(_shortened, row)] for row in rows]

    def _identified(self, cells: Iterable[str], ids: Iterable[str | None]) -> Iterator[str]:
        """Return the identifiers, or the event ID of rows without one. Generated IDs need no quotation marks."""
        for cell, id_ in zip(cells, ids, strict=True):
            yield id_ if id_ is not None and not content(cell) else self._cells[cell]


def _shortened(cell: str) -> str:
    short = content(cell)[:_LONG_CELL]
    return short + "\n" if has_line_break(cell) and not has_line_break(short) else short


BUFFER_BYTES = 16 * 1024 * 1024
"""Maximum bytes of buffered rows. If they need more, rows are validated again for the error file."""


class ErrorFileBuffer:
    """Buffers refused rows in the order of the file: all of them, or none if they need too much memory."""

    def __init__(self, file_layout: ErrorFileLayout) -> None:
        """Create an empty buffer for a layout."""
        self._lines = ErrorFileWriter(file_layout)
        self._needs_ascii_check = not file_layout.file.text.isascii()
        self._free = BUFFER_BYTES
        self._newest: list[RefusedRow] = []
        self._blocks: deque[EncodedRows] = deque()
        self._count = 0
        self._are_ascii = True

    def __len__(self) -> int:
        """Return the number of buffered rows."""
        return self._count

    def add_rows(self, rows: Iterable[RefusedRow]) -> None:
        """Add rows to the buffer. Clear it if they need too much memory."""
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
        """Return whether the cells of all rows are ASCII."""
        self._encode_newest()
        return self._are_ascii

    def take_lines(self, messages: ErrorMessages) -> Iterator[list[str]]:
        """Yield the lines in blocks, and remove them from the buffer."""
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
    """Writes the error file of an upload of `size` bytes with `row_count` refused rows. Use it only once."""

    def __init__(self, file_layout: ErrorFileLayout, *, row_count: int, size: int, limits: Limits) -> None:
        """Create the run for a layout and size limits."""
        self._file_layout = file_layout
        self._row_count = row_count
        self._total = limits.total_for(size)
        self._part = limits.part
        self._messages = ErrorMessages(file_layout.file.delimiter, limits.full_rows)

    def from_buffer(self, lines: ErrorFileBuffer) -> Iterator[Part]:
        """Write buffered rows."""
        return self._parts(lines.take_lines(self._messages), is_ascii=lines.are_ascii())

    def from_rows(self, refused: Iterable[RefusedRow], *, are_ascii: bool) -> Iterator[Part]:
        """Write rows that aren't buffered. `are_ascii` says whether all their cells are ASCII."""
        lines = ErrorFileWriter(self._file_layout)
        return self._parts((lines.lines(block, self._messages) for block in lines.blocks(refused)), is_ascii=are_ascii)

    def _parts(self, blocks: Iterable[list[str]], *, is_ascii: bool) -> Iterator[Part]:
        header = _header(self._file_layout)
        beginning = _line(header, self._file_layout.file.delimiter) + LINE_END
        # Without a byte order mark, spreadsheets assume the local encoding. Few other programs support one.
        mark = b"" if is_ascii and beginning.isascii() else codecs.BOM_UTF8
        cut = Cut(mark + beginning.encode(), self._row_count, self._note, self._part, self._total)
        return cut_into_parts(blocks, cut)

    def _note(self, missing: int) -> str:
        """Return the line that says how many rows are missing. It has error columns only, so it isn't a row."""
        message = (
            f"{missing:,} more refused rows aren't listed. "
            "Correct the rows in your original file and upload it again under the same key."
        )
        note = {UPLOAD: self._file_layout.upload_id, ERROR_COLUMNS[-1]: message}
        return _line([note.get(name, "") for name in _header(self._file_layout)], self._file_layout.file.delimiter)


def failed_error_file(upload_id: str, failure: Failure) -> bytes:
    """Return the error file of a failed upload: the error columns and one row with the file error."""
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
