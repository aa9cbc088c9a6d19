"""A CSV file: its text, delimiter and header."""

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from meterdrop.domain.codes import FileCode
from meterdrop.domain.files.cells import BLANKS, INVISIBLE, SEPARATORS, SIGNS, trim
from meterdrop.domain.files.decoding import EMPTY, SIZE_LIMIT, utf8_text
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.files.records import Records, is_blank, lines_of, read_records, refuse_bad_quoting, unwrapped

DELIMITERS = (",", ";", "\t")
Span = tuple[int, int]
"""Start and end of whole lines in a text, without the last line end."""
_SEPARATOR = re.compile(rf'(?i:"?sep=([{"".join(DELIMITERS)}])"?)(?=[\r\n])')
"""A first line that specifies the delimiter for Excel."""
_ASCII_BLANKS = "".join(character for character in map(chr, range(128)) if character.isspace() and character != "\n")
# A long cell is a row error, not a file error.
csv.field_size_limit(SIZE_LIMIT + 1)


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file with valid encoding, delimiter and quoting. `header` contains the cells as in the file."""

    text: str
    """Without quotation marks, all line ends are line feeds. With quotation marks, line ends are as in the file."""
    delimiter: str
    header: tuple[str, ...]
    has_blanks: bool
    """Whether a cell may contain whitespace or invisible characters. If not, only empty cells are blank."""

    @property
    def has_quotes(self) -> bool:
        """Whether a cell may be quoted. If not, each line is a record and each delimiter ends a cell."""
        return '"' in self.text

    @property
    def is_plain(self) -> bool:
        """Whether every cell can be written to an error file without quotation marks and apostrophes."""
        # Searching the whole text is faster than checking each cell. Every date contains a minus.
        text = self.text
        if any(sign in text for sign in {'"', *SIGNS, "\t", "\r"} - {"-", self.delimiter}):
            return False
        befores = (BLANKS + INVISIBLE if self.has_blanks else "") + SEPARATORS
        return not any(before in text and f"{before}-" in text for before in befores)

    def has_line_beyond(self, size: int) -> bool:
        """Return whether a line has more than `size` characters."""
        position = 0
        while len(self.text) - position > size:
            position = self.text.rfind("\n", position, position + size + 1) + 1
            if not position:
                return True
        return False

    def records(self) -> Records:
        """Return the records below the header, from the first one. Blank lines are empty lists."""
        records = read_records(self.text, self.delimiter)
        next(cells for cells in records if not is_blank(cells))
        return records

    def spans(self, size: int) -> Iterator[Span]:
        """Yield spans of whole lines below the header, about `size` characters each. For files without quotes."""
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
        """Return the position of the first line end at or after a position."""
        end = self.text.find("\n", at_least)
        return len(self.text) if end < 0 else end


def open_csv(data: bytes, is_column: Callable[[str], bool]) -> CsvFile:
    """Open a whole file. `is_column` returns whether a name is a valid column name, to detect the delimiter.

    Raises FileError if the file isn't valid CSV text.
    """
    text = utf8_text(data).decode()
    delimiter = None
    if separator := _SEPARATOR.match(text):
        # A blank line replaces it: it isn't a record, and the lines below keep their numbers.
        delimiter, text = separator[1], text[separator.end() :]
    delimiter = delimiter or _delimiter(text, is_column)
    if '"' in text:
        refuse_bad_quoting(lines_of(text), delimiter)
    elif "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    header = next((cells for cells in read_records(text, delimiter) if not is_blank(cells)), None)
    if header is None:
        raise FileError(FileCode.EMPTY, EMPTY)
    return CsvFile(text, delimiter, tuple(unwrapped(header, delimiter)), has_blanks=_has_blanks(text, delimiter))


def _has_blanks(text: str, delimiter: str) -> bool:
    # Searching the whole text eight times is faster than checking the cells of one column.
    return not text.isascii() or any(blank in text for blank in _ASCII_BLANKS if blank != delimiter or '"' in text)


def _delimiter(text: str, is_column: Callable[[str], bool]) -> str:
    """Return the delimiter that splits the first nonblank line into the most known column names."""
    first = next((line for line in lines_of(text) if line.strip(" \t\r\n,;")), "")
    return max(
        DELIMITERS, key=lambda delimiter: sum(is_column(trim(cell).strip('"')) for cell in first.split(delimiter))
    )
