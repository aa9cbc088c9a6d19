"""Whatever bytes are dropped: no crash, and what always holds of an upload holds."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterdrop.domain.files.cells import trim
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import World
from tests.support.strategies import DELIMITERS, cells, tables, written

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value"
GOOD = "2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400"
_pieces = st.sampled_from([HEADER, GOOD, "\n", "\r", "\r\n", ",", ";", "\t", '"', "=", "é", "1E5", "2024"])
_texts = st.lists(st.one_of(_pieces, cells), max_size=30).map("".join)


@given(st.binary(max_size=300))
@example(b"\xff\xfe\x00")
@example(b'"')
def test_arbitrary_bytes(data: bytes) -> None:
    """Any bytes come to a sound final status."""
    assert_sound(World().ingest(data))


@given(_texts, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))
def test_arbitrary_text_below_a_header(text: str, encoding: str) -> None:
    """Any text below a header comes to a sound final status."""
    assert_sound(World().ingest(f"{HEADER}\n{GOOD}\n{text}".encode(encoding, errors="replace")))


@given(tables(misfits=True), st.sampled_from(DELIMITERS), st.sampled_from(["\n", "\r\n", "\r"]))
def test_arbitrary_tables(table: list[list[str]], delimiter: str, line_end: str) -> None:
    """Any rows, of any width, come to a sound final status; no row is lost but those that are empty."""
    outcome = World().ingest(written(table, delimiter, line_end))
    assert_sound(outcome)
    rows = [row for row in table[1:] if any(map(trim, row))]
    assert outcome.upload.counts.row == len(rows)


@given(tables(), st.integers(1, 3))
def test_batches_make_no_difference(table: list[list[str]], batch: int) -> None:
    """How many rows one call takes decides nothing."""
    data = written(table)
    small, large = World(batch=batch).ingest(data), World().ingest(data)
    assert_sound(small)
    assert (small.upload.counts, small.error_file, small.events, small.usage) == (
        large.upload.counts,
        large.error_file,
        large.events,
        large.usage,
    )


@given(tables(misfits=True), st.integers(1, 3), st.lists(st.integers(0, 8), max_size=4))
def test_chunks_make_no_difference(table: list[list[str]], rows: int, blank: list[int]) -> None:
    """How many rows are judged at once decides nothing, wherever blank lines and rows that do not fit stand."""
    for at in blank:
        table.insert(1 + at, [])
    data = written(table)
    large = World().ingest(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meterdrop.domain.files.rows._CHUNK_ROWS", rows)
        patch.setattr("meterdrop.domain.files.rows._CHUNK_CHARACTERS", 30 * rows)
        small = World().ingest(data)
    assert_sound(small)
    assert (small.upload.counts, small.upload.samples, small.error_file, small.events) == (
        large.upload.counts,
        large.upload.samples,
        large.error_file,
        large.events,
    )


@given(tables())
def test_dry_run_has_the_same_verdicts(table: list[list[str]]) -> None:
    """A file under validate/ gets the counts, totals and errors that it gets in earnest."""
    data = written(table)
    earnest, dry = World().ingest(data), World().ingest(data, "validate/usage.csv")
    assert_sound(dry)
    assert (dry.upload.counts, dry.upload.totals) == (earnest.upload.counts, earnest.upload.totals)
    assert [(sample.row_number, sample.code) for sample in dry.upload.samples] == [
        (sample.row_number, sample.code) for sample in earnest.upload.samples
    ]
