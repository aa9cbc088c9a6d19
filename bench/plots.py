"""The plots that `docs/performance.md` shows, drawn from the figures alone."""

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
_OURS, _OTHER, _TARGET = "#635bff", "#8792a2", "#c0123c"
_POINT = re.compile(r"(.+): ([0-9,]+)")


def draw(figures: Sequence[Figure]) -> None:
    """Draw all of them into `docs/performance/`."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_STYLE):
        _targets(figures)
        _judging(figures)
        _growth(figures)
        _memory(figures)


def _targets(figures: Sequence[Figure]) -> None:
    """Show each figure with a target as a part of it: right of the line is better."""
    aimed = [figure for figure in figures if figure.target is not None][::-1]
    plot, axes = plt.subplots(figsize=(9, 0.32 * len(aimed) + 1))
    reached = [_reached(figure) for figure in aimed]
    colors = [_OURS if figure.holds else _OTHER for figure in aimed]
    axes.barh([figure.name for figure in aimed], reached, color=colors)
    for place, (figure, part) in enumerate(zip(aimed, reached, strict=True)):
        axes.text(part, place, f" {shown(figure.value)} {figure.unit}", va="center", fontsize=8)
    axes.axvline(1, color=_TARGET, linewidth=1)
    axes.set_xlim(0, 1.35 * max(reached))
    axes.set_xlabel("times the target")
    _save(plot, "targets")


def _reached(figure: Figure) -> float:
    target = figure.target or 1.0
    return figure.value / target if figure.wanted.startswith("at least") else target / figure.value


def _judging(figures: Sequence[Figure]) -> None:
    """Show how many times as fast as the naive way each way judges, by the share of bad rows."""
    ways = {
        "ours": r"judge: against naive",
        "polars": "judge: polars against naive",
        "pyarrow": "judge: pyarrow against naive",
    }
    found = {way: [one for one in figures if one.name.startswith(f"{name}, ")] for way, name in ways.items()}
    titles = [figure.name.rpartition("naive, ")[2] for figure in found["ours"]]
    plot, axes = plt.subplots(figsize=(9, 4))
    for offset, (way, color) in enumerate(zip(ways, (_OURS, _OTHER, "#c1c9d2"), strict=True)):
        places = [place + 0.27 * (offset - 1) for place in range(len(titles))]
        values = [figure.value for figure in found[way]]
        spread = [
            [figure.value - min(figure.runs) for figure in found[way]],
            [max(figure.runs) - figure.value for figure in found[way]],
        ]
        axes.bar(places, values, 0.25, label=way, color=color, yerr=spread, error_kw={"linewidth": 0.8})
    axes.axhline(1, color=_TARGET, linewidth=1)
    axes.set_xticks(range(len(titles)), [title.replace(", ", "\n") for title in titles], fontsize=8)
    axes.set_ylabel("times as fast as the naive way")
    axes.legend(frameon=False)
    _save(plot, "judge")


def _growth(figures: Sequence[Figure]) -> None:
    """Show each curve with both axes logarithmic: a straight line is a power, its slope the exponent."""
    points = [
        (figure, match) for figure in figures if figure.part == "growth" and (match := _POINT.fullmatch(figure.title))
    ]
    plot, axes = plt.subplots(figsize=(9, 4.5))
    for what in dict.fromkeys(match[1] for _, match in points):
        curve = [(int(match[2].replace(",", "")), figure) for figure, match in points if match[1] == what]
        sizes, values = [size for size, _ in curve], [figure.value for _, figure in curve]
        [exponent] = [one.value for one in figures if one.title.startswith(f"exponent, {what} from ")]
        axes.loglog(sizes, values, marker="o", label=f"{what}: exponent {exponent:.2f}")
    axes.set_xlabel("how many")
    axes.set_ylabel("seconds")
    axes.legend(frameon=False)
    _save(plot, "growth")


def _memory(figures: Sequence[Figure]) -> None:
    """Show what a million events cost at each memory setting, and how long a file takes."""
    found = {
        what: [one for one in figures if one.name.startswith(f"cost: Lambda{what}")] for what in (" for", "'s time")
    }
    settings = [figure.name.rpartition(", ")[2] for figure in found[" for"]]
    plot, axes = plt.subplots(figsize=(9, 3.5))
    axes.bar(settings, [figure.value for figure in found[" for"]], color=_OURS)
    axes.set_ylabel("dollars for a million events")
    other = axes.twinx()
    other.plot(settings, [figure.value for figure in found["'s time"]], color=_TARGET, marker="o")
    other.set_ylabel("seconds for the file")
    other.set_ylim(bottom=0)
    _save(plot, "memory")


def _save(plot: object, name: str) -> None:
    plot.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})  # type: ignore[attr-defined]
    plt.close(plot)
