"""Values against Decimal."""

from decimal import Context, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.codes import RowCode
from meterdrop.domain.decimals import EXACT, plain
from meterdrop.domain.files.errors import CellError
from meterdrop.domain.validation.value import parse_value
from tests.support.strategies import cells

_digits = st.text(alphabet="0123456789", min_size=1, max_size=18)
_zeros = st.text(alphabet="0", max_size=6)
_numbers = st.one_of(
    st.tuples(_zeros, _digits).map("".join),
    st.tuples(_zeros, _digits, st.just("."), _digits, _zeros).map("".join),
    st.tuples(st.just("."), _zeros, _digits, _zeros).map("".join),
)
signed = st.tuples(st.sampled_from(["", "+", "-"]), _numbers).map("".join)


@given(signed)
def test_a_number_is_exactly_what_decimal_reads(text: str) -> None:
    """A number within the limits is read without loss, and refused for its digits otherwise."""
    answer, number = parse_value(text), Decimal(text)
    if fits(number):
        assert answer == number
        assert str(answer) == str(Decimal(plain(answer)))  # type: ignore[arg-type]
    else:
        assert isinstance(answer, CellError)
        assert answer.code is RowCode.VALUE_TOO_MANY_DIGITS


def fits(number: Decimal) -> bool:
    """Count by Decimal's own figures: at most 15 digits that signify, 15 before and 12 after the point."""
    if not number:
        return True
    _, digits, exponent = number.normalize(Context(prec=100)).as_tuple()
    assert isinstance(exponent, int)
    before, after = max(0, len(digits) + exponent), max(0, -exponent)
    return len(digits) + max(0, exponent) <= 15 and before <= 15 and after <= 12


@given(signed)
def test_a_point_that_may_stand_in_thousands(text: str) -> None:
    """In a file with semicolons, and there alone, one to three digits before three are refused; all else is as ever."""
    whole, point, fraction = text.lstrip("+-").partition(".")
    is_ambiguous = bool(point) and 1 <= len(whole) <= 3 and whole[0] != "0" and len(fraction) == 3
    answer, elsewhere = parse_value(text, has_semicolons=True), parse_value(text)
    if is_ambiguous:
        assert isinstance(answer, CellError)
        assert answer.code is RowCode.INVALID_VALUE
        assert isinstance(elsewhere, Decimal)
        assert parse_value(f"{text}0", has_semicolons=True) == elsewhere
    else:
        assert answer == elsewhere


@given(cells)
def test_any_text(text: str) -> None:
    """What is no plain ASCII number is refused, never guessed."""
    bare = text[1:] if text[:1] in ("+", "-") else text
    whole, point, fraction = bare.partition(".")
    parts = ([whole] if whole else []) + ([fraction] if point else [])
    is_number = bool(parts) and all(part.isascii() and part.isdigit() for part in parts)
    assert isinstance(parse_value(text), Decimal) == (is_number and len(text) < 15)


@pytest.mark.parametrize(
    "text",
    ["5.", "1e5", "NaN", "1_000", "\u0661\u0662\u0663", "\uff11\uff12\uff13", "+", ".", "- 5", "5 ", "inf", "1,5"],
)
def test_no_number(text: str) -> None:
    """What Python's own parsers take, and a CSV of usage does not mean."""
    answer = parse_value(text)
    assert isinstance(answer, CellError)
    assert answer.code is RowCode.INVALID_VALUE


def test_no_negative_zero() -> None:
    """Minus nothing is nothing, and is stored as that."""
    assert str(parse_value("-0.00")) == "0"


@given(st.lists(signed, max_size=30))
def test_plain_writes_what_it_is_given(texts: list[str]) -> None:
    """A sum is written without exponent and needless zeros, and reads as the same number."""
    with localcontext(EXACT):
        total = sum((number for number in map(parse_value, texts) if isinstance(number, Decimal)), Decimal(0))
    assert Decimal(plain(total)) == total
    assert "E" not in plain(total)
    assert plain(total).rstrip("0").rstrip(".") == plain(total) or "." not in plain(total)
