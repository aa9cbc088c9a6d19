"""Child processes end with the program that waits for them."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from tools.setup import signals
from tools.setup.process import run_logged


def test_the_exit_code_comes_back_and_the_output_is_kept(tmp_path: Path) -> None:
    """Both streams are appended to the log."""
    log = tmp_path / "log"
    log.write_text("before\n")
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr); sys.exit(3)"

    assert run_logged([sys.executable, "-c", code], log=log, environment=os.environ, folder=tmp_path) == 3

    assert log.read_text() == "before\nout\nerr\n"


def test_a_stop_ends_the_child_and_its_children(tmp_path: Path) -> None:
    """A signal while waiting leaves neither the child nor what it had started."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    log = tmp_path / "log"
    child = "import subprocess, sys; print(subprocess.Popen(['sleep', '60']).pid, flush=True); sys.stdin.read(); "
    child += "import time; time.sleep(60)"

    def stop() -> None:
        while not log.exists() or "\n" not in log.read_text():
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)

    try:
        signals.listen()
        threading.Thread(target=stop).start()
        with pytest.raises(signals.Stopped):
            run_logged([sys.executable, "-c", child], log=log, environment=os.environ, folder=tmp_path)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

    grandchild = int(log.read_text())
    gives_up = time.monotonic() + 5
    while _is_alive(grandchild) and time.monotonic() < gives_up:
        time.sleep(0.01)
    assert not _is_alive(grandchild)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
