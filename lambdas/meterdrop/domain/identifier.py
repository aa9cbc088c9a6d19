"""What makes a meter event unique, for ever."""

import re

from meterdrop.domain.cells import excerpt, refuse_text
from meterdrop.domain.codes import RowCode
from meterdrop.domain.verdict import Refusal

# As a spreadsheet writes a long number: many of them would become one identifier.
_SCIENTIFIC = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[eE][+-][0-9]+")


def event_id(upload_id: str, row_number: int) -> str:
    """Return the id of an event whose row has no identifier."""
    return f"{upload_id}:{row_number}"


def refuse_identifier(identifier: str) -> Refusal | None:
    """Refuse a trimmed identifier that is not empty, or return None."""
    if refusal := refuse_text(identifier):
        return refusal
    if _SCIENTIFIC.fullmatch(identifier):
        return Refusal(
            RowCode.FIELD_INVALID,
            f"{excerpt(identifier)} was shortened by a spreadsheet; format the column as text and restore it.",
        )
    return None
