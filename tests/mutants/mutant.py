"""The mutants: deliberate breaks of the run-time code, each with the tests that must notice it. Data, under `list/`."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LIST = Path(__file__).parent / "list"


class StaleError(Exception):
    """A mutant no longer applies: what it replaces does not stand exactly once in its file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One break. `noticed_by` are tests as pytest names them: files, or `file::test`."""

    rule: str
    """The rule of the product that it breaks."""
    name: str
    why: str
    """How money is lost or counted twice by it, or who sees or does what is not theirs."""
    file: str
    """Below the project's folder."""
    old: str
    new: str
    noticed_by: tuple[str, ...]

    @property
    def module(self) -> str:
        """The name by which the broken module is imported."""
        return self.file.removeprefix("lambdas/").removesuffix(".py").replace("/", ".")

    def broken(self, source: str) -> str:
        """Return the source of the file with the break in it; raises StaleError."""
        found = source.count(self.old)
        if found != 1:
            raise StaleError(f"{self.name!r} no longer applies: {self.file} has {found} times\n{self.old}")
        return source.replace(self.old, self.new)


def read_list(folder: Path = LIST) -> list[Mutant]:
    """Read all mutants: a file for each rule, in the order of their names."""
    return [mutant for path in sorted(folder.glob("*.toml")) for mutant in _of_one_rule(path)]


def _of_one_rule(path: Path) -> list[Mutant]:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    rule = content.pop("rule")
    mutants = content.pop("mutant")
    if content:
        raise ValueError(f"{path.name} has a rule and mutants, not {', '.join(content)}")
    return [Mutant(rule=rule, **{**each, "noticed_by": tuple(each["noticed_by"])}) for each in mutants]
