"""The table of docs/reliability.md: what came of every fault at every call of every flow."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults.faults import CallPosition, Fault

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
_BEGINS, _ENDS = "<!-- faults: written by `make faults` -->", "<!-- faults end -->"
_NONE, _NOT_RUN = "none", "not run"
_BETWEEN = re.compile(f"(?<={re.escape(_BEGINS)}\n).*?(?={re.escape(_ENDS)})", re.DOTALL)


Made = Mapping[tuple[str, Fault], Counter[int]]
"""Of each flow and fault, how many calls took how many more processes."""


def table(flows: Mapping[str, Sequence[CallPosition]], made: Made, told: Mapping[tuple[str, str], str]) -> str:
    """Write it: of each cell how many ended in the same process, in the next, and after that.

    A cell of which not every call was run keeps what the document tells of it, if the flow makes as many calls as then.
    """
    counts = counts_of(flows)

    def cell(flow: str, fault: Fault) -> str:
        head = _head(flow, flows[flow])
        count, more = counts[head, fault.value], made.get((flow, fault), Counter[int]())
        if not count:
            return _NONE
        if more.total() < count:
            return told.get((head, fault.value), _NOT_RUN)
        return " / ".join(map(str, (more[0] + more[-1], more[1], sum(n for each, n in more.items() if each > 1))))

    heads = ["flow (calls)", *(fault.value for fault in Fault)]
    rows = [[_head(flow, places), *(cell(flow, fault) for fault in Fault)] for flow, places in flows.items()]
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _head(flow: str, calls: Sequence[CallPosition]) -> str:
    return f"{flow} ({len(calls)})"


def write(text: str) -> None:
    """Put it into the document."""
    before = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(_BETWEEN.sub(lambda _: text, before), encoding="utf-8")


def cells_in_document() -> dict[tuple[str, str], str]:
    """Return the cells of the document, by flow with its number of calls, and fault."""
    found = _BETWEEN.search(DOCUMENT.read_text(encoding="utf-8"))
    assert found is not None, f"{DOCUMENT.name} has no place for the table"
    heads, _, *rows = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in found[0].splitlines())
    return {(row[0], head): cell for row in rows for head, cell in zip(heads[1:], row[1:], strict=True)}


def counts_in_document() -> dict[tuple[str, str], int]:
    """Return how many calls the document tells of, by flow and fault; what was not run yet is left out."""
    return {
        place: 0 if cell == _NONE else sum(map(int, cell.split(" / ")))
        for place, cell in cells_in_document().items()
        if cell != _NOT_RUN
    }


def counts_of(flows: Mapping[str, Sequence[CallPosition]]) -> dict[tuple[str, str], int]:
    """Return how many there are."""
    return {
        (_head(flow, places), fault.value): sum(fault.applies_to(place.name) for place in places)
        for flow, places in flows.items()
        for fault in Fault
    }
