"""The formula guard, and what of a cell is content."""

import pytest
from hypothesis import given

from meterdrop.domain.cells import content, excerpt, guard, trim
from tests.unit.strategies import cells


@given(cells)
def test_guard_changes_no_content(cell: str) -> None:
    """Reading what was written gives what was there."""
    assert content(guard(cell)) == content(cell)


@given(cells)
def test_guard_is_put_once(cell: str) -> None:
    """The error file of an error file has the same cells."""
    assert guard(guard(cell)) == guard(cell)


@given(cells)
def test_no_spreadsheet_runs_a_guarded_cell(cell: str) -> None:
    """What begins like a formula afterwards is a plain number."""
    written = guard(cell)
    if written[:1] in ("=", "@", "\t", "\r"):
        pytest.fail(f"{written!r} would be run")
    if written[:1] in ("+", "-"):
        assert written[1:].replace(".", "", 1).isdigit()
        assert written.isascii()


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("=1", "'=1"),
        ("+1", "+1"),
        ("-2.5", "-2.5"),
        ("-.5", "-.5"),
        ("-5.", "'-5."),
        ("-1e5", "'-1e5"),
        ("-1 ", "'-1 "),
        ("-1\n", "'-1\n"),
        ("-\u0661", "'-\u0661"),
        ("@a", "'@a"),
        ("\t1", "'\t1"),
        ("\r1", "'\r1"),
        ("'=1", "'=1"),
        ("a=1", "a=1"),
        ("", ""),
    ],
)
def test_guard(cell: str, expected: str) -> None:
    """An apostrophe stands before formulas, and before no plain number."""
    assert guard(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("'=1", "=1"),
        ("'-5.", "-5."),
        ("'\t1", "1"),
        ("'-2.5", "'-2.5"),
        ("'a=1", "'a=1"),
        ("''=1", "''=1"),
        ("'", "'"),
        (" '=1", "'=1"),
    ],
)
def test_an_apostrophe_is_taken_off_where_one_would_be_put(cell: str, expected: str) -> None:
    """Before formulas, and nowhere else: a name may begin with one."""
    assert content(cell) == expected


def test_trim_takes_unicode_white_space() -> None:
    """White space is what Unicode calls so: separators of old tapes and zero-width characters are none."""
    assert trim("\u00a0\u2003\u3000\x85 a\u200b\x1c \n") == "a\u200b\x1c"


@given(cells)
def test_excerpt_is_safe_to_show(cell: str) -> None:
    """A message quotes a cell on one line, without control characters, at any length."""
    shown = excerpt(cell * 20)
    assert shown.isprintable()
    assert len(shown) <= 50
