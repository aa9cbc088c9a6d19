"""What makes a meter event unique, for ever."""

import re
import unicodedata

from meterdrop.domain.cells import LENGTH_LIMIT, content, excerpt, guard, refuse_text
from meterdrop.domain.codes import RowCode
from meterdrop.domain.verdict import Refusal

_RESTORE = "Format the column as text in the program that wrote it, and restore the identifier."
_LEAVE_EMPTY = "Restore the identifier, or leave the cell empty."

# How all of the below begin: most identifiers do not, and are looked at no further.
_MAY_BE_DAMAGED = re.compile(r"[+-]?[0-9]++[.,eE]|[#<(\[\\]|[nN][aiouAIOU/]|[uU][nN][dD]|[eE][rR][rR]:")
# Many identifiers become one where a program takes them for numbers, or has none to write. Case tells nothing here. A
# number without the exponent's sign has one digit before the point: `7e5a9c1` and `1e10234` are names, as hashes are.
_DAMAGED = re.compile(
    r"""
    (?P<shortened>[+-]?(?:[0-9]++(?:[.,][0-9]++)?e[+-][0-9]++|[0-9](?:[.,][0-9]++)?e[0-9]{1,3}))
    | (?P<float>[+-]?[0-9]++(?:\.0+|,00?))
    | (?P<error>\#[¡¿]?[^\W\d_][\w/]*[!?]|\#(?:N/A|NV|N/D|GETTING_DATA)|Err:[0-9]{3})
    | (?P<nothing>null|none|nan|nat|na|n/a|nil|undefined|<(?:null|none|nan|na|nil)>|\((?:null|none|nil)\)|\\N
        |\[object\ object\])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DAMAGES = {
    "shortened": f"is in scientific notation: a program shortened it. {_RESTORE}",
    "float": f"is a number with a decimal point: a program changed it. {_RESTORE}",
    "error": f"is the error value of a spreadsheet. {_LEAVE_EMPTY}",
    "nothing": f"is what programs write where they have no identifier. {_LEAVE_EMPTY}",
}


def event_id(upload_id: str, row_number: int) -> str:
    """Return the id of an event whose row has no identifier."""
    return f"{upload_id}:{row_number}"


def identifier_of(cell: str) -> str:
    """Return the identifier that a cell of a dropped file holds; empty where it holds none.

    It is in Unicode's form NFC, so that an identifier is the same however a system spells its accents.
    """
    text = content(cell)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def given_identifier(text: str) -> str:
    """Return the identifier that a program gives, as if it had written it into a cell; empty where it gives none."""
    return identifier_of(guard(text))


def refuse_identifier(identifier: str) -> Refusal | None:
    """Refuse an identifier that is not empty, or return None."""
    is_plain = identifier.isprintable() and len(identifier) <= LENGTH_LIMIT
    if is_plain and _MAY_BE_DAMAGED.match(identifier) is None:
        return None
    if refusal := refuse_text(identifier):
        return refusal
    if damaged := _DAMAGED.fullmatch(identifier):
        return Refusal(RowCode.FIELD_INVALID, f"{excerpt(identifier)} {_DAMAGES[damaged.lastgroup or '']}")
    # Nobody sees by which character two identifiers differ that look the same.
    found = next((character for character in identifier if unicodedata.category(character) == "Cf"), None)
    if found is None:
        return None
    return Refusal(
        RowCode.FIELD_INVALID,
        f"{excerpt(identifier)} holds an invisible character, U+{ord(found):04X}. Remove it.",
    )
