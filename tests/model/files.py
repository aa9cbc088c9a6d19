"""The files that the model drops: rows of few customers, hours, values and identifiers, so that they often meet.

What each spelling means is written down here, for nobody to work out again.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

METERS = {"calls": "sum", "peak": "max", "seats": "last"}
"""Formula by event name."""
REGISTERED = ("cus_a", "cus_b", "cus_n")
"""Customers that are there from the beginning."""
COMING_AND_GOING = ("cus_n", "cus_m")
TIMES = {
    "2024-09-23": 1_727_049_600,
    "1727049600": 1_727_049_600,
    "2024-09-23T00:59:59Z": 1_727_053_199,
    "2024-09-23T01:00:00Z": 1_727_053_200,
    "2024-09-30T23:59:59Z": 1_727_740_799,
    "2024-10-01T02:00:00+0200": 1_727_740_800,
}
"""Instants in epoch seconds: two spellings of one, four hours, the last second of a month and the first of the next."""
VALUES = {"4": Decimal(4), "4.0": Decimal(4), "-2.5": Decimal("-2.5"), "9": Decimal(9), "many": None}
"""Numbers; None is none."""
IDENTIFIERS = ("i1", "i2", "i3", "i4")
DAMAGES = ("none", "none", "identifiers emptied", "identifiers gone")
"""What may have become of an error file's identifiers; the columns `upload` and `row_number` tell its rows then."""
_CORRECTION = "9"
_COLUMNS = ("timestamp", "event_name", "payload_stripe_customer_id", "payload_value", "identifier")


class Content(NamedTuple):
    """What makes two events of one id the same."""

    event_name: str
    customer: str
    instant: int
    value: Decimal


@dataclass(frozen=True, slots=True)
class Row:
    """One row of usage, as it is spelt; without an identifier where that is empty."""

    customer: str
    event_name: str
    time: str
    value: str
    identifier: str = ""

    @property
    def content(self) -> Content | None:
        """What the row says, None where it holds what is no number."""
        value = VALUES[self.value]
        return None if value is None else Content(self.event_name, self.customer, TIMES[self.time], value)

    @property
    def corrected(self) -> "Row":
        """The row with a number where it had none."""
        return self if VALUES[self.value] is not None else replace(self, value=_CORRECTION)


class CustomerRow(NamedTuple):
    """One row of a file of customers; without an id it is a bad one."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class File:
    """What is dropped. `is_sound` is False for what is no file of rows at all."""

    data: bytes
    rows: Sequence[Row] = ()
    customers: Sequence[CustomerRow] = ()
    allow_duplicate: bool = False
    parent: str | None = None
    """The upload whose error file it is."""
    is_sound: bool = True

    @property
    def has_rows_without_identifier(self) -> bool:
        """Whether a row of it is told from others by its content alone."""
        return any(not row.identifier for row in self.rows)


BROKEN = File(b"", is_sound=False)


def usage_file(rows: Sequence[Row], *, allow_duplicate: bool = False) -> File:
    """Write a file of usage."""
    cells = [(row.time, row.event_name, row.customer, row.value, row.identifier) for row in rows]
    return File(_written(_COLUMNS, cells), rows=tuple(rows), allow_duplicate=allow_duplicate)


def customer_file(rows: Sequence[CustomerRow]) -> File:
    """Write a file of customers."""
    return File(_written(("id", "name"), rows), customers=tuple(rows))


def error_file_back(data: bytes, rows: Sequence[Row], parent: str, *, is_corrected: bool, damage: str) -> File:
    """Return an error file as somebody drops it back: as it is, or with its values corrected, damaged or not.

    `rows` is what it should hold; each with its event id as identifier, whatever becomes of the column.
    """
    header, *cells = csv.reader(io.StringIO(data.decode(), newline=""))
    if is_corrected:
        at = header.index("payload_value")
        for row in cells:
            row[at] = _CORRECTION if VALUES[row[at]] is None else row[at]
        data, rows = _written(header, cells), [row.corrected for row in rows]
    if damage != "none":
        at = header.index("identifier")
        for row in cells:
            row[at : at + 1] = [""] if damage == "identifiers emptied" else []
        header[at : at + 1] = ["identifier"] if damage == "identifiers emptied" else []
        data = _written(header, cells)
    return File(data, rows=tuple(rows), parent=parent)


def _written(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()
