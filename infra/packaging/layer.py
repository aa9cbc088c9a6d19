"""The layer of third-party packages, built from `uv.lock` without Docker.

`uv` exports the URL and hash of every wheel in the locked `runtime` group, and installs these wheels for the target on
any machine. It uses no index, so it doesn't download wheels again that `uv sync` has cached. The folder's name is a
hash of its sources, so that a second synthesis reuses it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from pathlib import Path

# Increase it if the steps below change the folder's contents.
_RECIPE = "4"

# The minor version of this Python. Lambda runs the same one: the tests ran on it, and only it can use our bytecode.
PYTHON = "{}.{}".format(*sys.version_info)
LAMBDA_PYTHONS = ("3.11", "3.12", "3.13", "3.14")

# The services that the functions call. botocore has the data of 400 more, which are two thirds of the layer.
SERVICES = ("dynamodb", "events", "logs", "s3", "sqs")


class PackagingError(RuntimeError):
    """A failed build of the layer or the code. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """The platform of the packages: its `name`, and the `options` of `uv pip install`."""

    name: str
    options: tuple[str, ...]


def lambda_arm64(python: str = PYTHON) -> Target:
    """Return the target of Lambda's functions; raise PackagingError if Lambda doesn't have this version of Python."""
    if python not in LAMBDA_PYTHONS:
        raise PackagingError(
            f"Lambda can't run Python {python}. Use Python {LAMBDA_PYTHONS[0]} to {LAMBDA_PYTHONS[-1]}, such as: "
            f"make deploy PYTHON=python{LAMBDA_PYTHONS[-1]}"
        )
    # Amazon Linux 2 and 2023 both support manylinux2014 wheels.
    return Target(
        f"lambda-python{python}-arm64", ("--python-platform", "aarch64-manylinux2014", "--python-version", python)
    )


def this_machine() -> Target:
    """Return the target of this interpreter. The emulator runs functions with it."""
    platform = sysconfig.get_platform().replace(".", "_")
    return Target(f"local-{sys.implementation.cache_tag}-{platform}", ("--python", sys.executable))


def build_layer(project: Path, target: Target) -> Path:
    """Return the folder with `python/` and all packages for `target`, and build it if needed.

    `project` has `uv.lock`. The folder is `.build/layer/<hash>` in it. Raises PackagingError if uv is missing, the lock
    is out of date, or a download fails.
    """
    wheels = locked_wheels(project)
    key = hashlib.sha256(f"{_RECIPE}\n{SERVICES}\n{target.name}\n{wheels}".encode()).hexdigest()
    layer = project / ".build" / "layer" / key
    if not layer.exists():
        layer.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=layer.parent, prefix="building-") as scratch:
            _install(project, target, wheels, Path(scratch))
            _publish(Path(scratch) / "layer", layer)
    return layer


def locked_wheels(project: Path) -> str:
    """Return the `runtime` group of `uv.lock` as a `pylock.toml`, with the URL and hash of every file."""
    return _uv(
        ["export", "--locked", "--only-group", "runtime", "--format", "pylock.toml", "--no-header"],
        project,
        "If you changed pyproject.toml, run `uv lock`.",
    )


def _find_uv(project: Path) -> str:
    own = project / ".tools" / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    found = str(own) if own.is_file() else shutil.which("uv")
    if found is None:
        raise PackagingError(
            "uv isn't installed. Run `make setup`, which installs it in .tools, or install uv yourself."
        )
    return found


def _install(project: Path, target: Target, wheels: str, scratch: Path) -> None:
    wanted = scratch / "pylock.toml"
    wanted.write_text(wheels, encoding="utf-8")
    python = scratch / "layer" / "python"
    _uv(
        [
            *("pip", "install", "--quiet", "--preview-features", "pylock", "--only-binary", ":all:"),
            *("--link-mode", "copy", "--no-compile-bytecode", *target.options),
            *("--target", str(python), "--requirement", str(wanted)),
        ],
        project,
        "Check the network connection to the package registry.",
    )
    _tidy(python)
    add_bytecode(python, "/opt/python")
    # Lambda's user isn't the owner of the files: with a private umask, it couldn't read them.
    for path in (python.parent, *python.parent.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def add_bytecode(folder: Path, runs_at: str) -> None:
    """Compile all modules below `folder`, which is at `runs_at` in a function, for this interpreter's minor version.

    Lambda's folders are read-only: without bytecode, each cold start compiles every module again. The result is the
    same on every machine: it has neither paths nor timestamps, and no variable changes it. Raises PackagingError.
    """
    # Unchecked: Python doesn't read the sources again to compare their hashes.
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", runs_at]
    done = subprocess.run(  # noqa: S603 - constant arguments, no shell
        [sys.executable, "-I", "-S", "-m", "compileall", *options, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PackagingError(f"Compiling the bundle failed. Output of Python: {' '.join(done.stdout.split())[:500]}")


def _tidy(python: Path) -> None:
    """Delete files that functions don't need, or that differ between machines."""
    # Console scripts have the path of this machine's interpreter, and RECORD has their hashes. `.lock` is uv's.
    shutil.rmtree(python / "bin", ignore_errors=True)
    for record in (*python.glob("*.dist-info/RECORD"), python / ".lock"):
        record.unlink(missing_ok=True)
    for service in (python / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)


def _publish(built: Path, layer: Path) -> None:
    """Move the finished folder to its name in one step. Another process can be first, with the same content."""
    try:
        built.rename(layer)
    except OSError:
        if not layer.exists():
            raise


def _uv(arguments: list[str], project: Path, advice: str) -> str:
    # A virtual environment of the caller must not mislead uv.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(  # noqa: S603 - arguments of this module, no shell
        [_find_uv(project), *arguments, "--color", "never"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.splitlines()
        errors = [line.strip() for line in lines if line.startswith(("error: ", "  cause: "))] or lines[-1:]
        raise PackagingError(f"Building the layer failed. {advice} Output of uv: {' '.join(errors)}")
    return done.stdout
