"""The error file's way back: dropping it changes no cell, and corrected it counts each row once."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterdrop.domain.files.cells import content
from meterdrop.domain.files.header import NAMELESS_LIMIT
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import Outcome, World
from tests.support.strategies import COLUMNS, DELIMITERS, tables, written

ERROR_COLUMNS = ("upload", "row_number", "error_code", "error_field", "error_message")
GOOD = ("2024-09-25", "ai_search_api", "cus_QMJJtcu70R1x46", "400")


@given(tables(misfits=True), st.sampled_from(DELIMITERS), st.sampled_from(["utf-8", "utf-16"]))
@example(
    [[*COLUMNS], ["2024", "ai_search_api", "@x", "=1", "", "'=1"], ["2024", "", '"', "\t=", "\r", "-"]], ",", "utf-8"
)
def test_dropped_back_unchanged(table: list[list[str]], delimiter: str, encoding: str) -> None:
    """Every cell is as it was, and a row of the right width has the same errors."""
    world = World()
    first = world.ingest(written(table, delimiter, encoding=encoding), "uploads/first.csv")
    if not first.upload.counts.error:
        return
    again = world.ingest(first.error_file or b"", "uploads/again.csv")
    assert_sound(again)
    # A short row is padded, and may be good for it; all others are refused again, with the same cells.
    refused = {row["identifier"]: row for row in error_rows(again.error_file)}
    for row in error_rows(first.error_file):
        if fits(row, table, first) and len(table[int(row["row_number"])]) == len(table[0]):
            found = refused[row["identifier"]]
            assert {**found, **blank(ERROR_COLUMNS)} == {**row, **blank(ERROR_COLUMNS)}
            assert (found["error_code"], found["error_field"]) == (row["error_code"], row["error_field"])
            if row["error_code"] != "identifier_conflict":
                assert found["error_message"] == row["error_message"]


def fits(row: dict[str, str], table: list[list[str]], first: Outcome) -> bool:
    """Tell whether the row can be found again by its identifier: it is nobody else's, and no row was skipped.

    An identifier cell of nothing but a line break is the one cell that changes: it holds the event id afterwards.
    """
    identifiers = [each["identifier"] for each in error_rows(first.error_file)]
    blank_rows = any(not any(map(content, cells)) for cells in table[1:])
    dropped = dict(zip(table[0], table[int(row["row_number"])], strict=False)).get("identifier", "")
    was_blank = dropped != "" and content(dropped) == ""
    return identifiers.count(row["identifier"]) == 1 and not blank_rows and not was_blank


def blank(names: tuple[str, ...]) -> dict[str, str]:
    """Return what leaves columns out of a comparison."""
    return dict.fromkeys(names, "")


@given(tables(misfits=True), st.sampled_from(DELIMITERS))
def test_cells_of_the_error_file_are_the_dropped_ones(table: list[list[str]], delimiter: str) -> None:
    """What the error file's cells hold is what the dropped file's held; what goes beyond the header is joined."""
    first = World().ingest(written(table, delimiter), "uploads/first.csv")
    rows = [row for row in table[1:] if any(content(cell) for cell in row)]
    width = len(table[0])
    if not first.upload.counts.error:
        return
    for refused in error_rows(first.error_file):
        cells = rows[int(refused["row_number"]) - 1]
        padded = [*cells, *[""] * width]
        for at, name in enumerate(table[0]):
            expected = content(padded[at])
            if name == "identifier" and not expected:
                expected = f"{first.upload.id}:{refused['row_number']}"
            assert content(refused[name]) == expected
        if any(map(content, cells[width:])):
            assert content(refused[""]) == content(delimiter.join(cells[width:]))


def test_an_empty_identifier_is_the_event_id_afterwards() -> None:
    """So that the corrected row is the one that was refused; an identifier of its own stays."""
    refused = ("2024", *GOOD[1:])
    table = [[*COLUMNS[:5]], [*refused, ""], [*refused, "own"], [*GOOD, ""]]
    first = World().ingest(written(table))
    assert [row["identifier"] for row in error_rows(first.error_file)] == [f"{first.upload.id}:1", "own"]


@given(tables(misfits=True), st.sampled_from(DELIMITERS))
def test_corrected_rows_count_once(table: list[list[str]], delimiter: str) -> None:
    """However often the corrected error file is dropped, each of its rows is one event."""
    world = World()
    kept = [[cell for name, cell in zip(table[0], row, strict=False) if name != "identifier"] for row in table]
    first = world.ingest(written(kept, delimiter), "uploads/first.csv")
    if not first.upload.counts.error:
        return
    corrected = correct(first.error_file or b"", delimiter)
    errors = first.upload.counts.error
    for number in range(3):
        again = world.ingest(corrected, f"uploads/corrected-{number}.csv")
        assert_sound(again)
        assert again.upload.parent == first.upload.id
        counts = again.upload.counts
        assert (counts.success, counts.duplicate, counts.error) == ((0, errors, 0) if number else (errors, 0, 0))
    assert len(world.events) == first.upload.counts.row


def correct(error_file: bytes, delimiter: str) -> bytes:
    """Put good cells in every row, as a person does in a spreadsheet; empty the column without a name."""
    text = error_file.decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    good = dict(zip(COLUMNS, GOOD, strict=False)) | {"": "", "payload_note": ""}
    return written(
        [header, *([good.get(name, cell) for name, cell in zip(header, row, strict=True)] for row in rows)], delimiter
    )


def test_a_column_that_is_named_like_a_formula() -> None:
    """Header and messages are guarded as cells are, and the column is the same afterwards."""
    world = World()
    name = "payload_a;=1+1"
    header = f"timestamp,event_name,payload_stripe_customer_id,payload_value,{name}"
    first = world.ingest(f"{header}\n2024-09-25,ai_search_api,cus_later,1,{'x' * 101}\n".encode(), "uploads/first.csv")
    guarded = "payload_a;'=1+1"
    [row] = error_rows(first.error_file)
    assert "x" * 101 == row[guarded]
    assert name not in (first.error_file or b"").decode()
    world.customers.add("cus_later")
    world.ingest((first.error_file or b"").replace(b"x" * 101, b"x"), "uploads/again.csv")
    assert [{"a;=1+1": "x"}] == [event.payload for event in world.events.values()]


@pytest.mark.parametrize(
    ("key", "names"),
    [("uploads/a.csv", "timestamp,event_name,payload_stripe_customer_id"), ("customers/a.csv", "id,name")],
)
def test_as_many_nameless_columns_as_are_taken(key: str, names: str) -> None:
    """One more, for what a row has beyond such a header, is taken in its error file, and another one is not."""
    header = names + "," * NAMELESS_LIMIT
    world = World()
    first = world.ingest(f"{header}\n{header},more\n".encode(), key)
    for number in range(2):
        again = world.ingest(first.error_file or b"", key.replace("a.csv", f"again{number}.csv"))
        assert_sound(again)
        assert (None, 1) == (again.upload.failure, again.upload.counts.error)
        first = again
    wider = world.ingest((first.error_file or b"").replace(b"\r\n", b",\r\n"), key.replace("a.csv", "wider.csv"))
    assert wider.upload.failure is not None
    assert "The header has 102 columns without a name; the limit is 101" in wider.upload.failure.message
