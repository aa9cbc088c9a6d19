"""What documents show of the list of mutants, written from it between two marks of theirs."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.mutants.mutant import ROOT, Mutant

_BEGIN, _END = "<!-- written by make mutants -->", "<!-- end -->"


def every_mutant(mutants: Sequence[Mutant]) -> str:
    """Return a table of the mutants of each rule."""
    lines, rule = list[str](), ""
    for mutant in mutants:
        if mutant.rule != rule:
            rule = mutant.rule
            lines += ["", f"**{rule}**", "", "| break | what it would do | noticed by |", "|---|---|---|"]
        noticed_by = ", ".join(f"`{test.removeprefix('tests/')}`" for test in mutant.noticed_by)
        lines.append(f"| {mutant.name} | {mutant.why} | {noticed_by} |")
    return "\n".join([*lines, ""])


def every_rule(mutants: Sequence[Mutant]) -> str:
    """Return a table of the rules, with how many mutants each has."""
    counted = Counter(mutant.rule for mutant in mutants)
    rows = [f"| {rule} | {count} |" for rule, count in counted.items()]
    return "\n".join(["", "| rule | mutants |", "|---|---:|", *rows, f"| all | {counted.total()} |", ""])


SHOWN: Mapping[Path, Callable[[Sequence[Mutant]], str]] = {
    Path(__file__).with_name("README.md"): every_mutant,
    ROOT / "docs" / "reliability.md": every_rule,
}
"""The documents, and what each shows."""


def with_table(text: str, table: str) -> str:
    """Return a text with a table between its two marks."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{table}\n{_END}{after}"


def write_tables(mutants: Sequence[Mutant]) -> None:
    """Write what each document shows."""
    for path, table in SHOWN.items():
        text = path.read_text(encoding="utf-8")
        path.write_text(with_table(text, table(mutants)), encoding="utf-8")
