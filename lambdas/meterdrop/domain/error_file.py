"""The error file: every refused row as it stood, with its event id and its errors, to be corrected and dropped back.

Its columns are those of the dropped file, then `identifier` where a usage file had none, then `ERROR_COLUMNS`, then one
without a name for what went beyond the header. A dropped error file's own error columns are replaced, not repeated.
"""

import codecs
from collections.abc import Iterable, Iterator, Sequence

from meterdrop.domain.cells import guard
from meterdrop.domain.columns import IDENTIFIER
from meterdrop.domain.error_lines import ErrorLines, Form
from meterdrop.domain.error_messages import ErrorMessages
from meterdrop.domain.error_parts import LINE_END, Cut, Limits, Part, cut_into_parts
from meterdrop.domain.header import ERROR_COLUMNS, UPLOAD
from meterdrop.domain.held_lines import HeldLines
from meterdrop.domain.judged import Refused
from meterdrop.domain.quoting import quoting
from meterdrop.domain.upload import Failure


class ErrorFileWriter:
    """Writes the error file of an upload of `size` bytes, of which `row_count` rows were refused; once."""

    def __init__(self, form: Form, *, row_count: int, size: int, limits: Limits) -> None:
        """Take how the lines look, and how large the file may become."""
        self._form = form
        self._row_count = row_count
        self._total = limits.total_for(size)
        self._part = limits.part
        self._messages = ErrorMessages(form.file.delimiter, limits.full_rows)

    def held(self, lines: HeldLines) -> Iterator[Part]:
        """Write lines that were held."""
        return self._parts(lines.take(self._messages), is_ascii=lines.are_ascii())

    def judged(self, refused: Iterable[Refused], *, are_ascii: bool) -> Iterator[Part]:
        """Write the same of rows; `are_ascii` tells whether all of their cells are."""
        lines = ErrorLines(self._form)
        return self._parts((lines.lines(block, self._messages) for block in lines.blocks(refused)), is_ascii=are_ascii)

    def _parts(self, blocks: Iterable[list[str]], *, is_ascii: bool) -> Iterator[Part]:
        header = _header(self._form)
        beginning = _line(header, self._form.file.delimiter) + LINE_END
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
        note = {UPLOAD: self._form.upload_id, ERROR_COLUMNS[-1]: message}
        return _line([note.get(name, "") for name in _header(self._form)], self._form.file.delimiter)


def failed_error_file(upload_id: str, failure: Failure) -> bytes:
    """Write the error file of a failed upload: the error columns, and one row that says why."""
    row = (upload_id, "", failure.code.value, "", guard(failure.message))
    text = _line(ERROR_COLUMNS, ",") + LINE_END + _line(row, ",") + LINE_END
    return text.encode() if failure.message.isascii() else codecs.BOM_UTF8 + text.encode()


def _header(form: Form) -> list[str]:
    header = [guard(form.layout.header[at]) for at in form.kept]
    if form.layout.adds_identifier:
        header.append(IDENTIFIER)
    header += ERROR_COLUMNS
    if form.overflows:
        header.append("")
    return header


def _line(cells: Sequence[str], delimiter: str) -> str:
    return delimiter.join(map(quoting(delimiter), cells))
