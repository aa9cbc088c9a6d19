"""What an undo goes by: every id that a row may be stored under, by these rules and by earlier ones."""

from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.validation.row_reference import row_ids
from tests.support.fakes.world import World
from tests.support.strategies import DELIMITERS, tables, written
from tests.unit.domain.test_otherwise_written import quoted_whole


@given(tables(misfits=True), st.sampled_from(DELIMITERS), st.booleans())
def test_every_stored_event_is_found(table: list[list[str]], delimiter: str, is_quoted_whole: bool) -> None:
    """Whatever a row was taken for: a short one, a long one, or one that was quoted whole."""
    data = quoted_whole(table, delimiter) if is_quoted_whole else written(table, delimiter)
    outcome = World().ingest(data)
    assert {event.id for event in outcome.events.values()} <= set(row_ids(data, outcome.upload.id))


def test_what_earlier_rules_took_is_found() -> None:
    """Identifiers as they stand in the file, and damaged ones."""
    identifiers = ("1001.0", "NULL", "a\u200b", "e\u0301", "", "a\x01", "x" * 101)
    rows = [["2024-09-25", "a", identifier] for identifier in identifiers]
    found = set(row_ids(written([["timestamp", "event_name", "identifier"], *rows]), "upl_a"))
    assert found == {"1001.0", "NULL", "a\u200b", "e\u0301", "\u00e9", "upl_a:5"}


def test_every_record_has_an_id_where_there_are_no_identifiers() -> None:
    """Short, long and quoted whole: by the number of the row."""
    data = b'timestamp,event_name,payload_x\n2024-09-25,a\n2024-09-25,a,b,\n"2024-09-25,a,b"\n'
    assert ["upl_a:1", "upl_a:2", "upl_a:3"] == list(row_ids(data, "upl_a"))
