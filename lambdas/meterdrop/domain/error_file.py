"""The error file: every refused row as it stood, with its event id and its errors, to be corrected and dropped back.

Its columns are those of the dropped file, then `identifier` where a usage file had none, then `ERROR_COLUMNS`, then one
without a name for what went beyond the header. A dropped error file's own error columns are replaced, not repeated.
"""

import codecs
import csv
import io
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from meterdrop.domain.cells import content, guard
from meterdrop.domain.columns import IDENTIFIER
from meterdrop.domain.header import ERROR_COLUMNS, Header
from meterdrop.domain.judge import Refused
from meterdrop.domain.upload import Failure

_CHUNK = 64 * 1024  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What decides how an error file looks, beside its rows."""

    upload_id: str
    layout: Header
    delimiter: str
    overflows: bool
    """Whether a refused row has more cells than the header."""
    ascii_only: bool
    """Whether header and refused rows are ASCII all through: a byte order mark stands only where it is needed."""


def error_file(refused: Iterable[Refused], form: Form) -> Iterator[bytes]:
    """Write the error file in chunks of bytes."""
    layout = form.layout
    kept = [at for at in range(layout.width) if at not in layout.error_columns]
    header = [layout.header[at] for at in kept]
    if layout.adds_identifier:
        header.append(IDENTIFIER)
    header += ERROR_COLUMNS
    if form.overflows:
        header.append("")
    rows = (_row(row, form, kept) for row in refused)
    return _written(header, rows, form.delimiter, ascii_only=form.ascii_only)


def failed_error_file(upload_id: str, failure: Failure) -> bytes:
    """Write the error file of a failed upload: the error columns, and one row that says why."""
    row = [upload_id, "", failure.code.value, "", failure.message]
    return b"".join(_written(ERROR_COLUMNS, [row], ",", ascii_only=failure.message.isascii()))


def _row(refused: Refused, form: Form, kept: Sequence[int]) -> list[str]:
    cells, first = refused.cells, refused.errors[0]
    count, identifier_at = len(cells), form.layout.identifier
    there = bisect_left(kept, count)
    row = [guard(cells[at]) for at in kept[:there]] + [""] * (len(kept) - there)
    if form.layout.adds_identifier:
        row.append(refused.id or "")
    elif (
        identifier_at is not None
        and refused.id is not None
        and (identifier_at >= count or not content(cells[identifier_at]))
    ):
        row[kept.index(identifier_at)] = refused.id
    message = " ".join(map(str, refused.errors))
    row += (form.upload_id, str(refused.row), first.code.value, first.field, guard(message))
    if form.overflows:
        row.append(guard(form.delimiter.join(cells[form.layout.width :])))
    return row


def _written(
    header: Sequence[str], rows: Iterable[Sequence[str]], delimiter: str, *, ascii_only: bool
) -> Iterator[bytes]:
    buffer = io.StringIO(newline="")
    # With any other line end, csv.writer of Python 3.11 leaves a cell with a carriage return without quotes.
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\r\n")
    if not ascii_only:
        yield codecs.BOM_UTF8
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() >= _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
