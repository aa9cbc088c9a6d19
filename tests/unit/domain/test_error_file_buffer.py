"""Lines of an error file that are held while rows are judged: the same as those of rows that are judged again."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import guard
from meterdrop.domain.files.csv_file import open_csv
from meterdrop.domain.files.errors import RowError
from meterdrop.domain.files.records import quoting
from meterdrop.domain.files.rows import read_rows
from meterdrop.domain.uploads.error_cells import ErrorMessages
from meterdrop.domain.uploads.error_file import ErrorFileBuffer, ErrorFileLayout, ErrorFileWriter
from meterdrop.domain.validation.results import RefusedRow
from meterdrop.domain.validation.usage_header import is_known, read_header
from tests.support.fakes.world import World
from tests.support.strategies import DELIMITERS, tables, written

FILE = open_csv(b"timestamp,event_name,payload_stripe_customer_id\n1,a,b\n", is_known)
FORM = ErrorFileLayout(
    upload_id="upl_a",
    file=FILE,
    layout=read_header(FILE.header, {"stripe_customer_id"}),
    overflows=False,
)
MESSAGES = ErrorMessages(",", 10_000)
INVALID = (RowError(RowCode.FIELD_INVALID, "timestamp", "is no time."),)


@given(tables(misfits=True), st.sampled_from(DELIMITERS))
def test_rows_that_are_not_held_are_found_again(table: list[list[str]], delimiter: str) -> None:
    """The error file is the same where its rows are judged again, and where its lines are held in many blocks."""
    data = written(table, delimiter)
    held = World().ingest(data).error_file
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meterdrop.domain.uploads.error_file._BLOCK", 1)
        patch.setattr("meterdrop.domain.uploads.error_file._PLAIN_CHECK_ROWS", 0)
        assert held == World().ingest(data).error_file
        patch.setattr("meterdrop.domain.uploads.error_file.BUFFER_BYTES", 1)
        assert held == World().ingest(data).error_file


@given(tables(misfits=True), st.sampled_from(DELIMITERS))
def test_cells_of_a_plain_file_are_written_as_they_stand(table: list[list[str]], delimiter: str) -> None:
    """No cell of a file that is found to be plain needs an apostrophe or quotes."""
    file = open_csv(written(table, delimiter), is_known)
    if not file.is_plain:
        return
    layout = read_header(file.header, {"stripe_customer_id"})
    chunks = list(read_rows(file, layout))
    cells = [cell for chunk in chunks for column in chunk.columns for cell in column]
    cells += [cell for chunk in chunks for _, row in chunk.irregular for cell in row]
    assert cells == [quoting(file.delimiter)(guard(cell)) for cell in cells]


@pytest.mark.parametrize(
    "cell", ["=1+1", "+a", "-a", "@a", "\ta", " -a", "a;-a", "\u3000-a", "\u200b-a", "\uff0d1", '"a;b"']
)
def test_file_with_a_cell_to_be_guarded_is_not_plain(cell: str) -> None:
    """Wherever the cell stands."""
    rows = (f"{cell},a,b", f"1,{cell},b", f"1,a,{cell}")
    texts = [f"timestamp,event_name,payload_stripe_customer_id\n{row}\n" for row in rows]
    assert [False] * 3 == [open_csv(text.encode(), is_known).is_plain for text in texts]


def test_lines_are_those_of_the_rows() -> None:
    """They come in order, however the rows were added, and only once."""
    rows = [RefusedRow(f"upl_a:{row}", row, (str(row), "a", "b"), INVALID) for row in range(1, 5_001)]
    held = ErrorFileBuffer(FORM)
    held.add_rows(rows[:1])
    held.add_rows(rows[1:4_000])
    held.add_rows(rows[4_000:])
    assert 5_000 == len(held)
    lines = ErrorFileWriter(FORM)
    expected = [lines.lines(block, MESSAGES) for block in lines.blocks(rows)]
    assert [*chain.from_iterable(expected)] == [*chain.from_iterable(held.take_lines(MESSAGES))]
    assert [] == list(held.take_lines(MESSAGES))


def test_too_many_lines_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is held once they take more than they may."""
    monkeypatch.setattr("meterdrop.domain.uploads.error_file.BUFFER_BYTES", 50_000)
    held = ErrorFileBuffer(FORM)
    for row in range(1, 5_001):
        held.add_rows([RefusedRow(f"upl_a:{row}", row, (str(row), "a", "b"), INVALID)])
    assert 0 == len(held)
