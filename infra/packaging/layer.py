"""The layer of third-party packages, built from `uv.lock` without Docker.

`uv` writes out the locked `runtime` group, every wheel by its address and hash, and installs exactly those for the
target, whatever machine this is. No index is asked, so what `uv sync` has fetched before is not fetched again. The
folder's name is a hash of all that goes into it, so a second synth finds it ready.
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

# Raise it when the steps below change what is in the folder.
_RECIPE = "3"

# The services that the functions call. botocore describes 400 more, which are two thirds of the layer.
SERVICES = ("dynamodb", "events", "s3", "sqs")


class PackagingError(RuntimeError):
    """The layer cannot be built; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the packages will run: `name` for people, `options` for `uv pip install`.

    `compiles` where this interpreter is the one that will run them, so that its bytecode can go with them.
    """

    name: str
    options: tuple[str, ...]
    compiles: bool = False


LAMBDA = Target(
    "lambda-python3.13-arm64",
    # Lambda's Python 3.13 stands on Amazon Linux 2023, which runs manylinux2014 wheels.
    ("--python-platform", "aarch64-manylinux2014", "--python-version", "3.13"),
)


def this_machine() -> Target:
    """Name the interpreter that runs this, for the emulator, which starts functions with it."""
    platform = sysconfig.get_platform().replace(".", "_")
    return Target(f"local-{sys.implementation.cache_tag}-{platform}", ("--python", sys.executable), compiles=True)


def build_layer(project: Path, target: Target) -> Path:
    """Give the folder that holds `python/` with all packages for `target`, building it where it is not there yet.

    `project` holds `uv.lock`; the folder is `.build/layer/<hash>` in it. `PackagingError` where uv is missing, the
    lock is out of date or a wheel cannot be fetched.
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
    """Give the `runtime` group of `uv.lock` as a `pylock.toml`: every file's address and hash."""
    return _uv(
        ["export", "--locked", "--only-group", "runtime", "--format", "pylock.toml", "--no-header"],
        project,
        "Run `uv lock` if pyproject.toml was changed.",
    )


def _find_uv(project: Path) -> str:
    own = project / ".tools" / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    found = str(own) if own.is_file() else shutil.which("uv")
    if found is None:
        raise PackagingError("uv is not installed: run `make run` once, which installs it in .tools, or install uv.")
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
        "Check the connection to the package registry.",
    )
    _tidy(python)
    if target.compiles:
        _compile(python)
    # Lambda runs functions as another user than the one that unpacks the layer: a private umask would lock it out.
    for path in (python.parent, *python.parent.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _compile(python: Path) -> None:
    """Add bytecode, without which a cold start takes several times as long; alike every time, with no path of here."""
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(python), "-p", "/opt/python"]
    subprocess.run(  # noqa: S603 - our own words, no shell
        [sys.executable, "-m", "compileall", *options, str(python)],
        stdout=subprocess.DEVNULL,
        check=False,  # a package may ship a file for other versions of Python only, and is imported without it
    )


def _tidy(python: Path) -> None:
    """Leave what functions need, alike on every machine."""
    # Console scripts name this machine's interpreter, and the records their hashes; the lock file is uv's own.
    shutil.rmtree(python / "bin", ignore_errors=True)
    for record in (*python.glob("*.dist-info/RECORD"), python / ".lock"):
        record.unlink(missing_ok=True)
    for error_fields in (python / "botocore" / "data").iterdir():
        if error_fields.is_dir() and error_fields.name not in SERVICES:
            shutil.rmtree(error_fields)


def _publish(built: Path, layer: Path) -> None:
    """Move the finished folder to its name in one step; another process may have been first, with the same content."""
    try:
        built.rename(layer)
    except OSError:
        if not layer.exists():
            raise


def _uv(arguments: list[str], project: Path, advice: str) -> str:
    # The environment that this runs in must not lead uv to another one.
    environment = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        [_find_uv(project), *arguments, "--color", "never"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        lines = done.stderr.splitlines()
        said = [line.strip() for line in lines if line.startswith(("error: ", "  cause: "))] or lines[-1:]
        raise PackagingError(f"The layer cannot be built. {advice} uv says: {' '.join(said)}")
    return done.stdout
