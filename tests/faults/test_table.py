"""The table keeps what was measured earlier, and tells of no cell that was not run whole."""

from collections import Counter

from tests.faults.faults import CallPosition, Fault
from tests.faults.table import table

CALLS = (CallPosition("PutItem uploads", 1), CallPosition("PutItem uploads", 2))
AT_ONCE = Fault.THROTTLED


def cell(text: str, flow: str, fault: Fault) -> str:
    """Read a cell of a table."""
    heads, _, *rows = ([each.strip() for each in line.strip("| ").split(" | ")] for line in text.splitlines())
    (row,) = [row for row in rows if row[0] == flow]
    return row[heads.index(fault.value)]


def test_a_cell_whose_calls_were_all_run() -> None:
    """It is new, whatever was told before."""
    text = table(
        {"usage": CALLS}, {("usage", AT_ONCE): Counter({0: 1, 2: 1})}, {("usage (2)", AT_ONCE.value): "2 / 0 / 0"}
    )
    assert "1 / 0 / 1" == cell(text, "usage (2)", AT_ONCE)


def test_a_cell_of_which_a_part_was_run() -> None:
    """It stays as it was told, if the flow makes as many calls as then."""
    part = {("usage", AT_ONCE): Counter({0: 1})}
    told = {("usage (2)", AT_ONCE.value): "0 / 2 / 0", ("usage (3)", AT_ONCE.value): "3 / 0 / 0"}
    assert "0 / 2 / 0" == cell(table({"usage": CALLS}, part, told), "usage (2)", AT_ONCE)
    assert "not run" == cell(table({"usage": CALLS[:1]}, {}, told), "usage (1)", AT_ONCE)


def test_a_fault_that_fits_no_call() -> None:
    """There is none, and the cell says so."""
    assert "none" == cell(table({"usage": CALLS}, {}, {}), "usage (2)", Fault.CUT_OFF)
