"""One cell: what of it is content, what the error file adds to protect spreadsheets, and how it is quoted in messages.

A spreadsheet runs a cell that begins with one of `= + - @`, a tab or a carriage return, whatever blanks stand before
the sign. One of another locale splits a cell where its own list separator stands, and at line breaks, and runs the
piece. The error file puts an apostrophe before such a cell and before such a piece. Reading takes one off exactly where
writing would have put it, so dropping an error file back never changes a cell.
"""

import re
import unicodedata

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.errors import CellError

LENGTH_LIMIT = 100
"""Characters of any cell that is stored; Stripe's limit for payload values and identifiers."""

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
"""A plain number, the only syntax of a value."""

LINE_BREAK = "holds a line break. Write the cell on one line, and look for a quote that is not closed."

# The White_Space property of Unicode; str.strip() alone would take the separators U+001C to U+001F too.
BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
"""What a formula begins with; spreadsheets of some languages take the full-width signs for the others."""
SEPARATORS = ",;\t\r\n"
"""Where a spreadsheet may split a cell."""
_SIGN = f"[{re.escape(SIGNS)}]"
_INNER_BLANKS = "".join(blank for blank in BLANKS if blank not in SEPARATORS)
_PIECE = f"(?<=[{SEPARATORS}])%s(?=[{_INNER_BLANKS}]*{_SIGN})"
_FORMULA = re.compile(f"[\t\r]|[{BLANKS}]*{_SIGN}")
_TO_GUARD, _GUARDED = re.compile(_PIECE % ""), re.compile(_PIECE % "'")
_EXCERPT = 40


def trim(cell: str) -> str:
    """Take off Unicode white space at both ends."""
    return cell.strip(BLANKS)


def guard(cell: str) -> str:
    """Return the cell as the error file writes it."""
    if cell.isalnum():
        return cell
    guarded = _TO_GUARD.sub("'", cell)
    return "'" + guarded if _runs_as_formula(cell) else guarded


def content(cell: str) -> str:
    """Return what a cell of a dropped file holds: without the guard of an error file, and trimmed."""
    if cell.isalnum():  # most cells, and none of those has anything to take off
        return cell
    if "'" in cell:
        cell = _GUARDED.sub("", cell)
        if cell[:1] == "'" and _runs_as_formula(cell[1:]):
            cell = cell[1:]
    return cell.strip(BLANKS)


def refuse_text(text: str, limit: int = LENGTH_LIMIT) -> CellError | None:
    """Refuse text that no stored field may hold: too long, or with control characters or line breaks."""
    if len(text) > limit:
        return CellError(
            RowCode.FIELD_TOO_LONG, f"has {len(text)} characters; at most {limit} are allowed. Shorten it."
        )
    return None if text.isprintable() else refuse_characters(text)


def could_be_stored(id_: str) -> bool:
    """Tell whether anything can have this id; whatever a request names is asked before AWS is.

    AWS refuses what its keys cannot hold: an empty or a long text, or half a character.
    """
    return id_ != "" and refuse_text(id_) is None


def refuse_characters(text: str) -> CellError | None:
    """Refuse control characters, line breaks, and halves of characters (which JSON can write, and no file holds)."""
    if any(character in text for character in "\n\r\u2028\u2029"):
        return CellError(RowCode.FIELD_INVALID, LINE_BREAK)
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        return CellError(RowCode.FIELD_INVALID, "holds a control character. Remove it.")
    return None


def excerpt(text: str) -> str:
    """Return the beginning of a cell, quoted, for a message; it never holds a control character."""
    short = text if len(text) <= _EXCERPT else text[:_EXCERPT] + "..."
    return '"' + "".join(character if character.isprintable() else "?" for character in short) + '"'


def _runs_as_formula(cell: str) -> bool:
    return _FORMULA.match(cell) is not None and NUMBER.fullmatch(cell.lstrip(_INNER_BLANKS)) is None
