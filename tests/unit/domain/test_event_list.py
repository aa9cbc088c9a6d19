"""The list of events behind a contribution: written and read back, and short where rows follow each other."""

from collections.abc import Sequence

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


def written(events: Sequence[tuple[int, str | None]]) -> list[str]:
    """Write rows with their identifiers."""
    return write_event_list([row for row, _ in events], [identifier for _, identifier in events])


@given(_events)
def test_read_back(events: list[tuple[int, str | None]]) -> None:
    """Whatever the identifiers and whichever rows: the same IDs, in the order of rows, and as many as are counted."""
    expected = [event_id("upl_a", row) if identifier is None else identifier for row, identifier in events]
    assert expected == read_event_list(written(events), "upl_a")


@pytest.mark.parametrize(
    ("events", "entries"),
    [
        ([(1, None)], ["1"]),
        ([(row, None) for row in range(1, 107_246)], ["1-107245"]),
        ([(1, None), (3, None), (4, None)], ["1", "3-4"]),
        ([(1, "a"), (2, None), (3, None), (4, "upl_a:4")], ["=a", "2-3", "=upl_a:4"]),
        ([(1, "=1-3"), (2, "5")], ["==1-3", "=5"]),
    ],
)
def test_written(events: list[tuple[int, str | None]], entries: list[str]) -> None:
    """Rows without identifier that follow each other take one entry, however many they are."""
    assert entries == written(events)
