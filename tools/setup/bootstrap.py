"""The start of every command: install what it needs, then run it in this process."""

import fcntl
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.setup import install, signals
from tools.setup.chromium import ensure_chromium
from tools.setup.environment import clean_environment
from tools.setup.places import EMULATOR_VENV, NODE_MODULES, ROOT, STATE, VENV
from tools.setup.trouble import Trouble


@dataclass(frozen=True, slots=True)
class Command:
    """A program and its requirements."""

    module: str
    group: str
    emulator: bool = False
    cdk: bool = False
    browser: bool = False
    takes_arguments: bool = False


COMMANDS = {
    "run": Command("tools.commands.run", "deploy", emulator=True, cdk=True),
    "deploy": Command("tools.stack.account", "deploy", cdk=True),
    "destroy": Command("tools.stack.account", "deploy", cdk=True),
    "key": Command("tools.commands.key_commands", "deploy"),
    "keys": Command("tools.commands.key_commands", "deploy"),
    "revoke": Command("tools.commands.key_commands", "deploy"),
    "audit": Command("tools.commands.audit", "deploy"),
    "repair": Command("tools.repair.command", "deploy"),
    "erase": Command("tools.privacy.erase", "deploy"),
    "export": Command("tools.privacy.export", "deploy"),
    "verify": Command("tools.verify.command", "deploy", takes_arguments=True),
    "load": Command("tools.load.command", "deploy", emulator=True, cdk=True),
    "setup": Command("tools.emulator.layers", "dev", emulator=True, cdk=True),
    "browser": Command("tools.emulator.layers", "dev", emulator=True, cdk=True, browser=True),
}


def main(arguments: Sequence[str]) -> int:
    """Run `python3 -m tools <command>`; return the exit code if the command couldn't start."""
    signals.listen()
    try:
        if list(arguments) == ["help"]:
            print(_help(), flush=True)
            return 0
        command = _command(arguments)
        os.chdir(ROOT)
        with _lock():
            prepare(command)
        signals.hold()
        python = str(VENV / "bin" / "python")
        environment = clean_environment() | {"PYTHONPATH": str(ROOT / "lambdas")}
        os.execve(python, [python, "-m", command.module, *arguments], environment)  # noqa: S606 - no shell
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
    except signals.Stopped:
        print("Stopped. The next make continues the installation.", file=sys.stderr)
    return 1


def _help() -> str:
    targets = re.findall(r"^([\w-]+):.*?## (.+)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    width = max(len(name) for name, _ in targets)
    return "\n".join(f"  make {name:{width}} {what}" for name, what in targets)


def _command(arguments: Sequence[str]) -> Command:
    name, *others = arguments or [""]
    if name not in COMMANDS or (others and not COMMANDS[name].takes_arguments):
        raise Trouble(
            f"Unknown command: {' '.join(arguments) or 'none'}. It must be one of {', '.join(COMMANDS)}. Run: make help"
        )
    return COMMANDS[name]


def prepare(command: Command) -> None:
    """Install missing requirements; raise Trouble if that fails."""
    install.ensure(install.uv())
    install.ensure(install.environment(VENV, "dev" if _is_for_development(VENV) else command.group))
    if command.emulator:
        install.ensure(install.environment(EMULATOR_VENV, "emulator"))
    if command.cdk:
        install.ensure(install.node_packages("dev" if _is_for_development(NODE_MODULES) else command.group))
    if command.browser:
        ensure_chromium()


def _is_for_development(folder: Path) -> bool:
    """Return whether the folder has the packages for development, which include those of every other command."""
    return install.installed_group(folder) == "dev"


@contextmanager
def _lock() -> Iterator[None]:
    """Lock the project's folder, so that two commands don't install at the same time."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "setup.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting until another make in this folder finishes the installation ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
