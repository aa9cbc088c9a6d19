"""One measured figure, and how figures are shown and kept."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """A median with its runs; `holds` tells whether it reaches its target."""

    name: str
    value: float
    unit: str
    target: float
    at_least: bool
    runs: tuple[float, ...]

    @property
    def holds(self) -> bool:
        """Whether the target is reached."""
        return self.value >= self.target if self.at_least else self.value <= self.target


def table(figures: Sequence[Figure]) -> str:
    """Write figures as lines for a terminal."""
    lines = []
    for figure in figures:
        sign, verdict = (">=" if figure.at_least else "<="), ("holds" if figure.holds else "MISSED")
        spread = f"{min(figure.runs):.1f} to {max(figure.runs):.1f}"
        lines.append(
            f"{figure.name:<60} {figure.value:>8.1f} {figure.unit:<14} "
            f"({spread}; target {sign} {figure.target:g}) {verdict}"
        )
    return "\n".join(lines)


def save(figures: Sequence[Figure], path: Path) -> None:
    """Write figures as JSON."""
    described = [
        {**{name: value for name, value in asdict(figure).items() if name != "at_least"}, "holds": figure.holds}
        for figure in figures
    ]
    machine = f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}"
    result = {"machine": machine, "date": datetime.now(UTC).date().isoformat(), "figures": described}
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
