"""Check prose: `python -m tools.prose` for the whole project, `python -m tools.prose docs README.md` for some of it."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools.prose.extract import fragments
from tools.prose.passages import passages
from tools.prose.rules import Finding, find

_ROOT = Path(__file__).parents[2]
_FILES = ["*.md", "*.py", "*.js", "*.jsx", "*.ts", "*.tsx", "*.css", "Makefile", "pyproject.toml", ":!/tests"]


def files(within: Sequence[str]) -> Iterator[Path]:
    """List the files that have prose, committed or not. If paths are given, list only those files and folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *_FILES],
        cwd=_ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = [_ROOT / name for name in sorted(set(listed.split("\0")) - {""})]
    for part in map(Path, within):
        if not any(path.is_relative_to(part.resolve()) for path in paths):
            raise SystemExit(f"{part} has no prose to check. Name a file or folder of this project.")
    for path in paths:
        if path.exists() and (not within or any(path.is_relative_to(Path(part).resolve()) for part in within)):
            yield path


def check(path: Path) -> list[Finding]:
    """Check one file; return its findings by line."""
    return sorted(
        finding for fragment in fragments(path) for passage in passages(fragment) for finding in find(passage)
    )


def main(arguments: Sequence[str]) -> int:
    """Print every finding; return the exit status."""
    count = 0
    for path in files(arguments):
        for line, what, instead in check(path):
            print(f"{path.relative_to(_ROOT)}:{line}: {what}: write {instead} instead")
            count += 1
    if count:
        print(f"{count} findings in prose.", file=sys.stderr)
    return min(count, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
