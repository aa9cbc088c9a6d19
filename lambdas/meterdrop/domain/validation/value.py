"""Parses values to exact decimal numbers, never floats."""

import re
from decimal import Decimal
from typing import NamedTuple

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import LENGTH_LIMIT, NUMBER, excerpt, refuse_text
from meterdrop.domain.files.errors import CellError

DIGITS = 15
"""Maximum significant digits, and maximum digits before the decimal point: Stripe's limit."""
FRACTION_DIGITS = 12
_ZERO = Decimal(0)
_HAS_UNIT = re.compile(r"[$€£¥%].*[0-9]|[0-9].*[$€£¥%]|[^\W\d_]+ [0-9.,+-]+|[0-9.,+-]+ [^\W\d_]+")
_MAY_BE_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")


class ValueSyntax(NamedTuple):
    """How values are written in a file, and which ones are allowed."""

    has_semicolons: bool = False
    """Whether the file's delimiter is the semicolon."""
    allows_negative: bool = True

    def parse(self, text: str) -> Decimal | CellError | None:
        """Parse the trimmed text of a value as `parse_value` does. Return None for an empty text."""
        value = parse_value(text, has_semicolons=self.has_semicolons) if text else None
        if isinstance(value, Decimal) and value < 0 and not self.allows_negative:
            return CellError(
                RowCode.INVALID_VALUE,
                f"{excerpt(text)} is negative. Files in this folder can't correct usage. Enter a value of 0 or more.",
            )
        return value

    def number(self, text: str) -> Decimal:
        """Return the number in a value, also one that isn't allowed. Return 0 if it is no number."""
        value = self._replace(allows_negative=True).parse(text)
        if isinstance(value, CellError):
            return Decimal(text) if value.code is RowCode.VALUE_TOO_MANY_DIGITS else _ZERO
        return _ZERO if value is None else value


ANY_VALUE = ValueSyntax()
"""The syntax of a file with commas or tabs that may correct usage."""


def parse_value(text: str, *, has_semicolons: bool = False) -> Decimal | CellError:
    """Parse the trimmed text of a value. The text must not be empty.

    Programs that write semicolon-delimited files use decimal commas, so a point may be a thousands separator. Such
    files can't contain ambiguous values like `1.234`.

    The result has no leading zeros and no trailing zeros in its fraction, so `400.0` and `400` have equal results.
    """
    # Fast path for most values, with the same result as the code below.
    if text.isdecimal() and text.isascii() and text[0] != "0" and len(text) <= DIGITS:
        return Decimal(text)
    if NUMBER.fullmatch(text) is None or len(text) > LENGTH_LIMIT:
        return refuse_text(text) or CellError(RowCode.INVALID_VALUE, f"{excerpt(text)} isn't a number. {_hint(text)}")
    if has_semicolons and _MAY_BE_THOUSANDS.fullmatch(text):
        return CellError(
            RowCode.INVALID_VALUE,
            f"{excerpt(text)} is ambiguous in a semicolon-delimited file: the point may be a thousands separator. "
            f"Write {text.replace('.', '')} or {text}0.",
        )
    whole, _, fraction = text.lstrip("+-").partition(".")
    whole, fraction = whole.lstrip("0"), fraction.rstrip("0")
    significant = len(whole) + len(fraction) if whole else len(fraction.lstrip("0"))
    if significant > DIGITS or len(whole) > DIGITS or len(fraction) > FRACTION_DIGITS:
        return CellError(
            RowCode.VALUE_TOO_MANY_DIGITS,
            f"{excerpt(text)} has too many digits; the limit is {DIGITS}, {FRACTION_DIGITS} of them after the point.",
        )
    number = Decimal(f"{whole or '0'}.{fraction}" if fraction else whole or "0")
    return -number if text[0] == "-" and number else number


def _hint(text: str) -> str:
    bare = text.lstrip("+-")
    if "e" in text.lower() and NUMBER.fullmatch(bare.lower().partition("e")[0]):
        return "Write the number without an exponent."
    if _HAS_UNIT.fullmatch(text):
        return "Write only the number, without a unit, currency, or percent sign."
    if "," in text:
        return "Use a decimal point and no thousands separators, such as 1234.5."
    if "_" in text or " " in text or "'" in text:
        return "Use digits without separators, such as 1234.5."
    return "Use digits with an optional sign and decimal point, such as 400, 0.25 or -3."
