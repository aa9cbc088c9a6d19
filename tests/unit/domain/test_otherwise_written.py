"""The same table, as other programs write it, is the same upload."""

import codecs
import csv
import io
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.files.cells import content
from tests.support.fakes.world import World
from tests.support.strategies import DELIMITERS, tables, written

Table = list[list[str]]


def with_delimiters(table: Table, delimiter: str) -> bytes:
    """Put delimiters at the end of every row, as a spreadsheet does whose columns once held more."""
    return written([table[0], *([*row, "", " "] for row in table[1:])], delimiter)


def with_numbers(table: Table, delimiter: str) -> bytes:
    """Put a column of numbers before the others, as pandas does."""
    return written([["", *table[0]], *([str(at), *row] for at, row in enumerate(table[1:]))], delimiter)


def quoted_whole(table: Table, delimiter: str) -> bytes:
    """Quote every row but the header once more, as a spreadsheet does that reads lines into one column."""
    return written([table[0]], delimiter) + written([[line(row, delimiter)] for row in table[1:]], delimiter)


def with_separator(table: Table, delimiter: str) -> bytes:
    """Tell the delimiter first, as Excel understands it."""
    return f"sep={delimiter}\r\n".encode() + written(table, delimiter)


def with_marks(table: Table, delimiter: str) -> bytes:
    """Put three byte order marks before it."""
    return codecs.BOM_UTF8 * 3 + written(table, delimiter)


def line(row: Sequence[str], delimiter: str) -> str:
    """Write one row, without the end of its line."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="", quoting=csv.QUOTE_ALL).writerow(row)
    return text.getvalue()


@pytest.mark.parametrize("otherwise", [with_delimiters, with_numbers, quoted_whole, with_separator, with_marks])
@given(tables(), st.sampled_from(DELIMITERS))
def test_the_same_upload(otherwise: Callable[[Table, str], bytes], table: Table, delimiter: str) -> None:
    """Counts, totals, refusals and events are the same."""
    table = [row for row in table if any(map(content, row))]
    if len(table) == 1:
        return
    first, again = World().ingest(written(table, delimiter)), World().ingest(otherwise(table, delimiter))
    assert (first.upload.failure, first.upload.counts, first.upload.totals, first.upload.samples, first.events) == (
        again.upload.failure,
        again.upload.counts,
        again.upload.totals,
        again.upload.samples,
        again.events,
    )


@given(tables(), st.sampled_from(DELIMITERS), st.integers(1, 3))
def test_cells_left_out_at_the_end(table: Table, delimiter: str, most: int) -> None:
    """A row without its last empty cells is the same row, or is refused for the cells that it lacks."""
    table = [row for row in table if any(map(content, row))]
    short = [list(row) for row in table]
    for row in short[1:]:
        for _ in range(most):
            if len(row) > 1 and not content(row[-1]):
                row.pop()
    if len(table) == 1:
        return
    whole, cut = World().ingest(written(table, delimiter)), World().ingest(written(short, delimiter))
    assert whole.upload.counts.row == cut.upload.counts.row
    for number, event in cut.events.items():
        assert event == whole.events[number]
