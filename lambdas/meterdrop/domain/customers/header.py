"""The header of a file that registers customers."""

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
from meterdrop.domain.validation.usage_header import EVENT_NAME, TIMESTAMP

ID = "id"
NAME = "name"
EMAIL = "email"
ATTRIBUTES = (NAME, EMAIL)
"""What a row may say of a customer."""
LENGTHS = {NAME: NAME_LENGTH, EMAIL: EMAIL_LENGTH}
"""How many characters of it at most."""

_OF_USAGE = (TIMESTAMP, EVENT_NAME)
_USAGE = "This looks like a file of usage. Upload it under uploads/, or under validate/ to check it."
_STRIPE_COLUMN = "Created (UTC)"

_KNOWN = (ID, *ATTRIBUTES, *ERROR_COLUMNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerLayout(Header):
    """Where the columns stand. `attributes` maps those of `ATTRIBUTES` that the file has to positions."""

    id: int
    attributes: dict[str, int]


def is_customer_column(name: str) -> bool:
    """Tell whether a column of this name may stand in a file of customers."""
    return name in _KNOWN


def read_customer_header(cells: Sequence[str]) -> CustomerLayout:
    """Read the header's cells; raises FileFault that names every column at fault."""
    header, positions = parse_names(cells)
    if ID not in positions:
        refuse_missing([with_similar(ID, positions)], _USAGE if has_columns(header, _OF_USAGE, 1) else "")
    refuse_unknown(
        [name for name in positions if name not in _KNOWN],
        lambda name: next((known for known in _KNOWN if folded(known) == folded(name)), None),
        f"a file of customers has the columns {ID}, {' and '.join(ATTRIBUTES)}."
        + (" This looks like Stripe's export of customers." if _STRIPE_COLUMN in positions else ""),
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
