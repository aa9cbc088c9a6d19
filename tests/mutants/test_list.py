"""The list of mutants does not rot: each applies to the code as it is, and names tests that there are."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.mutants.__main__ import run
from tests.mutants.mutant import LIST, ROOT, Mutant, StaleError, read_list
from tests.mutants.table import SHOWN, with_table
from tests.mutants.trial import Outcome, Verdict

MUTANTS = read_list()
LEAST = 45


@cache
def source(file: str) -> str:
    """Read a file of the project."""
    return (ROOT / file).read_text(encoding="utf-8")


@cache
def meaning(file: str) -> str:
    """Say what a file does, whatever its spaces and comments."""
    return ast.dump(ast.parse(source(file)))


def test_there_are_many() -> None:
    """Each has a name of its own."""
    assert len(MUTANTS) == len({mutant.name for mutant in MUTANTS}) >= LEAST


def test_each_file_has_a_number_of_its_own() -> None:
    """The tables of the documents have the order of the numbers."""
    numbers = [path.name.partition("-")[0] for path in LIST.glob("*.toml")]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_it_applies(mutant: Mutant) -> None:
    """Its old text stands once in the file, and what comes of the new one is Python that does something else."""
    broken = ast.dump(ast.parse(mutant.broken(source(mutant.file))))
    assert broken != meaning(mutant.file)


@pytest.mark.parametrize("test", sorted({test for mutant in MUTANTS for test in mutant.noticed_by}))
def test_its_tests_exist(test: str) -> None:
    """The file, and in it the function or the class."""
    file, _, name = test.partition("::")
    name = name.partition("[")[0]
    assert not name or f"def {name}(" in source(file) or f"class {name}(" in source(file)


@pytest.mark.parametrize("path", SHOWN, ids=lambda path: path.name)
def test_documents_show_the_list(path: Path) -> None:
    """As it is; `make mutants` writes their tables anew."""
    text = path.read_text(encoding="utf-8")
    assert with_table(text, SHOWN[path](MUTANTS)) == text


def test_one_that_no_longer_applies() -> None:
    """It says which, and of what."""
    with pytest.raises(StaleError, match=f"{MUTANTS[0].name}.*{MUTANTS[0].file} has 0 times"):
        MUTANTS[0].broken("")
    with pytest.raises(StaleError, match="has 2 times"):
        MUTANTS[0].broken(2 * MUTANTS[0].old)


@pytest.mark.parametrize(
    ("unbroken", "broken", "code"),
    [
        (Verdict.SURVIVED, Verdict.NOTICED, 0),
        (Verdict.SURVIVED, Verdict.SURVIVED, 1),
        (Verdict.SURVIVED, Verdict.UNCLEAR, 1),
        (Verdict.NOTICED, Verdict.NOTICED, 1),
        (Verdict.UNCLEAR, Verdict.NOTICED, 1),
    ],
)
def test_the_command(unbroken: Verdict, broken: Verdict, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    """It is content where tests pass with nothing broken and fail with each break, and with nothing else."""
    two = MUTANTS[:2]
    assert code == run(two, lambda _: Outcome(unbroken, 0, ""), lambda _: Outcome(broken, 0, ""))
    said = capsys.readouterr().out
    assert said.endswith("survivors: none\n") == (code == 0)
    if (unbroken, code) == (Verdict.SURVIVED, 1):
        assert all(mutant.name in said.splitlines()[-1] for mutant in two)


def test_a_file_has_nothing_that_is_not_read(tmp_path: Path) -> None:
    """A misspelt key would be a mutant that nobody tries."""
    (tmp_path / "a.toml").write_text('rule = "a"\nmutants = []\nmutant = []\n')
    with pytest.raises(ValueError, match="not mutants"):
        read_list(tmp_path)
