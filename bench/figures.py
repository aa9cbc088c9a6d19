"""One measured figure, and how figures are shown and kept."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

RESULTS = Path(__file__).parent / "results.json"
TIMES_AS_FAST = "times as fast"
"""The one unit of which more is better: in every other one a target is what the figure may be at most."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A median with its runs; the name begins with its part, as in `judge: against naive, 1 % bad`.

    `target` None: measured to be known, with nothing to reach.
    """

    name: str
    value: float
    unit: str
    target: float | None
    runs: tuple[float, ...]

    @classmethod
    def of(cls, name: str, unit: str, runs: Iterable[float], target: float | None = None) -> Self:
        """Make a figure of its runs."""
        measured = tuple(float(f"{run:.4g}") for run in runs)
        return cls(name, statistics.median(measured), unit, target, measured)

    @property
    def part(self) -> str:
        """What it belongs to."""
        return self.name.partition(": ")[0]

    @property
    def title(self) -> str:
        """Its name within its part."""
        return self.name.partition(": ")[2]

    @property
    def holds(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.unit == TIMES_AS_FAST else self.value <= self.target

    @property
    def wanted(self) -> str:
        """The target in words."""
        if self.target is None:
            return ""
        return f"{'at least' if self.unit == TIMES_AS_FAST else 'at most'} {shown(self.target)}"

    @property
    def spread(self) -> str:
        """From the least run to the greatest."""
        return f"{shown(min(self.runs))} to {shown(max(self.runs))}" if len(self.runs) > 1 else "one run"

    @property
    def row_result(self) -> str:
        """Whether the target is met, in a word."""
        return {True: "met", False: "missed", None: ""}[self.holds]


def shown(value: float) -> str:
    """Write a number with three digits, or all of those before its point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def table(figures: Sequence[Figure]) -> str:
    """Write figures as lines for a terminal."""
    width = max(len(figure.name) for figure in figures)
    return "\n".join(
        f"{figure.name:<{width}}  {shown(figure.value):>7} {figure.unit:<18} {figure.spread:<18} "
        f"{figure.wanted:<14} {figure.row_result}".rstrip()
        for figure in figures
    )


def machine() -> str:
    """Describe what this runs on."""
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def save(figures: Sequence[Figure], path: Path = RESULTS) -> None:
    """Write figures as JSON."""
    error_fields = [
        {
            "name": figure.name,
            "value": figure.value,
            "unit": figure.unit,
            "target": figure.target,
            "holds": figure.holds,
            "runs": figure.runs,
        }
        for figure in figures
    ]
    result = {"machine": machine(), "date": datetime.now(UTC).date().isoformat(), "figures": error_fields}
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def load(path: Path = RESULTS) -> list[Figure]:
    """Read what was saved."""
    found = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return [Figure(one["name"], one["value"], one["unit"], one["target"], tuple(one["runs"])) for one in found]
