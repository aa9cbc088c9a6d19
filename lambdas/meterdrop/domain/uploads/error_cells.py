"""The cells that an error file writes in its own way: error messages and values.

In a locale with a decimal comma, a spreadsheet reads exactly three digits after a point as a group of thousands:
`1.234` becomes 1234, `0.125` becomes 125, and `1234.567` becomes 1234567. One more zero at the end prevents this,
and Meterdrop reads the same value. `tests/data/libreoffice` shows both.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal

from meterdrop.domain.files.cache import Cache
from meterdrop.domain.files.cells import guard
from meterdrop.domain.files.errors import RowError
from meterdrop.domain.files.records import quoting
from meterdrop.domain.validation.field_parsers import Parsers

SHORT_MESSAGE = "See earlier rows."
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
        self._full = Cache[_Errors, str](lambda errors: cells(errors, " ".join(map(str, errors))))
        self._short = Cache[_Errors, str](lambda errors: cells(errors, SHORT_MESSAGE))

    def encode(self, errors: Sequence[_Errors]) -> Iterable[str]:
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


_LIKE_THOUSANDS = re.compile(r"(\s*[+-]?[0-9]+\.[0-9]{3})(\s*)")


class ValueCells:
    """The value cells of one file's rows, by its meters as they were read."""

    def __init__(self, event_name: int, parsers: Parsers) -> None:
        """Take the position of the column `event_name`, and what a file is judged by."""
        self.event_name = event_name
        self.columns = parsers.value_columns
        """Where a value of any meter may stand."""
        self._parsers = parsers
        self._positions = Cache(self._columns_of)
        self._encoded = Cache(self._encode)

    def encode(self, position: int, cells: Sequence[str], event_names: Sequence[str]) -> Sequence[str]:
        """Return the cells of one of `columns`, given those that name the rows' meters."""
        positions, encoded = self._positions, self._encoded
        # In most files no value is like that, and nothing depends on the meter.
        if tuple(map(encoded.__getitem__, cells)) == tuple(cells):
            return cells
        return [
            encoded[cell] if position in positions[name] else cell
            for cell, name in zip(cells, event_names, strict=True)
        ]

    def _columns_of(self, event_name: str) -> Collection[int | None]:
        # Without a meter every column counts that is a meter's value: a zero too many changes no number.
        shape = self._parsers.plans[event_name].shape
        return self.columns if shape is None else (shape.value_position,)

    def _encode(self, cell: str) -> str:
        match = _LIKE_THOUSANDS.fullmatch(cell)
        if match is None or not isinstance(self._parsers.values[cell], Decimal):
            return cell
        return f"{match[1]}0{match[2]}"
