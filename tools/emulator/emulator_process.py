"""The emulator's process: MiniStack, which ends with the program that started it, even if that program is killed.

The interpreter of the emulator's environment runs it. Its standard input is a pipe that the starter keeps open.
"""

import contextlib
import importlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

# Last, so that nothing of the project hides a package of the emulator.
sys.path.append(str(Path(__file__).parents[2]))

from tools.emulator.like_aws import correct_emulator
from tools.emulator.recording import RECORD, recording
from tools.emulator.web_pages import refusing_web_pages


def main(folder: str) -> None:
    """Run MiniStack with the temporary folder `folder`; delete the folder if the starter is killed."""
    threading.Thread(target=_end_with_the_starter, args=(folder,), daemon=True).start()
    sys.argv = ["ministack"]
    server = importlib.import_module("ministack.app")
    correct_emulator()
    server.app = refusing_web_pages(server.app)  # type: ignore[attr-defined]
    if RECORD in os.environ:
        server.app = recording(server.app, Path(os.environ[RECORD]))  # type: ignore[attr-defined]
    server.main()


def _end_with_the_starter(folder: str) -> None:
    while os.read(0, 1):
        pass
    # In another process group: processes of this group still write to the folder during its deletion.
    subprocess.Popen(
        [sys.executable, "-P", __file__, folder, str(os.getpgid(0))],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _clear_away(folder: str, group: int) -> None:
    # The functions' processes belong to the group too.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:  # noqa: PLR2004 - the arguments of the call above
        _clear_away(sys.argv[1], int(sys.argv[2]))
    else:
        main(sys.argv[1])
