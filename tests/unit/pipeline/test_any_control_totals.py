"""Any file with any declared totals is stored if, and only if, they are equal as numbers to what it contains."""

import csv
import io
import json
import re
from fractions import Fraction

import pytest
from hypothesis import assume, event, example, given
from hypothesis import strategies as st

from meterdrop.domain.codes import Status
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import World
from tests.support.strategies import cells, written

HEADER = ("timestamp", "event_name", "payload_stripe_customer_id", "payload_value", "payload_tokens")
VALUE_COLUMN = {"ai_search_api": 3, "cpu_usage": 3, "old_api": 3, "llm_tokens": 4}
"""By event name of a meter, the column of its values."""
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]+)?|\.[0-9]+)")
STORED = {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}

_numbers = st.one_of(
    st.integers(-300, 300).map(str),
    st.decimals(-1_000, 1_000, places=12, allow_nan=False, allow_infinity=False).map("{:f}".format),
    st.sampled_from(["0", "-0", "+5", ".5", "007", "1.2340", "1.234", "999999999999999", "0.000000000001", "9" * 40]),
)
_values = st.one_of(_numbers, st.sampled_from(["", " 7 ", "1e3", "1_000", "1,5", "nan", "'-5", "x"]))
_row = st.tuples(
    st.sampled_from(["2024-09-25", "2024-09-25", "soon"]),
    st.sampled_from([*VALUE_COLUMN, "nobody", ""]),
    st.sampled_from(["cus_QMJJtcu70R1x46", "cus_nobody"]),
    _values,
    _values,
).map(list)
_rows = st.lists(_row, min_size=1, max_size=8)


def totals_of(data: bytes) -> tuple[int, dict[str, Fraction]]:
    """Add up a plain file, without Meterdrop: rows that are not blank, and what is a number for a meter."""
    rows = [row for row in list(csv.reader(io.StringIO(data.decode())))[1:] if any(cell.strip() for cell in row)]
    sums = dict.fromkeys(VALUE_COLUMN, Fraction(0))
    for row in rows:
        name = row[1].strip() if len(row) > 1 else ""
        if name in VALUE_COLUMN and len(row) > VALUE_COLUMN[name]:
            text = re.sub("^'(?=[+-])", "", row[VALUE_COLUMN[name]].strip())
            if _NUMBER.fullmatch(text) and len(text) <= 100:
                sums[name] += Fraction(text)
    return len(rows), sums


def text_of(number: Fraction) -> str:
    """Write an exact decimal with 12 places at most."""
    scaled = number * 10**12
    assert scaled.denominator == 1
    digits = f"{abs(int(scaled)):013}"
    return f"{'-' * (number < 0)}{digits[:-12]}.{digits[-12:]}"


def declared(data: bytes, names: set[str]) -> dict[str, str]:
    """Return the metadata that a careful sender adds to a file."""
    row_count, sums = totals_of(data)
    return {"expect-rows": str(row_count)} | (
        {"expect-sums": json.dumps({name: text_of(sums[name]) for name in sorted(names)})} if names else {}
    )


_names = st.sets(st.sampled_from(list(VALUE_COLUMN)))


@given(_rows, _names, st.integers(-1, 1), st.dictionaries(st.sampled_from(list(VALUE_COLUMN)), _numbers))
@example([["2024-09-25", "ai_search_api", "cus_nobody", "9" * 40, ""]], {"ai_search_api"}, 0, {})
@example([["2024-09-25", "ai_search_api", "cus_nobody", "-0", ""]], set(), 0, {"ai_search_api": "0"})
def test_stored_if_and_only_if_equal(rows: list[list[str]], names: set[str], off: int, others: dict[str, str]) -> None:
    """Right totals, and any others."""
    data = written([list(HEADER), *rows])
    row_count, sums = totals_of(data)
    control = declared(data, names)
    control["expect-rows"] = str(max(0, row_count + off))
    if others:
        control["expect-sums"] = json.dumps(json.loads(control.get("expect-sums", "{}")) | others)
    outcome = World().ingest(data, control=control)
    assert_sound(outcome)
    is_equal = off == 0 and all(Fraction(text) == sums[name] for name, text in others.items())
    event(f"equal: {is_equal}")
    if is_equal:
        assert outcome.upload.status in STORED
        assert outcome.upload.control is not None
        assert outcome.upload.control.matches
    else:
        assert outcome.upload.failure is not None
        assert outcome.upload.failure.code == "control_mismatch"
        assert not outcome.events


@given(_rows, st.integers(min_value=1))
def test_a_truncated_file_with_the_totals_of_the_whole_is_refused(rows: list[list[str]], at: int) -> None:
    """Cut at any byte: if a row or a part of a number is gone, no row of what is left counts."""
    data = written([list(HEADER), *rows])
    cut = data[: len(data) - 1 - at % (len(data) - 1)]
    try:
        left = totals_of(cut)
    except (csv.Error, UnicodeDecodeError):
        assume(False)  # no CSV any more, which another rule refuses
    assume(left != totals_of(data))
    outcome = World().ingest(cut, control=declared(data, set(VALUE_COLUMN)))
    assert_sound(outcome)
    assert outcome.upload.status is Status.FAILED
    event(str(outcome.upload.failure and outcome.upload.failure.code))
    assert not outcome.events


@given(st.lists(st.tuples(st.sampled_from(["2024-09-25", "soon"]), _numbers), min_size=1, max_size=6), st.data())
def test_a_row_less_is_refused_by_the_number_of_rows_alone(rows: list[tuple[str, str]], data: st.DataObject) -> None:
    """Even if the row was refused, or its value is 0."""
    table = [list(HEADER), *([day, "cpu_usage", "cus_QMJJtcu70R1x46", value, ""] for day, value in rows)]
    control = {"expect-rows": str(len(rows))}
    del table[data.draw(st.integers(1, len(rows)))]
    assert not World().ingest(written(table), control=control).events


@given(st.lists(st.lists(cells, min_size=4, max_size=6), min_size=1, max_size=8), st.integers(1, 3), _names)
def test_chunks_make_no_difference(rows: list[list[str]], count: int, names: set[str]) -> None:
    """How many rows are read at once decides nothing, whatever the cells."""
    assume(names)
    data = written([list(HEADER)[:4], *rows])
    control = {"expect-rows": "5", "expect-sums": json.dumps(dict.fromkeys(names, "7"))}
    large = World().ingest(data, control=control).upload
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meterdrop.domain.files.rows._CHUNK_ROWS", count)
        patch.setattr("meterdrop.domain.files.rows._CHUNK_CHARACTERS", 30 * count)
        small = World().ingest(data, control=control).upload
    assert (small.control, small.failure) == (large.control, large.failure)
