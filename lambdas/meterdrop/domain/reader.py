"""From a file's bytes to its text, delimiter, header and records."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from meterdrop.domain.cells import BLANKS, SEPARATORS, SIGNS, trim
from meterdrop.domain.codes import FileCode
from meterdrop.domain.columns import is_known
from meterdrop.domain.file_type import utf8_text
from meterdrop.domain.quoting import refuse_bad_quoting, unwrapped
from meterdrop.domain.upload import SIZE_LIMIT
from meterdrop.domain.verdict import FileFault

DELIMITERS = (",", ";", "\t")
Span = tuple[int, int]
"""Where whole lines begin and end in a text, without the last one's line end."""

_SEPARATOR = re.compile(rf'(?i:"?sep=([{"".join(DELIMITERS)}])"?)(?=[\r\n])')
"""A first line that tells Excel the delimiter."""
_SLICE = 64 * 1024  # characters
_ASCII_BLANKS = "".join(character for character in map(chr, range(128)) if character.isspace() and character != "\n")

# A cell of any length is a row's error, never the file's.
csv.field_size_limit(SIZE_LIMIT + 1)


class Records(Protocol):
    """What csv.reader gives: records as lists of cells, and the physical lines read so far."""

    @property
    def line_num(self) -> int:
        """Physical lines read so far."""

    def __iter__(self) -> Iterator[list[str]]:
        """Return itself."""

    def __next__(self) -> list[str]:
        """Return the next record, a blank line as an empty list."""


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file whose encoding, delimiter and quoting are sound. `header` is as it stands in the file."""

    text: str
    """With line feeds alone as line ends where it has no quotes, else as it stands in the file."""
    delimiter: str
    header: tuple[str, ...]
    has_blanks: bool
    """Whether a cell may hold white space; without, only an empty cell is blank."""

    @property
    def has_quotes(self) -> bool:
        """Whether a cell may be quoted; without, every line is a record and every delimiter ends a cell."""
        return '"' in self.text

    @property
    def is_plain(self) -> bool:
        """Whether no cell needs quotes, or the apostrophe of an error file, to be written."""
        # Searches of a whole text take less than a look at each cell. A minus stands in every date.
        text = self.text
        if any(sign in text for sign in {'"', *SIGNS, "\t", "\r"} - {"-", self.delimiter}):
            return False
        befores = (BLANKS if self.has_blanks else "") + SEPARATORS
        return not any(before in text and f"{before}-" in text for before in befores)

    def has_line_beyond(self, size: int) -> bool:
        """Tell whether a line has more characters."""
        at = 0
        while len(self.text) - at > size:
            at = self.text.rfind("\n", at, at + size + 1) + 1
            if not at:
                return True
        return False

    def records(self) -> Records:
        """Read from the first record below the header, from the start each time; blank lines come as empty lists."""
        records = _records(self.text, self.delimiter)
        next(cells for cells in records if not is_blank(cells))
        return records

    def spans(self, size: int) -> Iterator[Span]:
        """Return where whole lines below the header stand, about `size` characters each. For files without quotes."""
        at = 0
        while True:
            end = self._line_end(at)
            line, at = self.text[at:end], end + 1
            if not is_blank(line.split(self.delimiter)):
                break
        while at < len(self.text):
            end = self._line_end(at + size)
            yield at, end
            at = end + 1

    def _line_end(self, at_least: int) -> int:
        """Return where the first line ends from there on."""
        end = self.text.find("\n", at_least)
        return len(self.text) if end < 0 else end


def open_csv(data: bytes, is_column: Callable[[str], bool] = is_known) -> CsvFile:
    """Open a whole file; `is_column` tells the names that its columns may have, by which the delimiter is found.

    They are those of usage files if not given. Raises FileFault for what is not sound CSV text.
    """
    text = utf8_text(data).decode()
    delimiter = None
    if separator := _SEPARATOR.match(text):
        # A blank line in its place: it is no record, and the lines below it keep their numbers.
        delimiter, text = separator[1], text[separator.end() :]
    delimiter = delimiter or _delimiter(text, is_column)
    if '"' in text:
        refuse_bad_quoting(_lines(text), delimiter)
    elif "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    header = next((cells for cells in _records(text, delimiter) if not is_blank(cells)), None)
    if header is None:
        raise FileFault(FileCode.EMPTY, "The file is empty. Drop a file with a header line and at least one row.")
    return CsvFile(text, delimiter, tuple(unwrapped(header, delimiter)), has_blanks=_has_blanks(text, delimiter))


def is_blank(cells: Sequence[str]) -> bool:
    """Tell whether a record is no row: a blank line, or all cells empty."""
    return not trim("".join(cells))


def _lines(text: str) -> Iterator[str]:
    """Yield the physical lines of a text with their ends."""
    # StringIO takes four bytes a character: 20 MiB for the largest file at once, hardly any for a slice of it.
    at = 0
    while at < len(text):
        end = text.find("\n", at + _SLICE) + 1 or len(text)
        # newline="": a lone CR ends a line too, and the ends stay on for the reader to see.
        yield from io.StringIO(text[at:end], newline="")
        at = end


def _records(text: str, delimiter: str) -> Records:
    return csv.reader(_lines(text), delimiter=delimiter, strict=True)


def _has_blanks(text: str, delimiter: str) -> bool:
    # Eight searches of a whole text take less than looking at the ends of one column's cells.
    return not text.isascii() or any(blank in text for blank in _ASCII_BLANKS if blank != delimiter or '"' in text)


def _delimiter(text: str, is_column: Callable[[str], bool]) -> str:
    """Return the delimiter that makes the most known names of the first line that is not blank."""
    first = next((line for line in _lines(text) if line.strip(" \t\r\n,;")), "")
    return max(
        DELIMITERS, key=lambda delimiter: sum(is_column(trim(cell).strip('"')) for cell in first.split(delimiter))
    )
