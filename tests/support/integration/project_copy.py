"""A copy of the project's folder, where make runs beside whatever the developer runs in the real one."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.setup.places import BUILD, EMULATOR_VENV, NODE_MODULES, ROOT, TOOLS, VENV

PATIENCE = 240.0  # seconds, for a machine that is busy
_SOURCES = ("Makefile", "app.py", "cdk.json", "package.json", "package-lock.json", "pyproject.toml", "uv.lock")
_FOLDERS = ("infra", "lambdas", "tools", "page")
_INSTALLED = (TOOLS, VENV, EMULATOR_VENV, NODE_MODULES, BUILD)
# What a make that runs the tests leaves in the environment for those it starts.
_OF_MAKE = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "PORT", "STACK", "ROLE", "ID", "DELETE_DATA", "ARGS"}


@dataclass(frozen=True, slots=True)
class Project:
    """The copy; `temporary` is the temporary folder of all that runs in it."""

    folder: Path
    temporary: Path

    @property
    def stack_file(self) -> Path:
        """Give the path of `.local/stack.json`."""
        return self.folder / ".local" / "stack.json"

    def command(self, *arguments: str) -> list[str]:
        """Write a make command, with an interpreter as a fresh machine has one: not that of .venv."""
        return ["make", *arguments, f"PYTHON={sys._base_executable}"]  # type: ignore[attr-defined]  # noqa: SLF001

    def environment(self) -> dict[str, str]:
        """Give the environment to run make in."""
        kept = {name: value for name, value in os.environ.items() if name not in _OF_MAKE}
        return kept | {"TMPDIR": str(self.temporary)}

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a make command to its end."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )


def sentence_of(done: subprocess.CompletedProcess[str]) -> str:
    """Take the one line that a failed command said, without that of make itself."""
    lines = [line for line in done.stderr.splitlines() if not line.startswith("make: ***")]
    assert done.returncode != 0
    assert len(lines) == 1, done.stderr
    return lines[0]


def copy_project(place: Path, *, installed: bool) -> Project:
    """Copy the sources; what is installed and synthesized is shared with the real folder, or absent."""
    folder = place / "meterdrop"
    folder.mkdir()
    for name in _SOURCES:
        shutil.copy(ROOT / name, folder)
    for name in _FOLDERS:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for original in _INSTALLED if installed else ():
        (folder / original.name).symlink_to(original)
    temporary = place / "tmp"
    temporary.mkdir()
    return Project(folder, temporary)
