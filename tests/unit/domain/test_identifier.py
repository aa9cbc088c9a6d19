"""Identifiers: which are one, and which a program damaged."""

import unicodedata
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import content
from meterdrop.domain.validation.field_parsers import _DAMAGED, parse_identifier, refuse_identifier
from tests.support.strategies import cells


def is_refused(identifier: str) -> bool:
    """Tell whether an identifier is refused as invalid."""
    cell_error = refuse_identifier(identifier)
    assert cell_error is None or cell_error.code in {RowCode.FIELD_INVALID, RowCode.FIELD_TOO_LONG}
    return cell_error is not None


@given(
    st.integers(10**3, 10**40), st.integers(0, 12), st.sampled_from("eE"), st.sampled_from([".", ","]), st.booleans()
)
def test_a_shortened_number(number: int, digits: int, exponent: str, point: str, has_sign: bool) -> None:
    """However many digits are left of it, and with a sign or without."""
    text = f"{number:.{digits}e}".replace("e", exponent).replace(".", point)
    assert is_refused(text if has_sign else text.replace("+", ""))


@given(st.integers(-(10**15), 10**15), st.integers(1, 5))
def test_a_float_of_an_integer(number: int, zeros: int) -> None:
    """It has a point and nothing behind it; the integer itself is taken."""
    assert is_refused(f"{number}.{'0' * zeros}")
    assert not is_refused(str(number))


@given(st.from_regex(_DAMAGED, fullmatch=True).filter(str.isascii))
def test_what_is_damaged_begins_so(text: str) -> None:
    """The short look at how a text begins misses nothing that the long one would find."""
    assert is_refused(text)


@given(st.text("0123456789abcdef", min_size=6, max_size=64))
def test_hashes_are_taken(text: str) -> None:
    """A hash may have one e in it, and digits around that."""
    assert not is_refused(text)


@given(st.integers(0, 2**128 - 1))
def test_uuids_are_taken(number: int) -> None:
    """Whatever their digits are."""
    assert not is_refused(str(UUID(int=number)))


@given(st.text(max_size=8), st.characters(categories=["Cf"]), st.text(max_size=8))
def test_a_character_that_nobody_sees(before: str, character: str, after: str) -> None:
    """Wherever it stands."""
    assert is_refused(parse_identifier(f"a{before}{character}{after}b"))


@given(cells)
def test_accents_in_any_form(cell: str) -> None:
    """Cells that are one in Unicode's eyes are one identifier, that of the content as it is composed."""
    expected = unicodedata.normalize("NFC", content(cell))
    assert parse_identifier(cell) == expected
    assert parse_identifier(unicodedata.normalize("NFD", expected)) == parse_identifier(
        unicodedata.normalize("NFC", expected)
    )
