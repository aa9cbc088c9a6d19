"""The content of a cell, its protection against formula injection, and its excerpt in messages.

Spreadsheets run a cell as a formula if it begins with `=`, `+`, `-`, `@`, a tab or a carriage return. Leading
whitespace and invisible characters make no difference. Spreadsheets of other locales split a cell at their list
separator and at line breaks, and run each piece. There, quotation marks before the sign make no difference either.

The error file writes an apostrophe before such a cell and before such a piece. Meterdrop removes an apostrophe
exactly where it would write one. So uploading an error file never changes a cell.
"""

import re
import unicodedata

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.errors import CellError

LENGTH_LIMIT = 100
"""Maximum characters of a stored cell: Stripe's limit for payload values and identifiers."""

NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
"""A plain number, the only valid syntax of a value."""

AS_TEXT = "Format the column as text."
"""The advice for values that a spreadsheet changed."""
LINE_BREAK = CellError(
    RowCode.FIELD_INVALID,
    "The value contains a line break. Write it on one line.",
    in_file="Look for an unclosed quotation mark.",
)

# Unicode's White_Space property. Unlike str.strip(), it doesn't include the separators U+001C to U+001F.
BLANKS = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
INVISIBLE = "\xad\u061c\u180e\ufeff" + "".join(
    map(chr, (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070)))
)
"""Characters without a shape, such as the zero-width space. They aren't whitespace, so `trim` keeps them."""
SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
"""The first characters of formulas. Some spreadsheets accept the full-width signs too."""
SEPARATORS = ",;\t\r\n"
"""Characters at which a spreadsheet may split a cell."""
_SIGN = f"[{re.escape(SIGNS)}]"
_INNER_BLANKS = "".join(blank for blank in BLANKS if blank not in SEPARATORS)
# Where a quotation mark doesn't begin a cell of the file, the reader of another locale may still take it for one.
_PIECE = f'(?<=[{SEPARATORS}])%s(?=["{_INNER_BLANKS}{INVISIBLE}]*{_SIGN})'
_FORMULA = re.compile(f"[\t\r]|[{BLANKS}{INVISIBLE}]*{_SIGN}")
_TO_GUARD, _GUARDED = re.compile(_PIECE % ""), re.compile(_PIECE % "'")
_EXCERPT = 40


def trim(cell: str) -> str:
    """Remove Unicode whitespace from both ends."""
    return cell.strip(BLANKS)


def guard(cell: str) -> str:
    """Return the cell with apostrophes that prevent a spreadsheet from running it, as in an error file."""
    if cell.isalnum():
        return cell
    guarded = _TO_GUARD.sub("'", cell)
    return "'" + guarded if _runs_as_formula(cell) else guarded


def content(cell: str) -> str:
    """Return the content of a cell: trimmed, and without the apostrophes that `guard` adds."""
    if cell.isalnum():  # most cells: nothing to remove
        return cell
    if "'" in cell:
        cell = _GUARDED.sub("", cell)
        if cell[:1] == "'" and _runs_as_formula(cell[1:]):
            cell = cell[1:]
    return cell.strip(BLANKS)


def refuse_text(text: str, limit: int = LENGTH_LIMIT) -> CellError | None:
    """Return the error of text that no stored field accepts: too long, or with control characters or line breaks."""
    if len(text) > limit:
        return CellError(
            RowCode.FIELD_TOO_LONG, f"The value has {len(text)} characters; the limit is {limit}. Shorten it."
        )
    return None if text.isprintable() else refuse_characters(text)


def could_be_stored(id_: str) -> bool:
    """Return whether an ID can exist. The API checks this before it calls AWS.

    AWS rejects keys that are empty, too long, or contain a surrogate.
    """
    return id_ != "" and refuse_text(id_) is None


def refuse_characters(text: str) -> CellError | None:
    """Return the error of text with a line break, a control character or a surrogate (possible in JSON only)."""
    if any(character in text for character in "\n\r\u2028\u2029"):
        return LINE_BREAK
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in text):
        return CellError(RowCode.FIELD_INVALID, "The value contains a control character. Remove it.")
    return None


def excerpt(text: str) -> str:
    """Return the beginning of a cell in quotation marks, for a message. Replaces unprintable characters."""
    short = text if len(text) <= _EXCERPT else text[:_EXCERPT] + "..."
    return '"' + "".join(character if character.isprintable() else "?" for character in short) + '"'


def _runs_as_formula(cell: str) -> bool:
    return _FORMULA.match(cell) is not None and NUMBER.fullmatch(cell.lstrip(_INNER_BLANKS)) is None
