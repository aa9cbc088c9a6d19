"""Cold starts and deployed size: the same layer and code as deployed, on this machine's Python."""

import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.alternating import alternate
from bench.figures import Figure
from bench.function_process import environment
from bench.processes import ROOT, output_of
from infra.packaging.code_folder import build_code
from infra.packaging.layer import build_layer, lambda_arm64, this_machine

_TARGETS: dict[str, float | None] = {"ingest": 350, "api": 450, "recover": None, "sweep": None}
_BOTO3 = "boto3"
"""The start that the functions are compared with: importing boto3 and creating one client."""
_RATIO_TARGETS = {"ingest": 1.3, "api": 1.7}
_MIB = 1024 * 1024
_MAX_MIB = 20
_OF_BOTO3 = frozenset({"boto3", "botocore", "s3transfer", "jmespath"})
_COMPILED = "with bytecode", True
_PLAIN = "without bytecode", False


def figures() -> list[Figure]:
    """Measure each function with and without bytecode, and the size of the layer and the code."""
    return [*_starts(), *_sizes()]


def _starts() -> list[Figure]:
    bundle = build_layer(ROOT, this_machine()) / "python", build_code(ROOT)
    measured = []
    for how, compiled in (_COMPILED, _PLAIN):
        names = (*_TARGETS, _BOTO3)
        cpus: dict[str, list[float]] = {name: [] for name in names}
        with _import_path(bundle, compiled=compiled) as path:

            def start(name: str, path: str = path, cpus: dict[str, list[float]] = cpus) -> float:
                wall, cpu = _start(name, path)
                cpus[name].append(cpu)
                return wall

            costs = alternate({name: partial(start, name) for name in names})
        for name, target in _TARGETS.items():
            what = f"start: {name}, imports and clients, {how}"
            measured += [
                Figure.from_runs(what, "ms", costs[name], target if compiled else None),
                Figure.from_runs(f"{what}, processor time", "ms", cpus[name]),
            ]
        for name, ratio in _RATIO_TARGETS.items():
            runs = [own / of_boto3 for own, of_boto3 in zip(costs[name], costs[_BOTO3], strict=True)]
            what = f"start: {name} against importing boto3 and creating a client, {how}"
            measured.append(Figure.from_runs(what, "times as long", runs, ratio if compiled else None))
    return measured


@contextmanager
def _import_path(bundle: Iterable[Path], *, compiled: bool) -> Iterator[str]:
    """Yield the import path of a copy of the bundle, which has bytecode, or of one without."""
    left_out = None if compiled else shutil.ignore_patterns("__pycache__")
    with TemporaryDirectory() as folder:
        copies = [shutil.copytree(part, Path(folder) / part.name, ignore=left_out) for part in bundle]
        yield ":".join(str(copy) for copy in copies)


def _start(name: str, path: str) -> tuple[float, float]:
    """Return the milliseconds of wall time and of processor time."""
    # -S and -P: Python finds only the bundle. -B: Python writes no bytecode.
    command: list[str | Path] = [sys.executable, "-S", "-P", "-B", ROOT / "bench" / "start_process.py", name]
    wall, cpu = output_of(command, environment("9") | {"PYTHONPATH": path}).split()
    return float(wall), float(cpu)


def _sizes() -> list[Figure]:
    python = build_layer(ROOT, lambda_arm64()) / "python"
    code = _bytes_below(build_code(ROOT))
    packages = {package.name: _bytes_below(package) for package in python.iterdir()}
    boto3 = sum(size for name, size in packages.items() if name.partition("-")[0] in _OF_BOTO3)
    layer = sum(packages.values())
    return [
        Figure.from_runs("start: layer and code, without boto3", "MiB", [(layer + code - boto3) / _MIB], _MAX_MIB),
        Figure.from_runs("start: layer and code, all", "MiB", [(layer + code) / _MIB]),
        Figure.from_runs("start: code", "MiB", [code / _MIB]),
    ]


def _bytes_below(path: Path) -> int:
    return sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())
