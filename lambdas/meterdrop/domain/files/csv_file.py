"""A CSV file: its text, delimiter and header."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.cells import BLANKS, SEPARATORS, SIGNS, trim
from meterdrop.domain.files.decoding import SIZE_LIMIT, utf8_text
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.files.records import Records, is_blank, lines_of, read_records, refuse_bad_quoting, unwrapped

DELIMITERS = (",", ";", "\t")
Span = tuple[int, int]
"""Where whole lines begin and end in a text, without the last one's line end."""
_SEPARATOR = re.compile(rf'(?i:"?sep=([{"".join(DELIMITERS)}])"?)(?=[\r\n])')
"""A first line that tells Excel the delimiter."""
_ASCII_BLANKS = "".join(character for character in map(chr, range(128)) if character.isspace() and character != "\n")
# A cell of any length is a row's error, never the file's.
csv.field_size_limit(SIZE_LIMIT + 1)


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
        position = 0
        while len(self.text) - position > size:
            position = self.text.rfind("\n", position, position + size + 1) + 1
            if not position:
                return True
        return False

    def records(self) -> Records:
        """Read from the first record below the header, from the start each time; blank lines come as empty lists."""
        records = read_records(self.text, self.delimiter)
        next(cells for cells in records if not is_blank(cells))
        return records

    def spans(self, size: int) -> Iterator[Span]:
        """Return where whole lines below the header stand, about `size` characters each. For files without quotes."""
        position = 0
        while True:
            end = self._line_end(position)
            line, position = self.text[position:end], end + 1
            if not is_blank(line.split(self.delimiter)):
                break
        while position < len(self.text):
            end = self._line_end(position + size)
            yield position, end
            position = end + 1

    def _line_end(self, at_least: int) -> int:
        """Return where the first line ends from there on."""
        end = self.text.find("\n", at_least)
        return len(self.text) if end < 0 else end


def open_csv(data: bytes, is_column: Callable[[str], bool]) -> CsvFile:
    """Open a whole file; `is_column` tells the names that its columns may have, by which the delimiter is found.

    Raises FileFault for what is not sound CSV text.
    """
    text = utf8_text(data).decode()
    delimiter = None
    if separator := _SEPARATOR.match(text):
        # A blank line in its place: it is no record, and the lines below it keep their numbers.
        delimiter, text = separator[1], text[separator.end() :]
    delimiter = delimiter or _delimiter(text, is_column)
    if '"' in text:
        refuse_bad_quoting(lines_of(text), delimiter)
    elif "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    header = next((cells for cells in read_records(text, delimiter) if not is_blank(cells)), None)
    if header is None:
        raise FileError(FileCode.EMPTY, "The file is empty. Drop a file with a header line and at least one row.")
    return CsvFile(text, delimiter, tuple(unwrapped(header, delimiter)), has_blanks=_has_blanks(text, delimiter))


def _has_blanks(text: str, delimiter: str) -> bool:
    # Eight searches of a whole text take less than looking at the ends of one column's cells.
    return not text.isascii() or any(blank in text for blank in _ASCII_BLANKS if blank != delimiter or '"' in text)


def _delimiter(text: str, is_column: Callable[[str], bool]) -> str:
    """Return the delimiter that makes the most known names of the first line that is not blank."""
    first = next((line for line in lines_of(text) if line.strip(" \t\r\n,;")), "")
    return max(
        DELIMITERS, key=lambda delimiter: sum(is_column(trim(cell).strip('"')) for cell in first.split(delimiter))
    )
