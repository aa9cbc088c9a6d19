"""The error file: every refused row as it stood, with its event id and its errors, to be corrected and dropped back.

Its columns are those of the dropped file, then `identifier` where a usage file had none, then `ERROR_COLUMNS`, then one
without a name for what went beyond the header. A dropped error file's own error columns are replaced, not repeated.
"""

import codecs
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from meterdrop.domain.columns import IDENTIFIER
from meterdrop.domain.error_lines import LINE_END, ErrorLines, Form
from meterdrop.domain.header import ERROR_COLUMNS
from meterdrop.domain.held_lines import HeldLines
from meterdrop.domain.judged import Refused
from meterdrop.domain.quoting import quoting
from meterdrop.domain.upload import Failure


def held_error_file(lines: HeldLines, form: Form) -> Iterator[bytes]:
    """Write the error file in chunks of bytes, of lines that were held; once."""
    return chain([_beginning(form, is_ascii=lines.are_ascii())], lines.take())


def error_file(refused: Iterable[Refused], form: Form, *, are_ascii: bool) -> Iterator[bytes]:
    """Write the same file, of rows; `are_ascii` tells whether all of their cells are."""
    return chain([_beginning(form, is_ascii=are_ascii)], ErrorLines(form).written(refused))


def failed_error_file(upload_id: str, failure: Failure) -> bytes:
    """Write the error file of a failed upload: the error columns, and one row that says why."""
    row = (upload_id, "", failure.code.value, "", failure.message)
    text = _line(ERROR_COLUMNS, ",") + _line(row, ",")
    return text.encode() if failure.message.isascii() else codecs.BOM_UTF8 + text.encode()


def _beginning(form: Form, *, is_ascii: bool) -> bytes:
    """Return the header; a byte order mark stands before it only where it is needed."""
    header = [form.layout.header[at] for at in form.kept]
    if form.layout.adds_identifier:
        header.append(IDENTIFIER)
    header += ERROR_COLUMNS
    if form.overflows:
        header.append("")
    begins_plainly = is_ascii and "".join(form.layout.header).isascii()
    return (b"" if begins_plainly else codecs.BOM_UTF8) + _line(header, form.file.delimiter).encode()


def _line(cells: Sequence[str], delimiter: str) -> str:
    return delimiter.join(map(quoting(delimiter), cells)) + LINE_END
