"""The records of a CSV text, with strict RFC 4180 quoting.

`csv.reader` alone is too lenient: it accepts a quotation mark inside an unquoted cell.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.cells import trim
from meterdrop.domain.files.errors import FileError

_SLICE = 64 * 1024  # characters


class Records(Protocol):
    """The type of csv.reader: an iterator of records as lists of cells."""

    @property
    def line_num(self) -> int:
        """Physical lines read so far."""

    def __iter__(self) -> Iterator[list[str]]:
        """Return itself."""

    def __next__(self) -> list[str]:
        """Return the next record. A blank line is an empty list."""


def is_blank(cells: Sequence[str]) -> bool:
    """Return whether a record is blank: a blank line, or one with empty cells only."""
    return not trim("".join(cells))


def lines_of(text: str) -> Iterator[str]:
    """Yield the physical lines of a text, each with its line end."""
    # StringIO needs 4 bytes for each character: 20 MiB for the largest file, but little for a slice.
    position = 0
    while position < len(text):
        end = text.find("\n", position + _SLICE) + 1 or len(text)
        # newline="" keeps line ends and treats a single CR as one.
        yield from io.StringIO(text[position:end], newline="")
        position = end


def read_records(text: str, delimiter: str) -> Records:
    """Return all records of a text, including the header and blank lines."""
    return csv.reader(lines_of(text), delimiter=delimiter, strict=True)


def refuse_bad_quoting(lines: Iterable[str], delimiter: str) -> None:
    """Raise FileError at the first record with invalid quoting.

    `lines` are physical lines with their line ends. Invalid quoting fails the whole file, because row boundaries
    are uncertain. The pattern never backtracks, so the time is linear in the file's size.
    """
    quoted = r'"[^"]*+(?:""[^"]*+)*+"'
    cell = rf'(?:{quoted}|[^"{delimiter}\r\n]*+)'
    record = re.compile(rf"{cell}(?:{delimiter}{cell})*+(?:\r\n|\r|\n)?")
    number, first_line, parts, is_open = 0, 0, list[str](), False
    for line in lines:
        number += 1
        if '"' not in line and not is_open:
            continue
        if not is_open:
            first_line = number
        parts.append(line)
        is_open ^= bool(line.count('"') % 2)
        if not is_open:
            if record.fullmatch("".join(parts)) is None:
                raise _file_error(first_line, "unexpected quotation mark")
            parts.clear()
    if is_open:
        raise _file_error(first_line, "unclosed quotation mark")


def quoting(delimiter: str) -> Callable[[str], str]:
    """Return a function that encodes a cell, with quotation marks if the cell needs them.

    `csv.writer` encodes whole rows, so results for repeated cells can't be cached.
    """
    special = re.compile(f'["\\r\\n{delimiter}]').search

    def quoted(cell: str) -> str:
        return cell if special(cell) is None else '"' + cell.replace('"', '""') + '"'

    return quoted


def unwrapped(cells: Sequence[str], delimiter: str) -> Sequence[str]:
    """Split a record that is quoted as a whole into its cells. Return any other record unchanged.

    A spreadsheet that expects another delimiter reads each line as one cell and saves it like this.
    """
    if len(cells) != 1 or delimiter not in cells[0]:
        return cells
    try:
        refuse_bad_quoting(cells, delimiter)
        return next(csv.reader(cells, delimiter=delimiter, strict=True))
    except (FileError, csv.Error):
        return cells


def _file_error(line: int, problem: str) -> FileError:
    return FileError(
        FileCode.MALFORMED,
        f"Line {line:,}: {problem}. Enclose the whole value in double quotes, double any quotation mark inside it, and "
        "upload the file again. No rows were stored.",
    )
