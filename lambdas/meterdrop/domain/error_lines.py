"""The lines of an error file: refused rows as they stood, with their ids and errors."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, repeat
from typing import NamedTuple

from meterdrop.domain.cells import content, guard
from meterdrop.domain.error_messages import ErrorMessages
from meterdrop.domain.header import Header
from meterdrop.domain.judged import Refused
from meterdrop.domain.memo import Memo
from meterdrop.domain.quoting import quoting
from meterdrop.domain.reader import CsvFile
from meterdrop.domain.rows import Cells, is_broken
from meterdrop.domain.value_cells import ValueCells
from meterdrop.domain.verdict import RowError

_BLOCK = 4 * 1_024  # cells that are written at a time
_FEW = 4 * 1_024  # rows for which the whole text is not searched
_ERRORS_SIZE = 600  # bytes of the errors of a row, about
_LONG_ROW = 1_000_000  # characters: with its errors, a row of as many fits into a part of 5 MiB, whatever they are
_LONG_CELL = 1_000  # characters of a cell that are kept of a longer row; more than any cell may have
_BETWEEN = "\0"  # a file that holds this character is refused as a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What decides how an error file looks, beside its rows."""

    upload_id: str
    file: CsvFile
    layout: Header
    overflows: bool
    """Whether a row of the file has more cells than the header."""
    values: ValueCells | None = None
    """Which cells are values, in a file of usage."""

    @property
    def kept(self) -> Sequence[int]:
        """The columns of the file that are written."""
        return [at for at in range(self.layout.width) if at not in self.layout.error_columns]


class Block(NamedTuple):
    """Lines, their errors apart: rows share these, and as text they are most of a line."""

    cells: bytes
    """Of all rows what stands before the errors; then, in a file with such rows, what stands after them."""
    errors: Sequence[tuple[RowError, ...]]

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        return len(self.cells) + len(self.errors) * 8 + len(set(map(id, self.errors))) * _ERRORS_SIZE


class ErrorLines:
    """Writes refused rows, column by column. Cells repeat themselves: most are remembered as written."""

    def __init__(self, form: Form) -> None:
        """Take the form."""
        delimiter = form.file.delimiter
        quoted = quoting(delimiter)
        self._form = form
        self._kept = form.kept
        self._values = form.values if "." in form.file.text else None
        self._count = 0
        self._cells = Memo[str, str](lambda cell: quoted(guard(cell)))
        self.block_rows = max(1, _BLOCK // form.layout.width)
        """How many rows are best written at a time: one may have far fewer cells than the header, yet gets as many."""

    def blocks(self, refused: Iterable[Refused]) -> Iterator[Block]:
        """Return the lines of rows without what repeats itself most."""
        rows = iter(refused)
        while block := list(islice(rows, self.block_rows)):
            yield self._block(block)

    def lines(self, block: Block, messages: ErrorMessages) -> list[str]:
        """Return the lines of a block, without their ends."""
        cells = block.cells.decode().split(_BETWEEN)
        count, join = len(block.errors), self._form.file.delimiter.join
        columns = [cells[:count], messages.written(block.errors)]
        if self._form.overflows:
            columns.append(cells[count:])
        return list(map(join, zip(*columns, strict=True)))

    def _block(self, rows: Sequence[Refused]) -> Block:
        form, layout, delimiter = self._form, self._form.layout, self._form.file.delimiter
        ids, numbers, all_cells, errors = zip(*rows, strict=True)
        cells = self._shortened(all_cells)
        own = self._columns(cells)
        self._count += len(rows)
        is_plain = self._count > _FEW and self._is_plain
        columns: list[Iterable[str]]
        columns = [own[at] if is_plain else map(self._cells.__getitem__, own[at]) for at in self._kept]
        if layout.adds_identifier:
            columns.append(ids if all(ids) else (id_ or "" for id_ in ids))
        elif layout.identifier is not None:
            columns[self._kept.index(layout.identifier)] = self._identified(own[layout.identifier], ids)
        columns += (repeat(form.upload_id, len(rows)), map(str, numbers))
        written = list(map(delimiter.join, zip(*columns, strict=True)))
        if form.overflows:
            written += (self._cells[delimiter.join(row[layout.width :])] for row in cells)
        return Block(_BETWEEN.join(written).encode(), errors)

    @cached_property
    def _is_plain(self) -> bool:
        return self._form.file.is_plain

    @cached_property
    def _may_have_long_rows(self) -> bool:
        file = self._form.file
        return len(file.text) > _LONG_ROW and (file.has_quotes or file.has_line_beyond(_LONG_ROW))

    def _columns(self, rows: Sequence[Cells]) -> Sequence[Sequence[str]]:
        """Return the cells below the header by column; those that are not there as empty."""
        width, values = self._form.layout.width, self._values
        if set(map(len, rows)) != {width}:
            rows = [[*row[:width], *[""] * (width - len(row))] for row in rows]
        columns: list[Sequence[str]] = list(zip(*rows, strict=True))
        if values is not None:
            for at in values.columns:
                columns[at] = values.written(at, columns[at], columns[values.event_name])
        return columns

    def _shortened(self, rows: Sequence[Cells]) -> Sequence[Cells]:
        """Cut the cells of a row that could not come back otherwise; what is wrong with a cell stays so."""
        if not self._may_have_long_rows:
            return rows
        return [row if sum(map(len, row)) <= _LONG_ROW else [*map(_shortened, row)] for row in rows]

    def _identified(self, own: Iterable[str], ids: Iterable[str | None]) -> Iterator[str]:
        """Return the identifiers, where one is empty the row's event id. An id of ours needs no quotes."""
        for cell, id_ in zip(own, ids, strict=True):
            yield id_ if id_ is not None and not content(cell) else self._cells[cell]


def _shortened(cell: str) -> str:
    short = content(cell)[:_LONG_CELL]
    return short + "\n" if is_broken(cell) and not is_broken(short) else short
