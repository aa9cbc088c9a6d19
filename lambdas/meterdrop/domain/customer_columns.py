"""The header of a file that registers customers."""

from collections.abc import Sequence
from dataclasses import dataclass

from meterdrop.domain.header import (
    ERROR_COLUMNS,
    UPLOAD,
    Header,
    error_columns,
    folded,
    nameless,
    names_of,
    near,
    refuse_many_nameless,
    refuse_missing,
    refuse_unknown,
)

ID = "id"
NAME = "name"
EMAIL = "email"
ATTRIBUTES = (NAME, EMAIL)
"""What a row may say of a customer."""

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
    header, positions = names_of(cells)
    refuse_missing([] if ID in positions else [near(ID, positions)])
    refuse_unknown(
        [name for name in positions if name not in _KNOWN],
        lambda name: next((known for known in _KNOWN if folded(known) == folded(name)), None),
        f"a file of customers has the columns {ID}, {' and '.join(ATTRIBUTES)}.",
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
