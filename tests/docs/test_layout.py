"""The map of the run-time package: folders of a readable size, and a reason for each module that one other imports."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "lambdas" / "meterdrop"
DECISION = ROOT / "docs" / "decisions" / "0018-packages-by-concept.md"
FOLDERS = [PACKAGE, *sorted(path for path in PACKAGE.rglob("*") if path.is_dir() and path.name != "__pycache__")]
MAX_ENTRIES = 12


def entries(folder: Path) -> list[str]:
    """List modules and packages directly in a folder."""
    modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
    return modules + [path.parent.name for path in folder.glob("*/__init__.py")]


def name_of(module: Path) -> str:
    """Return the dotted name of a module."""
    return ".".join(module.relative_to(PACKAGE.parent).with_suffix("").parts)


def imported_by(module: Path) -> Iterator[str]:
    """Yield what a module imports, as modules and as names in modules."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules_with_one_importer() -> list[str]:
    """List the modules that exactly one other module imports, by their names below the package."""
    modules = {name_of(path): path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py"}
    importers: dict[str, set[str]] = defaultdict(set)
    for name, path in modules.items():
        for imported in imported_by(path):
            if imported in modules:
                importers[imported].add(name)
    return sorted(name.removeprefix("meterdrop.") for name, found in importers.items() if len(found) == 1)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(PACKAGE.parent)))
def test_a_folder_is_one_concept(folder: Path) -> None:
    """A folder has 2 to 12 modules and packages: fewer are no folder, more hide what is there."""
    assert 2 <= len(entries(folder)) <= MAX_ENTRIES


def test_each_module_with_one_importer_has_a_reason() -> None:
    """A module that only one other imports may belong into that one; the decision gives the reason if it does not."""
    reasons = re.findall(
        r"^\| `([\w.]+)` \| .+ \|$",
        DECISION.read_text(encoding="utf-8").partition("## Modules with one importer")[2],
        re.MULTILINE,
    )
    assert modules_with_one_importer() == sorted(reasons)
