"""Which cells of refused rows are values, and how an error file writes these.

A spreadsheet of a locale with a decimal comma takes `1.234` for a thousand, `0.125` for 125, and `1234.567` for more
than a million: exactly three digits after a point are a group to it, whatever stands before. With one zero more none of
them is a number to it, and each is the same value to Meterdrop. `tests/data/libreoffice` shows both.
"""

import re
from collections.abc import Collection, Sequence
from decimal import Decimal

from meterdrop.domain.memo import Memo
from meterdrop.domain.parsers import Parsers

_LIKE_THOUSANDS = re.compile(r"(\s*[+-]?[0-9]+\.[0-9]{3})(\s*)")


class ValueCells:
    """The value cells of one file's rows, by its meters as they were read."""

    def __init__(self, event_name: int, parsers: Parsers) -> None:
        """Take the position of the column `event_name`, and what a file is judged by."""
        self.event_name = event_name
        self.columns = parsers.value_columns
        """Where a value of any meter may stand."""
        self._parsers = parsers
        self._read = Memo(self._columns_of)
        self._written = Memo(self._write)

    def written(self, at: int, cells: Sequence[str], event_names: Sequence[str]) -> Sequence[str]:
        """Return the cells of one of `columns`, given those that name the rows' meters."""
        read, written = self._read, self._written
        # In most files no value is like that, and nothing depends on the meter.
        if tuple(map(written.__getitem__, cells)) == tuple(cells):
            return cells
        return [written[cell] if at in read[name] else cell for cell, name in zip(cells, event_names, strict=True)]

    def _columns_of(self, event_name: str) -> Collection[int | None]:
        # Without a meter every column counts that is a meter's value: a zero too many changes no number.
        shape = self._parsers.plans[event_name].shape
        return self.columns if shape is None else (shape.value_at,)

    def _write(self, cell: str) -> str:
        match = _LIKE_THOUSANDS.fullmatch(cell)
        if match is None or not isinstance(self._parsers.values[cell], Decimal):
            return cell
        return f"{match[1]}0{match[2]}"
