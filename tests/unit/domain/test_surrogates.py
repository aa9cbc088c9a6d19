"""Text that has no encoding, such as half a character: no file has any, and no field takes any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.api.schemas.common import any_text
from meterdrop.domain.files.cells import could_be_stored, refuse_characters, refuse_text
from meterdrop.domain.files.decoding import utf8_text
from meterdrop.domain.files.errors import FileError

_halves = st.characters(categories=["Cs"])
_around = st.text(max_size=20)
broken_texts = st.builds("{}{}{}".format, _around, _halves, _around)


@given(text=broken_texts)
def test_no_field_takes_it(text: str) -> None:
    """Neither a cell, an identifier, a customer's ID, a name nor a metadata entry; no ID is looked up by it."""
    assert refuse_text(text) is not None
    assert refuse_characters(text) is not None
    assert not could_be_stored(text)
    with pytest.raises(ValueError, match=r"\w"):
        any_text(text)


@given(text=broken_texts, encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]))
def test_no_file_has_it(text: str, encoding: str) -> None:
    """What is decoded can always be encoded again; bytes that say otherwise fail the file."""
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    try:
        decoded = utf8_text(f"{mark}{text}".encode(encoding, "surrogatepass"))
    except FileError:
        return
    decoded.decode()
