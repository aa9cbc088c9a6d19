"""A customer as a person: where an ID, a name or an email address is in rows and texts."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from meterdrop.domain.customers.customer import refuse_unreachable
from meterdrop.domain.customers.header import ATTRIBUTES, ID, is_customer_column
from meterdrop.domain.files.cells import content, excerpt
from meterdrop.domain.files.csv_file import open_csv
from meterdrop.domain.files.records import is_blank, unwrapped
from meterdrop.domain.uploads.keys import nfc
from meterdrop.domain.validation.field_parsers import refuse_identifier

_EXCERPT = 40
"""Characters after which messages cut a value."""
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "cp1252")
"""The encodings in which a refused file is searched."""
_NULL = b"\0"
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(slots=True)
class Person:
    """A customer's ID, with the names, email addresses and phone numbers that were found with it."""

    id: str
    texts: set[str] = field(default_factory=set)

    def learn(self, *texts: str | None) -> None:
        """Remember what else the person is found by."""
        self.texts.update(text for text in texts if text)

    def is_in_text(self, text: str) -> bool:
        """Return whether a text that isn't CSV has the ID, or one of the texts, as whole words."""
        return _has_word(text, {self.id, *self.texts})

    def is_in_message(self, message: str) -> bool:
        """Return whether a message has one of the texts, or the ID in quotation marks. Messages cut long values."""
        return any(quoted in message for quoted in (excerpt(self.id), f'"{self.id}"')) or _has_word(message, self.texts)

    def is_in_row(self, row: "Row") -> bool:
        """Return whether a row has the ID in a cell. A row without any customer's ID may also have one of the texts."""
        if any(nfc(cell) == nfc(self.id) for cell in row.cells):
            return True
        return row.customer is None and _has_word("\n".join(row.cells), self.texts)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a CSV file. Its number counts from 1. 0 is a header's names that aren't columns of a customer file."""

    number: int
    cells: Sequence[str]
    names: Sequence[str]
    customer: str | None
    """The valid customer's ID in the column `id`, None if there is none."""

    def values(self) -> dict[str, str]:
        """Return the cells that aren't empty, by column."""
        named = zip_longest(self.cells, self.names[: len(self.cells)], fillvalue="")
        return {name or f"column {place}": cell for place, (cell, name) in enumerate(named, 1) if cell}

    def texts(self) -> Iterator[str]:
        """Yield the name and the email address."""
        values = self.values()
        yield from (values[name] for name in ATTRIBUTES if name in values)


def read_rows(data: bytes) -> Iterator[Row]:
    """Yield the rows of any CSV file. Raises FileError for anything else."""
    file = open_csv(data, bool)
    names = [content(cell) for cell in file.header]
    place = names.index(ID) if ID in names else None
    if unknown := [name for name in names if not is_customer_column(name)]:
        yield Row(0, unknown, (), None)
    records = (unwrapped(cells, file.delimiter) for cells in file.records() if not is_blank(cells))
    for number, cells in enumerate(records, 1):
        found = [content(cell) for cell in cells]
        yield Row(number, found, names, _customer(found[place]) if place is not None and place < len(found) else None)


def is_binary(data: bytes) -> bool:
    """Return whether data may hide any text, as a workbook does."""
    return _NULL in data and not data.startswith(_BYTE_ORDER_MARKS)


def texts_of(data: bytes) -> Iterator[str]:
    """Yield what a file that isn't CSV may say."""
    return (data.decode(encoding, errors="replace") for encoding in _ENCODINGS)


def _has_word(text: str, words: Collection[str]) -> bool:
    patterns = [re.escape(word[:_EXCERPT]) + ("" if len(word) > _EXCERPT else r"(?!\w)") for word in words]
    return bool(patterns) and re.search(rf"(?<!\w)(?:{'|'.join(patterns)})", text, re.IGNORECASE) is not None


def _customer(cell: str) -> str | None:
    return None if not cell or refuse_identifier(cell) or refuse_unreachable(cell) else cell
