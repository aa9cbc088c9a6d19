"""The records of a CSV text, with RFC 4180 quoting read strictly.

`csv.reader` alone is too lenient: it accepts a quotation mark inside an unquoted cell as text.
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
    """What csv.reader gives: records as lists of cells, and the physical lines read so far."""

    @property
    def line_num(self) -> int:
        """Physical lines read so far."""

    def __iter__(self) -> Iterator[list[str]]:
        """Return itself."""

    def __next__(self) -> list[str]:
        """Return the next record, a blank line as an empty list."""


def is_blank(cells: Sequence[str]) -> bool:
    """Tell whether a record is no row: a blank line, or all cells empty."""
    return not trim("".join(cells))


def lines_of(text: str) -> Iterator[str]:
    """Yield the physical lines of a text with their ends."""
    # StringIO takes four bytes a character: 20 MiB for the largest file at once, hardly any for a slice of it.
    position = 0
    while position < len(text):
        end = text.find("\n", position + _SLICE) + 1 or len(text)
        # newline="": a lone CR ends a line too, and the ends stay on for the reader to see.
        yield from io.StringIO(text[position:end], newline="")
        position = end


def read_records(text: str, delimiter: str) -> Records:
    """Return a reader of all records of a text, the header and blank lines included."""
    return csv.reader(lines_of(text), delimiter=delimiter, strict=True)


def refuse_bad_quoting(lines: Iterable[str], delimiter: str) -> None:
    """Raise FileFault at the first record whose quotes do not pair up around whole cells.

    `lines` are physical lines with their ends. Where quoting is bad the borders of rows cannot be trusted, so the
    whole file is refused. Time is linear in the file's size: the pattern never goes back.
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
                raise _file_error(first_line, "a quote stands where none can")
            parts.clear()
    if is_open:
        raise _file_error(first_line, "a quote is opened and never closed")


def quoting(delimiter: str) -> Callable[[str], str]:
    """Return a function that writes a cell: in quotes where it would not be read as it is.

    `csv.writer` does the same for a whole row, cell by cell and character by character each time: what repeats itself
    cannot be remembered there.
    """
    special = re.compile(f'["\\r\\n{delimiter}]').search

    def quoted(cell: str) -> str:
        return cell if special(cell) is None else '"' + cell.replace('"', '""') + '"'

    return quoted


def unwrapped(cells: Sequence[str], delimiter: str) -> Sequence[str]:
    """Return the cells of a record that is quoted as a whole, as one cell; any other record as it is.

    A spreadsheet that takes another delimiter for granted reads a line into one cell, and saves it so.
    """
    if len(cells) != 1 or delimiter not in cells[0]:
        return cells
    try:
        refuse_bad_quoting(cells, delimiter)
        return next(csv.reader(cells, delimiter=delimiter, strict=True))
    except (FileError, csv.Error):
        return cells


def _file_error(line: int, words: str) -> FileError:
    return FileError(
        FileCode.MALFORMED,
        f"Line {line:,}: {words}. A quoted cell begins and ends with a quote, and a quote inside it is doubled. "
        "Nothing of the file was stored, since it cannot be told where its rows end; correct the line and drop the "
        "file again.",
    )
