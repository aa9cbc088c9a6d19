"""Whatever happens to whichever call to AWS, what is left in the end is what an undisturbed run leaves."""

import pytest

from tests.faults import plan, table
from tests.faults.faults import CallPosition, Fault
from tests.faults.flows import FLOWS
from tests.faults.matrix import Cell, Matrix
from tests.faults.soundness import unsound


def accepted(flow: str, fault: Fault, place: CallPosition, cell: Cell) -> bool:
    """Tell whether a cell is as it should be."""
    if (flow, fault, place.name) in plan.TAKEN_UP_AGAIN:
        return bool(cell.differences)  # sound, as all are; and it was not given up
    most = plan.MORE_PROCESSES[fault] + ((flow, fault, place.name) in plan.WAITS_ONCE_MORE)
    return not cell.differences and cell.processes <= most


@pytest.mark.parametrize("flow", FLOWS)
def test_undisturbed(faults: Matrix, flow: str) -> None:
    """A flow to which nothing happens ends in a sound state, with nothing left to do."""
    of = faults.undisturbed(flow)
    assert len(of.calls) >= 5
    assert [] == unsound(faults.queues.functions)


@pytest.mark.parametrize("fault", Fault, ids=lambda fault: fault.value)
@pytest.mark.parametrize("flow", FLOWS)
def test_every_call(faults: Matrix, flow: str, fault: Fault) -> None:
    """One fault at each call in turn: the same state, and not more processes than the fault may cost."""
    wrong = []
    for of, what, place in plan.chosen(faults.calls()):
        if (of, what) == (flow, fault):
            cell = faults.run(flow, (fault, place))
            problems = unsound(faults.queues.functions)
            if problems or not accepted(flow, fault, place, cell):
                wrong.append((place, cell, problems))
    assert [] == wrong


@pytest.mark.parametrize("seed", range(plan.pairs()))
def test_two_faults(faults: Matrix, seed: int) -> None:
    """Two faults in one run, the second in a retry of the first too."""
    flow, one, other = plan.two_at_once(faults.calls(), seed)
    cell = faults.run(flow, one, other)
    assert [] == unsound(faults.queues.functions)
    if flow != "recovery":
        assert () == cell.differences, (flow, one, other)


def test_the_document_is_current(faults: Matrix) -> None:
    """docs/reliability.md tells of these flows, faults and calls (else: `make faults`)."""
    told, made = table.counts_in_document(), table.counts_of(faults.calls())
    assert {flow for flow, _ in made} == {flow for flow, _ in told}
    assert told == {cell: count for cell, count in made.items() if cell in told}
