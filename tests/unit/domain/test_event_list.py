"""The list of events behind a contribution: written and read back, and short where rows follow each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.files.cells import refuse_text
from meterdrop.domain.ids import event_id
from meterdrop.domain.metering.event_list import read_event_list, write_event_list

_identifiers = st.one_of(st.just("upl_a:7"), st.text(min_size=1, max_size=100)).filter(
    lambda text: refuse_text(text) is None
)
_events = st.dictionaries(st.integers(1, 60), st.one_of(st.none(), _identifiers)).map(lambda rows: sorted(rows.items()))


@given(_events.filter(bool))
def test_read_back(events: list[tuple[int, str | None]]) -> None:
    """Whatever the identifiers and whichever rows: the same ids, in the order of rows."""
    expected = [event_id("upl_a", row) if identifier is None else identifier for row, identifier in events]
    assert expected == read_event_list("\n".join(write_event_list(events)), "upl_a")


@pytest.mark.parametrize(
    ("events", "text"),
    [
        ([(1, None)], "\t1"),
        ([(row, None) for row in range(1, 107_246)], "\t1-107245"),
        ([(1, None), (3, None), (4, None)], "\t1\n\t3-4"),
        ([(1, "a"), (2, None), (3, None), (4, "upl_a:4")], "a\n\t2-3\nupl_a:4"),
    ],
)
def test_written(events: list[tuple[int, str | None]], text: str) -> None:
    """Rows without identifier that follow each other take one line, however many they are."""
    assert text == "\n".join(write_event_list(events))
