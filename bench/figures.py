"""Measured figures: how to show and store them."""

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
"""The only unit in which more is better. In every other unit, the target is a maximum."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A median with its runs. The name begins with the part, such as `validate: against the baseline, 1% bad`.

    `target` None: measured for information.
    """

    name: str
    value: float
    unit: str
    target: float | None
    runs: tuple[float, ...]

    @classmethod
    def from_runs(cls, name: str, unit: str, runs: Iterable[float], target: float | None = None) -> Self:
        """Create a figure from its runs."""
        measured = tuple(float(f"{run:.4g}") for run in runs)
        return cls(name, statistics.median(measured), unit, target, measured)

    @property
    def part(self) -> str:
        """The part that the figure belongs to."""
        return self.name.partition(": ")[0]

    @property
    def title(self) -> str:
        """The name within the part."""
        return self.name.partition(": ")[2]

    @property
    def more_is_better(self) -> bool:
        """Whether the target is a minimum."""
        return self.unit == TIMES_AS_FAST

    @property
    def is_met(self) -> bool | None:
        """Whether the figure meets its target; None if it has no target."""
        if self.target is None:
            return None
        return self.value >= self.target if self.more_is_better else self.value <= self.target

    @property
    def target_text(self) -> str:
        """The target in words; empty if there is none."""
        if self.target is None:
            return ""
        return f"{'at least' if self.more_is_better else 'at most'} {shown(self.target)}"

    @property
    def run_range(self) -> str:
        """The lowest and the highest run."""
        return f"{shown(min(self.runs))} to {shown(max(self.runs))}" if len(self.runs) > 1 else "one run"

    @property
    def result(self) -> str:
        """Whether the figure meets its target, in one word."""
        return {True: "met", False: "missed", None: ""}[self.is_met]


def shown(value: float) -> str:
    """Format a number with three digits, or with all digits before its point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def table(figures: Sequence[Figure]) -> str:
    """Format figures as lines for a terminal."""
    width = max(len(figure.name) for figure in figures)
    return "\n".join(
        f"{figure.name:<{width}}  {shown(figure.value):>7} {figure.unit:<18} {figure.run_range:<18} "
        f"{figure.target_text:<14} {figure.result}".rstrip()
        for figure in figures
    )


def machine() -> str:
    """Describe this machine."""
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, "
        f"{platform.python_implementation()} {platform.python_version()}"
    )


def save(figures: Sequence[Figure], path: Path = RESULTS) -> None:
    """Write figures as JSON."""
    fields = [
        {
            "name": figure.name,
            "value": figure.value,
            "unit": figure.unit,
            "target": figure.target,
            "holds": figure.is_met,
            "runs": figure.runs,
        }
        for figure in figures
    ]
    result = {"machine": machine(), "date": datetime.now(UTC).date().isoformat(), "figures": fields}
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def load(path: Path = RESULTS) -> list[Figure]:
    """Read saved figures."""
    saved = json.loads(path.read_text(encoding="utf-8"))["figures"]
    return [Figure(one["name"], one["value"], one["unit"], one["target"], tuple(one["runs"])) for one in saved]
