"""The error file: every refused row as it stood, with its event id and its errors, to be corrected and dropped back.

Its columns are those of the dropped file, then `identifier` where a usage file had none, then `ERROR_COLUMNS`, then one
without a name for what went beyond the header. A dropped error file's own error columns are replaced, not repeated.
"""

import codecs
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from meterdrop.domain.cells import content, guard
from meterdrop.domain.columns import IDENTIFIER
from meterdrop.domain.header import ERROR_COLUMNS, Header
from meterdrop.domain.judge import Refused
from meterdrop.domain.memo import Memo
from meterdrop.domain.quoting import quoting
from meterdrop.domain.upload import Failure
from meterdrop.domain.verdict import RowError

_CHUNK = 64 * 1024  # characters
_LINE_END = "\r\n"


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
    rows = map(_Rows(form, kept).text, refused)
    return _written(header, rows, form.delimiter, ascii_only=form.ascii_only)


def failed_error_file(upload_id: str, failure: Failure) -> bytes:
    """Write the error file of a failed upload: the error columns, and one row that says why."""
    row = ",".join(map(quoting(","), (upload_id, "", failure.code.value, "", failure.message)))
    return b"".join(_written(ERROR_COLUMNS, [row], ",", ascii_only=failure.message.isascii()))


class _Rows:
    """Writes refused rows. Cells and errors repeat themselves, so most of a row is remembered as it is written."""

    def __init__(self, form: Form, kept: Sequence[int]) -> None:
        """Take the form, and which of the file's columns are written."""
        quoted = quoting(form.delimiter)
        self._form = form
        self._kept = kept
        self._keeps_all = len(kept) == form.layout.width
        self._cells = Memo[str, str](lambda cell: quoted(guard(cell)))
        self._errors = Memo[tuple[RowError, ...], str](lambda errors: form.delimiter.join(map(quoted, _told(errors))))

    def text(self, refused: Refused) -> str:
        """Return the line of a row, without its end."""
        form, width = self._form, self._form.layout.width
        own, count = refused.cells, len(refused.cells)
        if count == width and self._keeps_all:
            cells = list(map(self._cells.__getitem__, own))
        else:
            there = bisect_left(self._kept, count)
            cells = [self._cells[own[at]] for at in self._kept[:there]] + [""] * (len(self._kept) - there)
        if form.layout.adds_identifier:
            cells.append(refused.id or "")
        else:
            self._identify(cells, refused)
        cells += (form.upload_id, str(refused.row), self._errors[refused.errors])
        if form.overflows:
            cells.append(self._cells[form.delimiter.join(own[width:])])
        return form.delimiter.join(cells)

    def _identify(self, cells: list[str], refused: Refused) -> None:
        """Write the row's event id where its own cell for it is empty. An id of ours needs no quotes."""
        at, own = self._form.layout.identifier, refused.cells
        if at is not None and refused.id is not None and (at >= len(own) or not content(own[at])):
            cells[self._kept.index(at)] = refused.id


def _told(errors: Sequence[RowError]) -> tuple[str, str, str]:
    """Return code and field of the first error, and the messages of all."""
    return errors[0].code.value, errors[0].field, guard(" ".join(map(str, errors)))


def _written(header: Sequence[str], rows: Iterable[str], delimiter: str, *, ascii_only: bool) -> Iterator[bytes]:
    if not ascii_only:
        yield codecs.BOM_UTF8
    held = [delimiter.join(map(quoting(delimiter), header)), ""]
    size = 0
    for row in rows:
        held[-1:] = (row, "")
        size += len(row)
        if size >= _CHUNK:
            yield _LINE_END.join(held).encode()
            held, size = [""], 0
    yield _LINE_END.join(held).encode()
