"""An error file in parts: each comes back as it is, and all together are bounded whatever the file."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.files.errors import RowError
from meterdrop.domain.uploads.error_cells import SHORT_MESSAGE, ErrorMessages
from meterdrop.domain.uploads.error_parts import Cut, Limits, cut_into_parts
from meterdrop.domain.validation.row_reference import row_ids
from tests.support.fakes.recount import assert_sound, error_rows, header_of
from tests.support.fakes.world import Outcome, World
from tests.support.strategies import DELIMITERS, tables, written

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
BAD = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,%d.%dx\n"
MIB = 1024 * 1024
UNLIMITED = Limits(total=1 << 40, growth=1 << 40)


def bad_rows(count: int) -> bytes:
    """Make a file all of whose rows have a value that is no number."""
    return HEADER + b"".join(BAD % (number, number) for number in range(count))


def codes(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Return identifier, code and field of every row of an error file, over its parts."""
    rows = chain.from_iterable(map(error_rows, outcome.error_parts))
    return [(row["identifier"], row["error_code"], row["error_field"]) for row in rows if row["row_number"]]


def dropped_back(world: World, outcome: Outcome) -> list[Outcome]:
    """Drop every part under a key of its own."""
    return [world.ingest(part, f"uploads/part-{number}.csv") for number, part in enumerate(outcome.error_parts)]


def test_a_systematic_fault_in_30_000_rows() -> None:
    """Its error file has parts that are taken as they are, with the verdicts that they had, and the last rows too."""
    world = World(batch=1_000)
    first = world.ingest(
        HEADER + b"".join(b"25.9.2024,ai_search_api,cus_QMJJtcu70R1x46,%d\n" % n for n in range(30_000))
    )
    assert_sound(first)
    assert first.upload.error_file is not None
    assert (30_000, True) == (first.upload.error_file.row_count, first.upload.error_file.is_complete)
    assert [len(part) <= SIZE_LIMIT for part in first.error_parts] == [True] * first.upload.error_file.part_count
    again = dropped_back(world, first)
    assert [None] * len(again) == [each.upload.failure for each in again]
    assert codes(first) == [code for each in again for code in codes(each)]


def test_a_corrected_part_fits() -> None:
    """A correction is longer than what was wrong, in every row; each part is taken all the same."""
    world = World(batch=10_000)
    rows = (b"25.9.2024,ai_search_api,cus_QMJJtcu70R1x46,%d\n" % n for n in range(60_000))
    first = world.ingest(HEADER + b"".join(rows))
    corrected = [part.replace(b"25.9.2024,", b"2024-09-25T00:00:00+00:00,") for part in first.error_parts]
    again = [world.ingest(part, f"uploads/part-{number}.csv") for number, part in enumerate(corrected)]
    assert [None] * len(again) == [each.upload.failure for each in again]
    assert 60_000 == sum(each.upload.counts.success for each in again) == len(world.events)


@given(tables(misfits=True), st.sampled_from(DELIMITERS), st.integers(0, 400), st.integers(1, 3))
def test_each_part_comes_back(table: list[list[str]], delimiter: str, room: int, full_rows: int) -> None:
    """Small parts hold the rows of the one large part, in its order, and each is refused again for the same reason."""
    data = written(table, delimiter)
    whole = World(limits=replace(UNLIMITED, full_rows=full_rows)).ingest(data)
    if not whole.upload.counts.error:
        return
    header, *lines = records(whole.error_parts[0], delimiter)
    # Large enough for any row with the header, and for the note that nothing needs here.
    part = max(map(len, lines)) + len(header) + 3 + 400 + room
    world = World(limits=replace(UNLIMITED, part=part, full_rows=full_rows))
    first = world.ingest(data)
    assert_sound(first)
    assert codes(first) == codes(whole)
    assert all(len(each) <= part for each in first.error_parts)
    assert {tuple(header_of(each)) for each in first.error_parts} == {tuple(header_of(whole.error_parts[0]))}
    twin = World()
    twin.ingest(data)
    [back] = dropped_back(twin, whole)
    assert sorted(codes(back)) == sorted(code for each in dropped_back(world, first) for code in codes(each))


def records(part: bytes, delimiter: str) -> list[bytes]:
    """Return header and rows as bytes, about as they stand in a part."""
    rows = csv.reader(io.StringIO(part.decode("utf-8-sig"), newline=""), delimiter=delimiter)
    return [written([row], delimiter) for row in rows]


@given(st.lists(st.lists(st.text("ax", max_size=9), max_size=5), max_size=6), st.integers(30, 80), st.integers(60, 300))
def test_parts_and_their_bounds(blocks: list[list[str]], part: int, total: int) -> None:
    """However lines come: parts hold them in order, as many as fit, and a note says how many are missing."""
    lines = list(chain.from_iterable(blocks))
    cut = Cut(b"head\r\n", len(lines), lambda missing: f"missing {missing}", part, total)
    parts = list(cut_into_parts(blocks, cut))
    assert all(len(each.data) <= part for each in parts)
    assert sum(len(each.data) for each in parts) <= total
    assert all(each.data.startswith(cut.beginning) for each in parts)
    assert all(each.row_count for each in parts[1:])
    found = [line for each in parts for line in each.data.decode().split("\r\n")[1:-1]]
    listed = sum(each.row_count for each in parts)
    missing = len(lines) - listed
    assert found == lines[:listed] + ([f"missing {missing}"] if missing else [])


def test_no_line_is_made_in_vain() -> None:
    """Where there is no room any more, nothing more is judged or written."""
    made: list[int] = []

    def blocks() -> Iterator[list[str]]:
        for number in range(1_000):
            made.append(number)
            yield ["x" * 100]

    cut = Cut(b"head\r\n", 1_000, str, 1_000, 2_000)
    assert sum(part.row_count for part in cut_into_parts(blocks(), cut)) < len(made)
    assert len(made) < 25


def test_what_is_not_listed_is_told() -> None:
    """The last row of the last part says how many rows are missing; dropped back it is no row."""
    world = World(limits=Limits(part=20_000, total=50_000, growth=1_000))
    first = world.ingest(bad_rows(1_000))
    assert_sound(first)
    assert first.upload.error_file is not None
    listed = first.upload.error_file.row_count
    assert (3, False, 1_000) == (
        first.upload.error_file.part_count,
        first.upload.error_file.is_complete,
        first.upload.counts.error,
    )
    note = error_rows(first.error_parts[-1])[-1]
    assert {"upload": first.upload.id, "error_message": note["error_message"]} == {
        name: cell for name, cell in note.items() if cell
    }
    assert note["error_message"].startswith(f"{1_000 - listed:,} more refused rows aren't listed.")
    again = dropped_back(world, first)
    assert listed == sum(each.upload.counts.row for each in again)
    assert codes(first) == [code for each in again for code in codes(each)]
    assert {first.upload.id} == {each.upload.parent for each in again}


def test_the_note_is_no_row_wherever_it_stands() -> None:
    """A spreadsheet may sort it to the top: the numbers of the rows below, and so their ids, stay."""
    note = f",,,,upl_{'a' * 26},,,,3 more refused rows aren't listed.\n".encode()
    columns = b",upload,row_number,error_code,error_field,error_message\n"
    rows = [b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,%d,,,,,\n" % number for number in (1, 2)]
    data = HEADER.replace(b"\n", columns) + note + rows[0] + note + rows[1]
    outcome = World().ingest(data)
    assert [1, 2] == list(outcome.events)
    assert 2 == outcome.upload.counts.row
    assert [event.id for event in outcome.events.values()] == list(row_ids(data, outcome.upload.id))


@pytest.mark.parametrize("character", ["x", '"', "\U0001f600", ";="])
def test_a_row_as_large_as_a_file(character: str) -> None:
    """With its errors it would not fit: its cells are cut, and wrong in the same way afterwards."""
    most = (SIZE_LIMIT - len(HEADER) - 60) // len(character.encode())
    text = character * (most // 2 // len(character) if character == '"' else most // len(character))
    for cell, field in ((text, "payload_stripe_customer_id"), (f"{text}\r\n", "payload_stripe_customer_id")):
        quoted = '"' + cell.replace('"', '""') + '"'
        world = World()
        first = world.ingest(HEADER + f"2024-09-25,ai_search_api,{quoted},5\n".encode())
        assert_sound(first)
        assert [len(part) <= SIZE_LIMIT for part in first.error_parts] == [True]
        [again] = dropped_back(world, first)
        assert codes(first) == codes(again)
        assert [field] == [each[2] for each in codes(again)]


def test_blanks_around_a_cell_do_not_count_for_its_length() -> None:
    """A cell of blanks that is longer than a part is what it means."""
    world = World()
    first = world.ingest(HEADER + b"2024,ai_search_api,cus_QMJJtcu70R1x46," + b" " * (SIZE_LIMIT - 200) + b"5\n")
    [row] = error_rows(first.error_file)
    assert "5" == row["payload_value"]


# Of the smallest rows that there are, 64 KB: what is written of them is bounded by what was dropped, and all are listed
# where the error file is a single part anyway.
HOSTILE = {
    "a long column name of four-byte characters": (
        "payload_" + "\U0001f600" * 92 + ",timestamp,event_name,payload_stripe_customer_id" + "," * 100 + "\n",
        "\x01\n",
        65,
    ),
    "short rows under four columns": (HEADER.decode(), "x\n", 65),
    "fifty bad cells": (
        HEADER.decode()[:-1] + "".join(f",payload_{n:092}" for n in range(48)) + "\n",
        ",\x01" * 50 + "\n",
        65,
    ),
    "every code and field": (
        HEADER.decode()[:-1] + "".join(f",payload_{n:092}" for n in range(48)) + "\n",
        "".join("," * n + "\x01\n" for n in range(50)),
        65,
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_amplification(name: str) -> None:
    """An error file is at most 64 times as large as its upload, or one part: 4 MiB are 64 times 64 KiB."""
    header, row, most = HOSTILE[name]
    for size, ratio in ((64 * 1024, most), (128 * 1024, 64)):
        data = hostile(header, row, size)
        outcome = World(batch=10_000).ingest(data)
        assert_sound(outcome)
        assert outcome.upload.failure is None
        assert outcome.upload.counts.error > len(data) // len(row) // 2
        assert sum(map(len, outcome.error_parts)) <= ratio * size


def hostile(header: str, row: str, size: int) -> bytes:
    """Write a file of that size. One row fits the header, so that the file is not refused as a whole."""
    fitting = "\x01" + header.count(",") * "," + "\n"
    count = (size - len((header + fitting).encode())) // len(row)
    return (header + fitting + row * count).encode()


def test_the_bound_of_a_file() -> None:
    """One part for any file, then 64 times its size, and never more than 64 MiB."""
    limits = Limits()
    assert [4 * MIB, 5_120_000, 32 * MIB, 64 * MIB, 64 * MIB] == [
        limits.total_for(size) for size in (0, 80_000, MIB // 2, MIB, SIZE_LIMIT)
    ]


@given(st.lists(st.lists(st.sampled_from("aab"), max_size=8), max_size=6), st.integers(1, 4))
def test_messages_become_short(blocks: list[list[str]], full_rows: int) -> None:
    """The first rows of a code and field have their whole message, later ones a short one; whatever the blocks."""
    errors = {
        name: [(RowError(RowCode.FIELD_INVALID, name, f"is {n}, wrong."),) for n in range(2)] for name in ("a", "b")
    }
    messages = ErrorMessages(",", full_rows)
    seen = {"a": 0, "b": 0}
    for block in blocks:
        rows = [errors[name][at % 2] for at, name in enumerate(block)]
        expected = []
        for at, name in enumerate(block):
            seen[name] += 1
            message = f'"{name}: is {at % 2}, wrong."' if seen[name] <= full_rows else SHORT_MESSAGE
            expected.append(f"field_invalid,{name},{message}")
        assert expected == list(messages.encode(rows))


def test_messages_are_short_after_a_thousand_rows() -> None:
    """In an upload as well, however its rows are read and held."""
    rows = error_rows(World(batch=1_000).ingest(bad_rows(3_000)).error_file)
    assert [False] * 1_000 + [True] * 2_000 == [row["error_message"] == SHORT_MESSAGE for row in rows]
    assert {"meter_event_invalid_value"} == {row["error_code"] for row in rows}
