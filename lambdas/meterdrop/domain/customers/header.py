"""The header of a customer file."""

from collections.abc import Sequence
from dataclasses import dataclass

from meterdrop.domain.customers.customer import EMAIL_LENGTH, NAME_LENGTH
from meterdrop.domain.files.header import (
    ERROR_COLUMNS,
    UPLOAD,
    Header,
    error_columns,
    folded,
    has_columns,
    nameless,
    parse_names,
    refuse_many_nameless,
    refuse_missing,
    refuse_unknown,
    with_similar,
)
from meterdrop.domain.validation.template import csv_text
from meterdrop.domain.validation.usage_header import EVENT_NAME, TIMESTAMP

ID = "id"
NAME = "name"
EMAIL = "email"
ATTRIBUTES = (NAME, EMAIL)
"""The columns with attributes of a customer."""
LENGTHS = {NAME: NAME_LENGTH, EMAIL: EMAIL_LENGTH}
"""Maximum characters, by column."""

_OF_USAGE = (TIMESTAMP, EVENT_NAME)
_USAGE = "This looks like a usage file. Upload it under uploads/, or under validate/ for a dry run."
_STRIPE_COLUMN = "Created (UTC)"

_KNOWN = (ID, *ATTRIBUTES, *ERROR_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLayout(Header):
    """The column positions of a customer file. `attributes` maps the file's `ATTRIBUTES` to positions."""

    id: int
    attributes: dict[str, int]


def is_customer_column(name: str) -> bool:
    """Return whether a customer file may have a column with this name."""
    return name in _KNOWN


def read_customer_header(cells: Sequence[str]) -> CustomerLayout:
    """Parse the header's cells. Raises FileError that names all invalid columns."""
    header, positions = parse_names(cells)
    if ID not in positions:
        refuse_missing([with_similar(ID, positions)], _USAGE if has_columns(header, _OF_USAGE, 1) else "")
    refuse_unknown(
        [name for name in positions if name not in _KNOWN],
        lambda name: next((known for known in _KNOWN if folded(known) == folded(name)), None),
        f"Customer files have the columns {ID}, {' and '.join(ATTRIBUTES)}."
        + (" This looks like Stripe's customer export." if _STRIPE_COLUMN in positions else ""),
    )
    refuse_many_nameless(header)
    return CustomerLayout(
        header=header,
        filled=positions[ID],
        id=positions[ID],
        attributes={name: positions[name] for name in ATTRIBUTES if name in positions},
        upload=positions.get(UPLOAD),
        nameless=nameless(header),
        error_columns=error_columns(positions),
    )


def customer_template() -> str:
    """Return a CSV text with two customers. Only the ID is required."""
    rows = (
        {ID: "cus_replace_this_id", NAME: "Example Inc.", EMAIL: "billing@example.com"},
        {ID: "cus_replace_this_id_too"},
    )
    return csv_text((ID, *ATTRIBUTES), rows)
