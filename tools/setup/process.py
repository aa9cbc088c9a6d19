"""Child processes that never outlive the program that started them."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

GRACE_SECONDS = 3.0  # between SIGTERM and SIGKILL


def run_logged(command: Sequence[str | Path], *, log: Path, environment: Mapping[str, str], folder: Path) -> int:
    """Run a command, and append its output to `log`; return its exit code.

    The command has its own process group, which always ends with it, even after an exception.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
        try:
            return child.wait()
        finally:
            end_group(child)


def end_group(child: subprocess.Popen[bytes], *, grace: float = GRACE_SECONDS) -> None:
    """End a process and its child processes, with SIGTERM and then SIGKILL. Without `grace`, send SIGKILL only."""
    if child.poll() is None and grace:
        _signal_group(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace)
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()


def _signal_group(leader: int, number: signal.Signals) -> None:
    # The group has ended, or (on macOS) has only ended processes.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
