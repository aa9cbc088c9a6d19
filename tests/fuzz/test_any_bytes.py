"""Bytes of any kind, and tables with something done to them: what holds of every file holds of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.corpus import TOKENS, seeds
from tests.fuzz.mutations import mutated_files
from tests.fuzz.properties import CUSTOMERS, DRY_RUN, KEYS, USAGE, assert_holds

pieces = st.lists(st.one_of(st.sampled_from(TOKENS), st.binary(max_size=20)), max_size=20).map(b"".join)


@pytest.mark.parametrize("key", KEYS)
def test_every_case(key: str) -> None:
    """What the cases drop, wherever it is dropped."""
    for data in seeds():
        assert_holds(data, key)


@pytest.mark.parametrize("key", [USAGE, CUSTOMERS])
@given(st.one_of(st.binary(max_size=400), pieces))
def test_any_bytes(key: str, data: bytes) -> None:
    """Bytes of any kind."""
    assert_holds(data, key)


@pytest.mark.parametrize("key", [USAGE, DRY_RUN, CUSTOMERS])
@given(mutated_files())
def test_mutated_files(key: str, data: bytes) -> None:
    """Quotes, zero bytes, marks, halves of characters, huge cells, thousands of columns, mixed ends and delimiters."""
    assert_holds(data, key)
