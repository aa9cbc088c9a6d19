"""The formula guard, and what of a cell is content."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.files.cells import BLANKS, INVISIBLE, NUMBER, SIGNS, content, excerpt, guard, trim
from tests.support.strategies import cells


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
    """What begins like a formula afterwards is a plain number, wherever another locale splits the cell."""
    written = guard(cell)
    if written[:1] in ("\t", "\r"):
        pytest.fail(f"{written!r} would be run")
    if NUMBER.fullmatch(trim(written)) is None:
        assert _without(written, INVISIBLE)[:1] not in {*SIGNS}
        for piece in re.split("[,;\t\r\n]", written)[1:]:
            assert _without(piece, INVISIBLE + '"')[:1] not in {*SIGNS}


def _without(cell: str, skipped: str) -> str:
    """Leave out what a spreadsheet may skip before a sign."""
    return re.sub(f"^[{re.escape(skipped + BLANKS)}]+", "", cell)


@given(st.sampled_from([*SIGNS, *"\t\r\n,;'a1. "]).flatmap(lambda first: cells.map(lambda rest: first + rest)))
def test_only_guards_are_taken_off(cell: str) -> None:
    """A cell that no error file wrote keeps all of its text, but for an apostrophe that looks like a guard."""
    if "'" not in cell:
        assert content(cell) == trim(cell)
    else:
        assert trim(content(cell).replace("'", "")) == trim(cell.replace("'", ""))


@pytest.mark.parametrize("sign", [*"=+-@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("", "'"),
        (" ", "' "),
        ("\n", "'\n'"),
        ("\u3000\u00a0", "'\u3000\u00a0"),
        ("a;", "a;'"),
        ("a, ", "a,' "),
        ("a\t", "a\t'"),
        ("a\n", "a\n'"),
        ("=1;", "'=1;'"),
        ("\u200b", "'\u200b"),
        ("\ufeff \u2060", "'\ufeff \u2060"),
        ("a;\u200b", "a;'\u200b"),
        ('a;"', "a;'\""),
        ('a\n "" ', 'a\n\' "" '),
        ('"', '"'),
        ("a", "a"),
        ("a ", "a "),
    ],
)
def test_guard_wherever_a_formula_may_begin(before: str, expected: str, sign: str) -> None:
    """After blanks and line feeds, after a list separator of another locale, and with full-width signs."""
    formula = f"{sign}1+1"
    assert guard(before + formula) == expected + formula
    assert content(expected + formula) == trim(before + formula)


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
        ("1;-5", "1;'-5"),
        (" -5", " -5"),
        ("-1,5", "'-1,5"),
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
        ("a;'=1", "a;=1"),
        ("a;''=1", "a;''=1"),
        ("rock,'n'", "rock,'n'"),
        ("' -5", "' -5"),
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
