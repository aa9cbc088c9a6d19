"""A `make run` as a child process, and proof that nothing of it is left."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from tests.support.integration.project_copy import PATIENCE, Project
from tools.emulator.emulator import HOST, free_port

UP = "To stop everything, press Ctrl-C."


@dataclass
class Run:
    """A make run and what it has said so far."""

    port: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def output(self) -> str:
        """Give all it has said, errors included."""
        return "".join(self.lines)

    def wait_for(self, text: str) -> None:
        """Wait until it has said this; fails where it ends without."""
        gives_up = time.monotonic() + PATIENCE
        while text not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < gives_up, self.output
            time.sleep(0.05)

    def interrupt(self) -> None:
        """Press Ctrl-C: a terminal signals all processes of the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)

    def wait_for_end(self) -> int:
        """Wait for its end; returns make's exit code."""
        code = self.process.wait(60)
        time.sleep(0.2)  # the reader gets the last lines
        return code


@contextmanager
def make_run(project: Project) -> Iterator[Run]:
    """Start `make run` on a free port."""
    port = free_port()
    process = subprocess.Popen(
        project.command("run", f"PORT={port}"),
        cwd=project.folder,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    run = Run(port, process)
    output = process.stdout
    assert output is not None
    reader = Thread(target=lambda: run.lines.extend(iter(output.readline, "")), daemon=True)
    reader.start()
    try:
        yield run
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join(5)
        output.close()


def processes_below(parent: int) -> dict[int, str]:
    """List all descendants of a process with their command lines."""
    found: dict[int, str] = {}
    known = {parent}
    everyone = _everyone()
    for _ in everyone:
        more = {pid: args for pid, of, args in everyone if of in known and pid not in known}
        if not more:
            break
        found |= more
        known |= set(more)
    return found


def assert_nothing_is_left(project: Project, run: Run, processes: dict[int, str]) -> None:
    """Fail where there still is a process, the port, stack.json or a temporary folder."""
    gives_up = time.monotonic() + 5
    left = [*processes.values()]
    while left and time.monotonic() < gives_up:
        time.sleep(0.05)
        left = [args for pid, _, args in _everyone() if processes.get(pid) == args]
        left += [entry.name for entry in project.temporary.iterdir()]
        with socket.socket() as probe:
            left += [f"port {run.port}"] * (probe.connect_ex((HOST, run.port)) == 0)
    assert left == []
    assert not project.stack_file.exists()


def _everyone() -> list[tuple[int, int, str]]:
    """List process, parent and command line of all processes that have not ended."""
    if not Path("/proc/self/stat").exists():
        listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True)
        rows = [line.split(None, 2) for line in listed.stdout.splitlines()]
        return [(int(pid), int(parent), args) for pid, parent, args in rows]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it has ended meanwhile
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            args = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if state != "Z":
                found.append((int(folder.name), int(parent), args))
    return found
