"""The measured figures in the documents, between markers. No figure there is entered manually."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.figures import RESULTS, Figure, shown
from bench.prices import price_list

_ROOT = Path(__file__).parents[1]
DOCUMENTS = (_ROOT / "docs" / "performance.md", _ROOT / "README.md")
_MARKED = re.compile(r"(<!-- bench: (?P<name>[a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_MAIN = (
    (
        "validate: against the baseline, 1% bad, 107,000 rows",
        "Meterdrop validates rows {} times as fast as common code with `csv.DictReader` and pydantic.",
    ),
    (
        "whole job: against the baseline Lambda, 6 ms per call, 20,000 rows of one day",
        "It processes a file {} times as fast as a common Lambda function with `batch_writer`.",
    ),
    (
        "memory: peak of ingest, 5 MiB file, 1,000 customers, one day",
        "Memory use peaks at {} MiB for a 5 MB file.",
    ),
    ("cost: a million events, 20,000 rows of one day", "A million events cost {} US dollars on AWS."),
)


def fill(text: str, figures: Sequence[Figure], origin: str) -> str:
    """Return a document with new content between its markers; raise KeyError for an unknown marker."""

    def replacement(match: re.Match[str]) -> str:
        return f"{match[1]}{_block(match['name'], figures, origin)}\n{match[3]}"

    return _MARKED.sub(replacement, text)


def write(figures: Sequence[Figure], results: Path = RESULTS) -> None:
    """Fill all documents."""
    for document in DOCUMENTS:
        document.write_text(fill(document.read_text(encoding="utf-8"), figures, origin(results)), encoding="utf-8")


def origin(results: Path = RESULTS) -> str:
    """Return the date and the machine of the saved figures."""
    saved = json.loads(results.read_text(encoding="utf-8"))
    return f"Measured on {saved['date']}: {saved['machine']}."


def _block(name: str, figures: Sequence[Figure], origin_: str) -> str:
    if name == "origin":
        return origin_
    if name == "main":
        return _main(figures)
    if name == "prices":
        return "\n".join(_prices())
    if name == "targets":
        return "\n".join(_table([figure for figure in figures if figure.target is not None], whole=True))
    if name == "misses":
        return _misses(figures)
    of_part = [figure for figure in figures if figure.part == name]
    if not of_part:
        raise KeyError(name)
    return "\n".join(_table(of_part, whole=False))


def _table(figures: Sequence[Figure], *, whole: bool) -> Iterator[str]:
    """Yield the lines of a table; `whole` if the figures belong to several parts."""
    has_targets = any(figure.target is not None for figure in figures)
    yield "| figure | median | range | target | result |" if has_targets else "| figure | median | range |"
    yield "|---|---|---|---|---|" if has_targets else "|---|---|---|"
    for figure in figures:
        cells = [figure.name if whole else figure.title, f"{shown(figure.value)} {figure.unit}", figure.run_range]
        if has_targets:
            cells += [figure.target_text, figure.result]
        yield f"| {' | '.join(cells)} |"


def _main(figures: Sequence[Figure]) -> str:
    values = {figure.name: figure.value for figure in figures}
    lines = [f"- {words.format(shown(values[name]))}" for name, words in _MAIN]
    return "\n".join(["Measured results, from [performance and cost](docs/performance.md):", "", *lines])


def _misses(figures: Sequence[Figure]) -> str:
    missed = [figure for figure in figures if figure.is_met is False]
    if not missed:
        return "All targets are met."
    lines = [f"- {one.name}: {shown(one.value)} {one.unit}; target: {one.target_text}." for one in missed]
    return "\n".join(["Missed targets:", "", *lines])


def _prices() -> Iterator[str]:
    prices = price_list()
    yield f"Prices in {prices['region']}, in US dollars, read on {prices['read']}:"
    yield ""
    yield "| price | dollars | page | dated |"
    yield "|---|---|---|---|"
    for price in prices["prices"].values():
        amount = f"{price['dollars']:.10g}" + (f" for {price['per']:,}" if price["per"] > 1 else "")
        yield f"| {price['of']} | {amount} | <{price['page']}> | {price['dated']} |"
