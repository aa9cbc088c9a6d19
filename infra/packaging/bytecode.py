"""Bytecode for the bundle. Lambda's folders are read-only: without it, each cold start compiles every module again."""

import subprocess
import sys
from pathlib import Path


def add_bytecode(folder: Path, runs_at: str) -> None:
    """Compile all modules below `folder`, which is at `runs_at` in a function, for this interpreter's minor version.

    The result is the same on every machine: it has neither paths nor timestamps, and no variable changes it. A module
    for other versions of Python has no bytecode. Its package works without.
    """
    # Unchecked: Python doesn't read the sources again to compare their hashes.
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", runs_at]
    subprocess.run(  # noqa: S603 - constant arguments, no shell
        [sys.executable, "-I", "-S", "-m", "compileall", *options, str(folder)],
        stdout=subprocess.DEVNULL,
        check=False,
    )
