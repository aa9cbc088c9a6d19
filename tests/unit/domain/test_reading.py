"""A file that is judged from what was kept of one reading: as one that is read again, whatever the bounds fall on."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterdrop.domain.files import rows
from meterdrop.domain.files.csv_file import CsvFile
from meterdrop.domain.files.header import Header
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
    """Where what is kept ends; the last ones are those of the product."""

    kept: int = 12 * 1024 * 1024
    few: float = 1 / 16
    remembered: int = 10_000
    characters: int = 50 * 1_024


_bounds = st.builds(
    Bounds, st.sampled_from([0, 1_000, Bounds().kept]), st.sampled_from([0, 1]), st.integers(1, 3), st.integers(0, 200)
)


def ingest(lines: list[str], bounds: Bounds) -> Outcome:
    """Take a file, with other bounds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meterdrop.domain.validation.validator._KEPT", bounds.kept)
        patch.setattr("meterdrop.domain.validation.validator._FEW", bounds.few)
        patch.setattr("meterdrop.domain.files.cache._REMEMBERED", bounds.remembered)
        patch.setattr("meterdrop.domain.files.rows._CHUNK_CHARACTERS", bounds.characters)
        return World().ingest("\n".join([HEADER, *lines]).encode())


@given(st.lists(_lines, min_size=1, max_size=12), _bounds)
@example([GOOD, STRANGER], Bounds())
@example([STRANGER, GOOD.replace("R1x46", "R1x47"), GOOD], Bounds(remembered=1, characters=0))
@example([LATE, STRANGER, GOOD], Bounds(few=1))
def test_what_is_kept_makes_no_difference(lines: list[str], bounds: Bounds) -> None:
    """Counts, totals, samples, events, usage and error file are those of rows that are read again."""
    kept, again = ingest(lines, bounds), ingest(lines, Bounds(kept=-1))
    assert (again.upload.counts, again.upload.totals, again.upload.samples, again.upload.failure) == (
        kept.upload.counts,
        kept.upload.totals,
        kept.upload.samples,
        kept.upload.failure,
    )
    assert (again.error_file, again.events, again.usage) == (kept.error_file, kept.events, kept.usage)


@pytest.mark.parametrize(
    ("lines", "kept", "times"),
    [
        ([GOOD] * 3_000, Bounds().kept, 1),
        ([GOOD, STRANGER, LATE] * 1_000, Bounds().kept, 1),
        ([GOOD, GOOD + ",more"] * 1_000, Bounds().kept, 1),
        ([GOOD] * 3_000, 8 * 3_000, 2),
        ([f"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,{value},," for value in range(3_000)], 150 * 3_000, 2),
        ([GOOD, *[GOOD + ",more"] * 3_000], 70 * 3_000, 2),
    ],
    ids=["good", "bad", "misfits", "too many rows", "too many values", "too many misfits"],
)
def test_how_often_a_file_is_read(lines: list[str], kept: int, times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, where what is kept of it is not too much."""
    readings: list[CsvFile] = []

    def read_rows(file: CsvFile, layout: Header) -> Iterator[rows.Chunk]:
        readings.append(file)
        return rows.read_rows(file, layout)

    monkeypatch.setattr("meterdrop.domain.validation.validator.read_rows", read_rows)
    ingest(lines, Bounds(kept=kept))
    assert times == len(readings)
