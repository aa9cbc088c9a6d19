"""The emulator's side: MiniStack that ends when whoever started it does, even by a kill that nothing can catch.

Run by the interpreter of the emulator's environment, with a pipe as standard input that the starter keeps open.
"""

import contextlib
import os
import runpy
import shutil
import signal
import subprocess
import sys
import threading


def main(folder: str) -> None:
    """Run MiniStack; `folder` is its temporary folder, removed if the starter goes without a word."""
    threading.Thread(target=_end_with_the_starter, args=(folder,), daemon=True).start()
    sys.argv = ["ministack"]
    runpy.run_module("ministack", run_name="__main__")


def _end_with_the_starter(folder: str) -> None:
    while os.read(0, 1):
        pass
    # From outside: what still runs would write into the folder while it is being removed.
    subprocess.Popen(
        [sys.executable, "-P", __file__, folder, str(os.getpgid(0))],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _clear_away(folder: str, group: int) -> None:
    # The functions' processes are of the group, too.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:  # noqa: PLR2004 - the form that is used above
        _clear_away(sys.argv[1], int(sys.argv[2]))
    else:
        main(sys.argv[1])
