"""Rows in chunks against an independent reading of the whole text, whatever the borders between chunks fall on."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterdrop.domain.files.cells import content, trim
from meterdrop.domain.files.csv_file import open_csv
from meterdrop.domain.files.rows import read_rows
from meterdrop.domain.metering.meter import Meter
from meterdrop.domain.validation.usage_header import is_known, read_header
from tests.support.strategies import DELIMITERS
from tests.unit.domain.test_records import rfc4180

METER = Meter(id="mtr_a", event_name="a", display_name="A")
HEADER = ("timestamp", "event_name", "payload_stripe_customer_id", "")
_cells = st.sampled_from(
    ["a", "b", "", " ", "\u00a0", "x\u2028y", "\x85", "\x0c", "é", "'=1", '"q"', '"a""b"', '"l\nm"']
)
_ends = st.sampled_from(["\n", "\r\n", "\r"])
_lines = st.lists(st.tuples(st.lists(_cells, max_size=6), _ends), max_size=12)


def fit(cells: list[str]) -> list[str]:
    """Drop empty cells beyond the header; fill in the last one, without a name, for the meter whose columns stand."""
    if not any(map(content, cells[len(HEADER) :])):
        cells = cells[: len(HEADER)]
    return [*cells, ""] if len(cells) == 3 and content(cells[1]) == "a" else cells


def read(data: bytes, rows: int, characters: int) -> list[tuple[int, list[str]]]:
    """Read the rows of a file with chunks of a size; return each with its number."""
    file = open_csv(data, is_known)
    layout = read_header(file.header, ["stripe_customer_id"], [METER])
    found: list[tuple[int, list[str]]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meterdrop.domain.files.rows._CHUNK_ROWS", rows)
        patch.setattr("meterdrop.domain.files.rows._CHUNK_CHARACTERS", characters)
        for chunk in read_rows(file, layout):
            assert len(chunk.columns) == len(HEADER)
            assert {len(column) for column in chunk.columns} == {len(chunk.numbers)}
            of_chunk = [(number, chunk.row(at)) for at, number in enumerate(chunk.numbers)]
            found += sorted(of_chunk + [(number, list(cells)) for number, cells in chunk.irregular])
    return found


@given(
    _lines,
    st.sampled_from(DELIMITERS),
    st.integers(1, 4),
    st.integers(0, 40),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
@example([(["a", "b", "", "", "x"], "\n"), (["a", "b", ""], "\n")], ",", 2, 100, "utf-8")
@example([(["a", "a", "b"], "\n"), (["a", "a", "x"], "\n")], ",", 1, 0, "utf-8")
@example([(["a", "b", "", "", ""], "\n"), (["a", "b", "", "", " "], "\n")], ",", 2, 100, "utf-8")
@example([([], "\r"), ([], "\n"), (["a"] * 4, "\r\n")], ",", 1, 0, "utf-8")
def test_rows_are_those_of_the_text(
    lines: list[tuple[list[str], str]], delimiter: str, rows: int, characters: int, encoding: str
) -> None:
    """Every record but blank ones, numbered from 1, with its cells as they stand in the file."""
    text = "".join(delimiter.join(cells) + end for cells, end in [([*HEADER], "\n"), *lines])
    records = rfc4180(text, delimiter)
    assert records is not None
    expected = [fit(cells) for cells in records[1:] if any(map(trim, cells))]
    for data in (text, text.rstrip("\r\n")):
        assert read(data.encode(encoding), rows, characters) == list(enumerate(expected, 1))
