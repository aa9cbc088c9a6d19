"""Whatever is dropped under customers/: no crash, no row lost, and an error file that comes back corrected."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterdrop.domain.files.cells import content
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import World
from tests.support.strategies import DELIMITERS, cells, customers, written

COLUMNS = ("id", "name", "email")
_rows = st.tuples(customers, cells, cells).map(list)


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Draw a header and rows, some with too few or too many cells."""
    count = draw(st.integers(1, len(COLUMNS)))
    body = [row[:count] for row in draw(st.lists(_rows, min_size=1, max_size=8))]
    body = [(row + draw(st.lists(cells, max_size=2)))[: draw(st.integers(1, count + 2))] for row in body]
    order = draw(st.permutations(range(count)))
    return [
        [COLUMNS[at] for at in order],
        *([row[at] for at in order if at < len(row)] + row[count:] for row in body),
    ]


@given(st.binary(max_size=300))
def test_arbitrary_bytes(data: bytes) -> None:
    """Any bytes come to a sound final status."""
    assert_sound(World().ingest(data, "customers/any.csv"))


@given(tables(), st.sampled_from(DELIMITERS), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 3))
@example([["id", "name"], ["cus_1"], ["a;b"], ["cus_1"]], ";", "\n", 1)
def test_arbitrary_tables(table: list[list[str]], delimiter: str, line_end: str, few: int) -> None:
    """No row is lost but those that are empty, however many go into a call or a chunk."""
    # A header of one name does not tell what stands between cells.
    data = written(table, delimiter if len(table[0]) > 1 else ",", line_end)
    large = World().ingest(data, "customers/any.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meterdrop.domain.files.rows._CHUNK_ROWS", few)
        patch.setattr("meterdrop.domain.files.rows._CHUNK_CHARACTERS", 30 * few)
        small = World(batch=few).ingest(data, "customers/any.csv")
    assert_sound(large)
    rows = [row for row in table[1:] if any(content(cell) for cell in row)]
    if rows:
        assert large.upload.counts.row == len(rows)
    assert (small.upload.counts, small.upload.samples, small.error_file, small.customers) == (
        large.upload.counts,
        large.upload.samples,
        large.error_file,
        large.customers,
    )


@given(tables())
def test_refused_rows_that_are_not_held_are_found_again(table: list[list[str]]) -> None:
    """The error file is the same where its rows are judged again."""
    data = written(table)
    held = World().ingest(data, "customers/any.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meterdrop.domain.uploads.error_file.BUFFER_BYTES", 1)
        patch.setattr("meterdrop.domain.uploads.error_file._BLOCK", 1)
        assert World().ingest(data, "customers/any.csv").error_file == held.error_file


@given(tables(), st.sampled_from(DELIMITERS))
def test_error_file_corrected_and_dropped_back(table: list[list[str]], delimiter: str) -> None:
    """Its cells are the dropped ones; corrected, each of its rows registers once, however often it is dropped."""
    world = World()
    # A header of one name does not tell what stands between cells.
    delimiter = delimiter if len(table[0]) > 1 else ","
    first = world.ingest(written(table, delimiter), "customers/first.csv")
    if first.upload.failure or not first.upload.counts.error:
        return
    rows = [row for row in table[1:] if any(content(cell) for cell in row)]
    for refused in error_rows(first.error_file):
        cells = rows[int(refused["row_number"]) - 1]
        if len(cells) == 1 and delimiter in cells[0]:
            continue  # it may hold a whole row
        padded = [*cells, *[""] * len(COLUMNS)]
        assert [content(refused[name]) for name in table[0]] == [content(cell) for cell in padded[: len(table[0])]]
    errors = first.upload.counts.error
    for number in range(2):
        again = world.ingest(corrected(first.error_file or b"", delimiter), f"customers/corrected-{number}.csv")
        assert_sound(again)
        assert again.upload.parent == first.upload.id
        counts = again.upload.counts
        assert (counts.success, counts.duplicate, counts.error) == ((0, errors, 0) if number else (errors, 0, 0))


def corrected(error_file: bytes, delimiter: str) -> bytes:
    """Put good cells in every row, as a person does in a spreadsheet; empty the column without a name."""
    text = error_file.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    good = {"name": "Somebody", "email": "", "": ""}
    return written(
        [
            header,
            *(
                [
                    f"new-{number}" if name == "id" else good.get(name, cell)
                    for name, cell in zip(header, row, strict=True)
                ]
                for number, row in enumerate(rows)
            ),
        ],
        delimiter,
    )
