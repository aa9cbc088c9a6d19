"""Rows as ranges: as they were given, and never one too few."""

from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.uploads.key_account import read_ranges, write_ranges


def test_as_text() -> None:
    """Runs and single rows, in order; nothing where no row is left."""
    assert "1-20" == write_ranges(20)
    assert "1" == write_ranges(1)
    assert "1 3-4 20" == write_ranges(20, [2, *range(5, 20)])
    assert "" == write_ranges(3, [3, 1, 2])
    assert [1, 3, 4, 20] == list(read_ranges("1 3-4 20"))
    assert [] == list(read_ranges(""))


@given(st.integers(1, 60), st.sets(st.integers(1, 60), max_size=12))
def test_few_gaps_come_back_as_they_are(row_count: int, without: set[int]) -> None:
    """Up to sixteen ranges nothing is lost."""
    without = {row for row in without if row <= row_count}
    assert sorted(set(range(1, row_count + 1)) - without) == list(read_ranges(write_ranges(row_count, without)))


@given(st.integers(1, 400), st.sets(st.integers(1, 400)))
def test_many_gaps(row_count: int, without: set[int]) -> None:
    """However many: the text stays short, and every row that is to be there is."""
    without = {row for row in without if row <= row_count}
    text = write_ranges(row_count, without)
    assert len(text.split()) <= 16
    found = list(read_ranges(text))
    assert sorted(set(found)) == found
    assert set(range(1, row_count + 1)) - without <= set(found) <= set(range(1, row_count + 1))


def test_the_narrowest_gaps_are_closed() -> None:
    """What is left out stays so where it is most."""
    found = list(read_ranges(write_ranges(1_000, [*range(2, 41, 2), *range(42, 1_000)])))
    assert {*range(42, 1_000)}.isdisjoint(found)
