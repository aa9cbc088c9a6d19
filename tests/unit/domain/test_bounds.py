"""The results of a file do not depend on where a chunk ends or on when the cache is full."""

from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.support.fakes.catalog import CUSTOMERS, METERS
from tests.support.fakes.world import Outcome, World
from tests.support.strategies import COLUMNS

HEADER = ",".join(COLUMNS)
GOOD = "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400,,"
STRANGER = "2024-09-25,ai_search_api,cus_nobody,400,,"
LATE = "2024,ai_search_api,cus_QMJJtcu70R1x46,400,,"
_lines = st.one_of(
    st.sampled_from([GOOD, GOOD, STRANGER, LATE, "", "2024-09-25", GOOD + ",more", GOOD + '"note"']),
    st.tuples(
        st.sampled_from(["2024-09-25", "1727222400", "2024", ""]),
        st.sampled_from([*(meter.event_name for meter in METERS), "nobody's", ""]),
        st.sampled_from([*CUSTOMERS, "cus_nobody", "'=x", ""]),
        st.sampled_from(["400", "400.0", "-1", "1e5", ""]),
        st.sampled_from(["", "a", "b", "1.7E+15"]),
        st.sampled_from(["", "note", "é", "x" * 101]),
    ).map(",".join),
)


class Bounds(NamedTuple):
    """The bounds of cache and chunk. The defaults are those of the product."""

    cached: int = 10_000
    characters: int = 50 * 1_024


_bounds = st.builds(Bounds, st.integers(1, 3), st.integers(0, 200))


def ingest(lines: list[str], bounds: Bounds) -> Outcome:
    """Take a file, with other bounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meterdrop.domain.files.cache._MAX_ENTRIES", bounds.cached)
        patch.setattr("meterdrop.domain.files.rows._CHUNK_CHARACTERS", bounds.characters)
        return World().ingest("\n".join([HEADER, *lines]).encode())


@given(st.lists(_lines, min_size=1, max_size=12), _bounds)
@example([STRANGER, GOOD.replace("R1x46", "R1x47"), GOOD], Bounds(cached=1, characters=0))
def test_bounds_make_no_difference(lines: list[str], bounds: Bounds) -> None:
    """Counts, totals, samples, events, usage and error file are those with the bounds of the product."""
    tight, usual = ingest(lines, bounds), ingest(lines, Bounds())
    assert (usual.upload.counts, usual.upload.totals, usual.upload.samples, usual.upload.failure) == (
        tight.upload.counts,
        tight.upload.totals,
        tight.upload.samples,
        tight.upload.failure,
    )
    assert (usual.error_file, usual.events, usual.usage) == (tight.error_file, tight.events, tight.usage)
