"""Runs the coverage-guided fuzzer for a while, in a process of its own, and tells what came of it."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.corpus import LARGEST_SEED, write_dictionary, write_seeds

FITS = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 14)
"""Whether Atheris has a wheel for this machine; elsewhere it would be built from source, by clang's own libFuzzer."""
_ROOT = Path(__file__).parents[2]
_STATISTIC = re.compile(r"^stat::(\w+):\s+(\d+)$", re.MULTILINE)
_COVERED = re.compile(r"^#\d+\s+(?:INITED|DONE)\s+cov: (\d+) ft: (\d+)", re.MULTILINE)
_SLOWEST = 20  # seconds for one file


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a run of the fuzzer came to."""

    executions: int
    new_paths: int
    """Files that ran code, or ran it as often, as no file before them had."""
    covered: int
    """Edges of Meterdrop's code that were run."""
    findings: tuple[Path, ...]
    output: str


def run(folder: Path, bounds: Sequence[str], seed: int) -> Campaign:
    """Fuzz within libFuzzer's `bounds`; `folder` holds what earlier runs found their way to, and findings."""
    found, seeds, findings = folder / "found", folder / "seeds", folder / "findings"
    for each in (found, seeds, findings):
        each.mkdir(parents=True, exist_ok=True)
    write_seeds(seeds)
    write_dictionary(folder / "dictionary")
    command = [
        *(sys.executable, "-m", "tests.fuzz.guided", *bounds, f"-seed={seed}", f"-max_len={LARGEST_SEED}"),
        *(f"-dict={folder / 'dictionary'}", f"-artifact_prefix={findings}/", f"-timeout={_SLOWEST}"),
        *("-print_final_stats=1", str(found), str(seeds)),
    ]
    before = set(findings.iterdir())
    ended = subprocess.run(
        command, cwd=_ROOT, env=_environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    output = ended.stdout.decode(errors="replace")
    new = tuple(sorted(set(findings.iterdir()) - before))
    if ended.returncode and not new:
        raise RuntimeError(f"The fuzzer itself failed:\n{output[-2000:]}")
    return _read(output, new)


def _read(output: str, findings: tuple[Path, ...]) -> Campaign:
    statistics = {name: int(value) for name, value in _STATISTIC.findall(output)}
    covered = _COVERED.findall(output)
    return Campaign(
        executions=statistics.get("number_of_executed_units", 0),
        new_paths=statistics.get("new_units_added", 0),
        covered=int(covered[-1][0]) if covered else 0,
        findings=findings,
        output=output,
    )


def _environment() -> dict[str, str]:
    return dict(os.environ) | {"PYTHONPATH": os.pathsep.join((str(_ROOT / "lambdas"), str(_ROOT)))}
