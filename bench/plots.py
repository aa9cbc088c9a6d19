"""The plots of `docs/performance.md`, drawn only from the figures."""

import re
from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
from matplotlib import pyplot as plt

from bench.figures import Figure, shown

FOLDER = Path(__file__).parents[1] / "docs" / "performance"
_STYLE = {
    # Text as text: readable, searchable, and the same on every machine.
    "svg.fonttype": "none",
    "svg.hashsalt": "meterdrop",
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.constrained_layout.use": True,
}
_METERDROP, _OTHER, _TARGET = "#635bff", "#8792a2", "#c0123c"
_POINT = re.compile(r"(.+): ([0-9,]+)")


def draw(figures: Sequence[Figure]) -> None:
    """Draw all plots into `docs/performance/`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_STYLE):
        _targets(figures)
        _validation(figures)
        _growth(figures)
        _memory(figures)


def _targets(figures: Sequence[Figure]) -> None:
    """Show each figure as a multiple of its target: right of the line is better."""
    with_target = [figure for figure in figures if figure.target is not None][::-1]
    plot, axes = plt.subplots(figsize=(9, 0.32 * len(with_target) + 1))
    multiples = [_multiple_of_target(figure) for figure in with_target]
    colors = [_METERDROP if figure.is_met else _OTHER for figure in with_target]
    axes.barh([figure.name for figure in with_target], multiples, color=colors)
    for row, (figure, multiple) in enumerate(zip(with_target, multiples, strict=True)):
        axes.text(multiple, row, f" {shown(figure.value)} {figure.unit}", va="center", fontsize=8)
    axes.axvline(1, color=_TARGET, linewidth=1)
    axes.set_xlim(0, 1.35 * max(multiples))
    axes.set_xlabel("times the target")
    _save(plot, "targets")


def _multiple_of_target(figure: Figure) -> float:
    target = figure.target or 1.0
    return figure.value / target if figure.more_is_better else target / figure.value


def _validation(figures: Sequence[Figure]) -> None:
    """Show the speed of each way to validate, compared with the baseline, by rows and share of bad rows."""
    ways = {
        "Meterdrop": "validate: against the baseline",
        "polars": "validate: polars against the baseline",
        "pyarrow": "validate: pyarrow against the baseline",
    }
    by_way = {way: [one for one in figures if one.name.startswith(f"{name}, ")] for way, name in ways.items()}
    titles = [figure.name.rpartition("baseline, ")[2] for figure in by_way["Meterdrop"]]
    plot, axes = plt.subplots(figsize=(9, 4))
    for offset, (way, color) in enumerate(zip(ways, (_METERDROP, _OTHER, "#c1c9d2"), strict=True)):
        positions = [position + 0.27 * (offset - 1) for position in range(len(titles))]
        values = [figure.value for figure in by_way[way]]
        run_range = [
            [figure.value - min(figure.runs) for figure in by_way[way]],
            [max(figure.runs) - figure.value for figure in by_way[way]],
        ]
        axes.bar(positions, values, 0.25, label=way, color=color, yerr=run_range, error_kw={"linewidth": 0.8})
    axes.axhline(1, color=_TARGET, linewidth=1)
    axes.set_xticks(range(len(titles)), [title.replace(", ", "\n") for title in titles], fontsize=8)
    axes.set_ylabel("times as fast as the baseline")
    axes.legend(frameon=False)
    _save(plot, "validate")


def _growth(figures: Sequence[Figure]) -> None:
    """Show each curve on logarithmic axes: a straight line is a power, and its slope is the exponent."""
    points = [
        (figure, match) for figure in figures if figure.part == "growth" and (match := _POINT.fullmatch(figure.title))
    ]
    plot, axes = plt.subplots(figsize=(9, 4.5))
    for what in dict.fromkeys(match[1] for _, match in points):
        curve = [(int(match[2].replace(",", "")), figure) for figure, match in points if match[1] == what]
        sizes, values = [size for size, _ in curve], [figure.value for _, figure in curve]
        [exponent] = [one.value for one in figures if one.title.startswith(f"exponent, {what} from ")]
        axes.loglog(sizes, values, marker="o", label=f"{what}: exponent {exponent:.2f}")
    axes.set_xlabel("number")
    axes.set_ylabel("seconds")
    axes.legend(frameon=False)
    _save(plot, "growth")


def _memory(figures: Sequence[Figure]) -> None:
    """Show the cost of a million events, and the duration for a file, by memory setting."""
    by_title = {
        what: [one for one in figures if one.name.startswith(f"cost: Lambda{what}")] for what in (" for", "'s time")
    }
    settings = [figure.name.rpartition(", ")[2] for figure in by_title[" for"]]
    plot, axes = plt.subplots(figsize=(9, 3.5))
    axes.bar(settings, [figure.value for figure in by_title[" for"]], color=_METERDROP)
    axes.set_ylabel("dollars for a million events")
    other = axes.twinx()
    other.plot(settings, [figure.value for figure in by_title["'s time"]], color=_TARGET, marker="o")
    other.set_ylabel("seconds per file")
    other.set_ylim(bottom=0)
    _save(plot, "memory")


def _save(plot: object, name: str) -> None:
    plot.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})  # type: ignore[attr-defined]
    plt.close(plot)
