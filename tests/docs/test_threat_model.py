"""The threat model: every claim names tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLAIMS = [
    line
    for line in (ROOT / "docs/threat-model.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and "tests/" in line
]
HEADS = re.compile(r"^\| [^|]*(can't|can't happen) \| test \|$")


def names_in(path: Path) -> set[str]:
    """Give the names of a module's tests, those of its classes too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_row_of_what_cannot_happen_names_a_test() -> None:
    """A claim that nothing holds is a hope."""
    lines = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8").splitlines()
    heads = [number for number, line in enumerate(lines) if HEADS.match(line)]
    assert len(heads) >= 4
    for head in heads:
        for line in lines[head + 2 :]:
            if not line.startswith("|"):
                break
            assert re.search(r"`tests/[\w/]+\.py(::\w+)?`", line), line


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_named_tests_exist(claim: str) -> None:
    """By their names, so that a renamed or deleted test is missed."""
    for path, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", claim):
        assert (ROOT / path).is_file(), path
        assert not name or name in names_in(ROOT / path), name
