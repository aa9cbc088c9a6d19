"""The table of docs/reliability.md: what came of every fault at every call of every flow."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults.faults import CallPosition, Fault

DOCUMENT = Path(__file__).parents[2] / "docs" / "reliability.md"
_BEGINS, _ENDS = "<!-- faults: written by `make faults` -->", "<!-- faults end -->"
_NOT_RUN = "not run"
_BETWEEN = re.compile(f"(?<={re.escape(_BEGINS)}\n).*?(?={re.escape(_ENDS)})", re.DOTALL)


def table(flows: Mapping[str, Sequence[CallPosition]], more: Mapping[tuple[str, Fault], Counter[int]]) -> str:
    """Write it: of each cell how many ended in the same process, in the next, and after that."""
    heads = ["flow (calls)", *(fault.value for fault in Fault)]
    rows = [
        [f"{flow} ({len(places)})", *(_cell(more.get((flow, fault)), places, fault) for fault in Fault)]
        for flow, places in flows.items()
    ]
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(more: Counter[int] | None, calls: Sequence[CallPosition], fault: Fault) -> str:
    if not any(fault.applies_to(place.name) for place in calls):
        return "none"
    if more is None:
        return _NOT_RUN
    counts = [more[0] + more[-1], more[1], sum(count for processes, count in more.items() if processes > 1)]
    return " / ".join(map(str, counts))


def write(text: str) -> None:
    """Put it into the document."""
    before = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(_BETWEEN.sub(lambda _: text, before), encoding="utf-8")


def counts_in_document() -> dict[tuple[str, str], int]:
    """Return how many calls the document tells of, by flow and fault; what was not run yet is left out."""
    found = _BETWEEN.search(DOCUMENT.read_text(encoding="utf-8"))
    assert found is not None, f"{DOCUMENT.name} has no place for the table"
    heads, _, *rows = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in found[0].splitlines())
    return {
        (row[0], head): 0 if cell == "none" else sum(map(int, cell.split(" / ")))
        for row in rows
        for head, cell in zip(heads[1:], row[1:], strict=True)
        if cell != _NOT_RUN
    }


def counts_of(flows: Mapping[str, Sequence[CallPosition]]) -> dict[tuple[str, str], int]:
    """Return how many there are."""
    return {
        (f"{flow} ({len(places)})", fault.value): sum(fault.applies_to(place.name) for place in places)
        for flow, places in flows.items()
        for fault in Fault
    }
