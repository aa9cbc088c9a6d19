"""Exact decimal arithmetic, and how a decimal is written."""

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded

EXACT = Context(prec=38, traps=[Inexact, Rounded, Overflow, InvalidOperation])
"""Arithmetic in the 38 digits that DynamoDB holds; raises where a result would not be exact."""


def plain(number: Decimal) -> str:
    """Write a number without exponent and without zeros that end its fraction."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
