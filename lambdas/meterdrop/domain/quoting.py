"""RFC 4180 quoting. It is read strictly, which csv.reader does not: it takes a quote inside a bare cell for text."""

import csv
import re
from collections.abc import Callable, Iterable, Sequence

from meterdrop.domain.codes import FileCode
from meterdrop.domain.verdict import FileFault


def refuse_bad_quoting(lines: Iterable[str], delimiter: str) -> None:
    """Raise FileFault at the first record whose quotes do not pair up around whole cells.

    `lines` are physical lines with their ends. Where quoting is bad the borders of rows cannot be trusted, so the
    whole file is refused. Time is linear in the file's size: the pattern never goes back.
    """
    quoted = r'"[^"]*+(?:""[^"]*+)*+"'
    cell = rf'(?:{quoted}|[^"{delimiter}\r\n]*+)'
    record = re.compile(rf"{cell}(?:{delimiter}{cell})*+(?:\r\n|\r|\n)?")
    number, begin, parts, is_open = 0, 0, list[str](), False
    for line in lines:
        number += 1
        if '"' not in line and not is_open:
            continue
        if not is_open:
            begin = number
        parts.append(line)
        is_open ^= bool(line.count('"') % 2)
        if not is_open:
            if record.fullmatch("".join(parts)) is None:
                raise _fault(begin, "a quote stands where none can")
            parts.clear()
    if is_open:
        raise _fault(begin, "a quote is opened and never closed")


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
    except (FileFault, csv.Error):
        return cells


def _fault(line: int, words: str) -> FileFault:
    return FileFault(
        FileCode.MALFORMED,
        f"Line {line:,}: {words}. A quoted cell begins and ends with a quote, and a quote inside it is doubled. "
        "Nothing of the file was stored, since it cannot be told where its rows end; correct the line and drop the "
        "file again.",
    )
