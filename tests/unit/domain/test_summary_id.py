"""Ids of summaries: places in a list that nobody has to store."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.metering.summary import Scope, start_of, summary_id


@given(start=st.integers(-(10**10), 10**11), length=st.integers(1, 10**9))
def test_an_id_says_where_its_summary_begins(start: int, length: int) -> None:
    """Times before 1970 too: a billing period may begin there."""
    id_ = summary_id(Scope("mtr_a", None), start, start + length)
    assert start == start_of(id_)
    assert "mtrusg_" == id_[:7]
    assert 31 == len(id_)


def test_no_two_summaries_share_an_id() -> None:
    """Meter, customer, start and end each make another one; the total is no customer's."""
    ids = {
        summary_id(Scope(meter, customer), start, end)
        for meter in ("mtr_a", "mtr_b")
        for customer in (None, "a", "b")
        for start in (0, 60)
        for end in (120, 180)
    }
    assert 24 == len(ids)


@pytest.mark.parametrize("text", ["", "mtrusg_", "mtrusg_abc", "mtrusg_" + "1" * 24, "ü" * 24, "mtrusg_" + "a" * 48])
def test_other_texts_are_no_ids(text: str) -> None:
    """Whatever a cursor holds is answered, not crashed on."""
    assert start_of(text) is None
