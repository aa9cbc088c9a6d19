"""The value of a row: an exact decimal number, never a float."""

import re
from decimal import Decimal

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import LENGTH_LIMIT, NUMBER, excerpt, refuse_text
from meterdrop.domain.files.errors import CellError

DIGITS = 15
"""Significant digits, and digits before the point; Stripe's limit."""
FRACTION_DIGITS = 12
_MAY_BE_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")


def parse_value(text: str, *, has_semicolons: bool = False) -> Decimal | CellError:
    """Read the trimmed text of a value that is not empty.

    Where semicolons stand between a file's cells, commas stand in its decimals and points may stand in its thousands:
    a value that may be either, such as `1.234`, is refused there.

    The decimal that comes back has neither leading zeros nor zeros that end its fraction, so that `400.0` and `400`
    are the same in every respect.
    """
    # Most values; what follows would come to the same, slowly.
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) <= DIGITS:
        return Decimal(text)
    if NUMBER.fullmatch(text) is None or len(text) > LENGTH_LIMIT:
        return refuse_text(text) or CellError(RowCode.INVALID_VALUE, f"{excerpt(text)} is not a number. {_hint(text)}")
    if has_semicolons and _MAY_BE_THOUSANDS.fullmatch(text):
        return CellError(
            RowCode.INVALID_VALUE,
            f"{excerpt(text)} is ambiguous in a file with semicolons: its point may separate thousands. "
            f"Write {text.replace('.', '')} or {text}0.",
        )
    whole, _, fraction = text.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    significant = len(whole) + len(fraction) if whole else len(fraction.lstrip("0"))
    if significant > DIGITS or len(whole) > DIGITS or len(fraction) > FRACTION_DIGITS:
        return CellError(
            RowCode.VALUE_TOO_MANY_DIGITS,
            f"{excerpt(text)} has too many digits; at most {DIGITS} in all and {FRACTION_DIGITS} after the point.",
        )
    number = Decimal(f"{whole or '0'}.{fraction}" if fraction else whole or "0")
    return -number if text[0] == "-" and number else number


def _hint(text: str) -> str:
    bare = text.lstrip("+-")
    if "e" in text.lower() and NUMBER.fullmatch(bare.lower().partition("e")[0]):
        return "Write the number out, without an exponent."
    if "," in text:
        return "Use a point for decimals and nothing between thousands, as in 1234.5."
    if "_" in text or " " in text or "'" in text:
        return "Write the digits without anything between them, as in 1234.5."
    return "Write digits with an optional sign and point, as in 400, 0.25 or -3."
