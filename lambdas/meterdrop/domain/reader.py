"""From a file's bytes to its header and rows, as often as they are asked for and without holding the rows."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TextIO

from meterdrop.domain.cells import trim
from meterdrop.domain.codes import FileCode
from meterdrop.domain.columns import is_known
from meterdrop.domain.file_type import utf8_text
from meterdrop.domain.quoting import refuse_bad_quoting
from meterdrop.domain.upload import SIZE_LIMIT
from meterdrop.domain.verdict import FileFault

DELIMITERS = (",", ";", "\t")

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

    text: bytes
    delimiter: str
    header: tuple[str, ...]

    def records(self) -> Records:
        """Read from the first record below the header; blank lines come as empty lists."""
        records = _records(self.text, self.delimiter)
        next(cells for cells in records if not is_blank(cells))
        return records


def open_csv(data: bytes) -> CsvFile:
    """Open a whole file; raises FileFault for what is not sound CSV text."""
    text = utf8_text(data)
    delimiter = _delimiter(text)
    if b'"' in text:
        refuse_bad_quoting(_lines(text), delimiter)
    header = next((cells for cells in _records(text, delimiter) if not is_blank(cells)), None)
    if header is None:
        raise FileFault(FileCode.EMPTY, "The file is empty. Drop a file with a header line and at least one row.")
    return CsvFile(text, delimiter, tuple(header))


def is_blank(cells: Sequence[str]) -> bool:
    """Tell whether a record is no row: a blank line, or all cells empty."""
    return not any(map(trim, cells))


def _lines(text: bytes) -> TextIO:
    # newline="": a lone CR ends a line too, and the ends stay on for the reader to see.
    return io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")


def _records(text: bytes, delimiter: str) -> Records:
    return csv.reader(_lines(text), delimiter=delimiter, strict=True)


def _delimiter(text: bytes) -> str:
    """Return the delimiter that makes the most known names of the first line that is not blank."""
    first = next((line for line in _lines(text) if line.strip(" \t\r\n,;")), "")
    return max(DELIMITERS, key=lambda delimiter: _known_names(first, delimiter))


def _known_names(line: str, delimiter: str) -> int:
    return sum(is_known(trim(cell).strip('"')) for cell in re.split(re.escape(delimiter), line))
