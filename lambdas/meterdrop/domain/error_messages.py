"""Code, field and message of refused rows, as an error file writes them."""

from collections import Counter
from collections.abc import Iterable, Sequence

from meterdrop.domain.cells import guard
from meterdrop.domain.memo import Memo
from meterdrop.domain.quoting import quoting
from meterdrop.domain.verdict import RowError

SHORT = "See earlier rows."
"""The message of a row whose code and field many rows before it have."""

_Errors = tuple[RowError, ...]


class ErrorMessages:
    """Writes the errors of rows, in the order of the file; most are remembered as written.

    The first `full_rows` rows of one code and field have all messages, later ones a short one: a fault that goes
    through a whole file is told, and does not make its error file many times as large.
    """

    def __init__(self, delimiter: str, full_rows: int) -> None:
        """Begin before the first row."""
        quoted = quoting(delimiter)

        def cells(errors: _Errors, message: str) -> str:
            return delimiter.join([quoted(guard(cell)) for cell in (errors[0].code.value, errors[0].field, message)])

        self._full_rows = full_rows
        self._rows = Counter[Sequence[str]]()
        self._full = Memo[_Errors, str](lambda errors: cells(errors, " ".join(map(str, errors))))
        self._short = Memo[_Errors, str](lambda errors: cells(errors, SHORT))

    def written(self, errors: Sequence[_Errors]) -> Iterable[str]:
        """Return the cells of rows that follow each other."""
        # Rows share their errors. To look these up by what they say takes ten times as long.
        distinct = dict(zip(map(id, errors), errors, strict=True))
        rows = Counter[Sequence[str]]()
        for key, count in Counter(map(id, errors)).items():
            rows[distinct[key][0][:2]] += count
        if any(self._rows[kind] < self._full_rows < self._rows[kind] + count for kind, count in rows.items()):
            return list(map(self._one, errors))
        cells = {key: self._cells(each) for key, each in distinct.items()}
        self._rows.update(rows)
        return map(cells.__getitem__, map(id, errors))

    def _one(self, errors: _Errors) -> str:
        cells = self._cells(errors)
        self._rows[errors[0][:2]] += 1
        return cells

    def _cells(self, errors: _Errors) -> str:
        return (self._full if self._rows[errors[0][:2]] < self._full_rows else self._short)[errors]
