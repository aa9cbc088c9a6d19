"""Child processes that never outlive the program that started them."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

GRACE = 3.0  # seconds between asking a process to end and ending it


def run_logged(command: Sequence[str | Path], *, log: Path, environment: Mapping[str, str], folder: Path) -> int:
    """Run a command with its output appended to `log`; returns its exit code.

    It runs in a process group of its own, which is ended with it, whatever happens here meanwhile.
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


def end_group(child: subprocess.Popen[bytes], *, grace: float = GRACE) -> None:
    """End a process and all it started, politely where there is time for it."""
    if child.poll() is None and grace:
        _signal_group(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(grace)
    _signal_group(child.pid, signal.SIGKILL)
    child.wait()


def _signal_group(leader: int, number: signal.Signals) -> None:
    # The group is gone, or (on macOS) holds nothing but what has ended.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
