"""`make run`: the whole product on this machine, until Ctrl-C."""

import fcntl
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tools.commands import report, sample
from tools.emulator.emulator import refuse_taken
from tools.setup import signals
from tools.setup.places import SAMPLES, STATE, shown
from tools.setup.trouble import Trouble
from tools.stack.local_stack import LocalStack, running_stack
from tools.stack.stack_file import remove_stack_file, write_stack_file

_SAMPLE = SAMPLES / "2024-09.csv"
_NEXT_SAMPLE = SAMPLES / "usage.csv"
_KEY = "uploads/sample/2024-09.csv"
_FAILURE = STATE / "failure.log"
_SAMPLE_WITHIN = 120.0  # seconds
_HIGHEST_PORT = 65535
_STOPPED = 130


def main() -> int:
    """Run everything; returns 0 where it was stopped after all was up."""
    ready = False
    try:
        signals.listen()
        with _alone():
            port = _port(os.environ.get("PORT", "4566"))
            refuse_taken(port)
            print("Starting Meterdrop on this machine", flush=True)
            with running_stack(port, STATE, _say) as stack, _announced(stack):
                _show_the_sample(stack)
                ready = True
                print("\nCtrl-C stops everything.", flush=True)
                while True:
                    time.sleep(0.2)
                    stack.emulator.check()
    except Trouble as trouble:
        return _end(str(trouble), 1)
    except (signals.Stopped, BrokenPipeError):
        return _end("Stopped; nothing is left running.", 0 if ready else _STOPPED)
    except Exception as error:  # noqa: BLE001 - the last resort: a sentence here too, and the trace in a file
        _FAILURE.write_text(traceback.format_exc())
        return _end(f"Meterdrop failed in a way that it does not know ({error}); {shown(_FAILURE)} has the trace.", 1)


def _end(sentence: str, code: int) -> int:
    signals.ignore()
    # Standard output may be what is gone; Python flushes it once more on the way out.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with suppress(OSError):
        print(f"\n{sentence}" if code in {0, _STOPPED} else sentence, file=sys.stderr, flush=True)
    return code


def _show_the_sample(stack: LocalStack) -> None:
    began = time.monotonic()
    sample.drop(stack, _SAMPLE, _KEY)
    print(f"\nDropped {shown(_SAMPLE)} as {_KEY}", flush=True)
    progress = report.Progress()
    try:
        upload = sample.watch(stack, _KEY, _SAMPLE_WITHIN, progress.show)
    finally:
        progress.end()
    _say(f"final after {time.monotonic() - began:.1f} s")
    refused = list(sample.refused_rows(stack, upload)) if upload.error_file_key else []
    print(f"\n{report.result(upload, refused)}\n\n{report.directions(stack, upload, shown(_NEXT_SAMPLE))}", flush=True)


@contextmanager
def _announced(stack: LocalStack) -> Iterator[None]:
    write_stack_file(stack)
    try:
        yield
    finally:
        remove_stack_file()


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the folder: there is one stack.json."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble("A make run is on in this folder already; use it, or stop it with Ctrl-C there.") from None
        remove_stack_file()  # of a run that was killed
        yield


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _HIGHEST_PORT):
        raise Trouble(f"PORT is {text!r}, but a port is a number from 1 to {_HIGHEST_PORT}: make run PORT=4566")
    return int(text)


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
