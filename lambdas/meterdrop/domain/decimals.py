"""Exact decimal arithmetic and plain notation."""

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, Rounded

EXACT = Context(prec=38, traps=[Inexact, Rounded, Overflow, InvalidOperation])
"""Arithmetic with 38 digits, the most that DynamoDB can store. Raises Inexact instead of rounding."""


def plain(number: Decimal) -> str:
    """Format a number without an exponent and without trailing zeros in its fraction."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
