"""Cold starts, and the size of what is deployed: the very layer and code, on this machine's Python."""

import compileall
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.alternating import alternate
from bench.figures import Figure
from bench.function_process import environment
from bench.processes import ROOT, output_of
from infra.packaging.layer import LAMBDA, build_layer, this_machine

_TARGETS: dict[str, float | None] = {"ingest": 350, "api": 450, "recover": None, "sweep": None}
_MIB = 1024 * 1024
_MOST_MIB = 13
_OF_BOTO3 = frozenset({"boto3", "botocore", "s3transfer", "jmespath"})
_CODE = ROOT / "lambdas"
_COMPILED = "with bytecode", True
_PLAIN = "without bytecode", False


def figures() -> list[Figure]:
    """Measure every function, with its bytecode there and without, and what Lambda unpacks."""
    return [*_starts(), *_sizes()]


def _starts() -> list[Figure]:
    layer = build_layer(ROOT, this_machine())
    found = []
    for how, compiled in (_COMPILED, _PLAIN):
        cpus: dict[str, list[float]] = {name: [] for name in _TARGETS}
        with _bundle(layer / "python", compiled=compiled) as path:

            def start(name: str, path: str = path, cpus: dict[str, list[float]] = cpus) -> float:
                wall, cpu = _start(name, path)
                cpus[name].append(cpu)
                return wall

            costs = alternate({name: partial(start, name) for name in _TARGETS})
        for name, target in _TARGETS.items():
            what = f"start: {name}, imports and clients, {how}"
            found += [
                Figure.of(what, "ms", costs[name], target if compiled else None),
                Figure.of(f"{what}, processor", "ms", cpus[name]),
            ]
    return found


@contextmanager
def _bundle(layer: Path, *, compiled: bool) -> Iterator[str]:
    """Give the path of a copy of layer and code; a copy, so that no other run leaves bytecode in it or finds some."""
    with TemporaryDirectory() as folder:
        places = [Path(folder) / "layer", Path(folder) / "code"]
        for source, place in zip((layer, _CODE), places, strict=True):
            shutil.copytree(source, place, ignore=shutil.ignore_patterns("__pycache__"))
            if compiled:
                compileall.compile_dir(place, quiet=2)
        yield ":".join(str(place) for place in places)


def _start(name: str, path: str) -> tuple[float, float]:
    """Return milliseconds on the clock and of the processor."""
    # -S and -P: nothing but the bundle is to be found; -B: what was compiled is there, and nothing is added.
    command: list[str | Path] = [sys.executable, "-S", "-P", "-B", ROOT / "bench" / "start_process.py", name]
    wall, cpu = output_of(command, environment("9") | {"PYTHONPATH": path}).split()
    return float(wall), float(cpu)


def _sizes() -> list[Figure]:
    python = build_layer(ROOT, LAMBDA) / "python"
    code = sum(file.stat().st_size for file in _CODE.rglob("*") if _is_shipped(file))
    packages = {place.name: _bytes_below(place) for place in python.iterdir()}
    boto3 = sum(size for name, size in packages.items() if name.partition("-")[0] in _OF_BOTO3)
    layer = sum(packages.values())
    return [
        Figure.of("start: layer and code, without boto3", "MiB", [(layer + code - boto3) / _MIB], _MOST_MIB),
        Figure.of("start: layer and code, all", "MiB", [(layer + code) / _MIB]),
        Figure.of("start: code", "MiB", [code / _MIB]),
    ]


def _is_shipped(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts and file.suffix != ".pyc"


def _bytes_below(place: Path) -> int:
    return sum(file.stat().st_size for file in (place, *place.rglob("*")) if file.is_file())
