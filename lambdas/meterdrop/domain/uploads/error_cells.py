"""The cells that an error file writes in its own way: error messages and values.

In a locale with a decimal comma, a spreadsheet reads exactly three digits after a point as a group of thousands.
`1.234` becomes 1234, `0.125` becomes 125, and `1234.567` becomes 1234567. One more zero at the end prevents this, and
Meterdrop reads the same value. `tests/data/libreoffice` shows both.
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
"""The message of a row if many earlier rows have the same code and field."""
_Errors = tuple[RowError, ...]


class ErrorMessages:
    """Encodes the errors of rows, in the order of the file. Caches the encoded cells.

    The first `full_rows` rows with the same code and field have full messages, later ones a short message. This limits
    the size of the error file.
    """

    def __init__(self, delimiter: str, full_rows: int) -> None:
        """Create the encoder, before the first row."""
        quoted = quoting(delimiter)

        def cells(errors: _Errors, message: str) -> str:
            return delimiter.join([quoted(guard(cell)) for cell in (errors[0].code.value, errors[0].field, message)])

        self._full_rows = full_rows
        self._rows = Counter[Sequence[str]]()
        self._full = Cache[_Errors, str](lambda errors: cells(errors, " ".join(map(str, errors))))
        self._short = Cache[_Errors, str](lambda errors: cells(errors, SHORT_MESSAGE))

    def encode(self, errors: Sequence[_Errors]) -> Iterable[str]:
        """Return the error cells of the next rows."""
        # Rows share their error tuples. Lookup by content is ten times as slow as by identity.
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
    """The value cells of one file's rows, by the meters as read."""

    def __init__(self, event_name: int, parsers: Parsers) -> None:
        """Create the encoder from the position of the column `event_name` and the file's parsers."""
        self.event_name = event_name
        self.columns = parsers.value_columns
        """The positions of all meters' value columns."""
        self._parsers = parsers
        self._positions = Cache(self._columns_of)
        self._encoded = Cache(self._encode)

    def encode(self, position: int, cells: Sequence[str], event_names: Sequence[str]) -> Sequence[str]:
        """Return the cells of the value column at `position`. `event_names` has the rows' event names."""
        positions, encoded = self._positions, self._encoded
        # In most files, no value changes, so the meter doesn't matter.
        if tuple(map(encoded.__getitem__, cells)) == tuple(cells):
            return cells
        return [
            encoded[cell] if position in positions[name] else cell
            for cell, name in zip(cells, event_names, strict=True)
        ]

    def _columns_of(self, event_name: str) -> Collection[int | None]:
        # Without a meter, any value column may apply. An additional zero doesn't change a number.
        shape = self._parsers.plans[event_name].shape
        return self.columns if shape is None else (shape.value_position,)

    def _encode(self, cell: str) -> str:
        match = _LIKE_THOUSANDS.fullmatch(cell)
        if match is None or not isinstance(self._parsers.values[cell], Decimal):
            return cell
        return f"{match[1]}0{match[2]}"
