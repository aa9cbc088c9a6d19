"""`make run`: the whole product on this machine, until Ctrl-C."""

import fcntl
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from tools.commands import report, sample
from tools.emulator.emulator import require_free_port
from tools.setup import signals
from tools.setup.places import SAMPLES, STATE, shown
from tools.setup.trouble import Trouble
from tools.stack.local_stack import LocalStack, running_stack
from tools.stack.stack_file import remove_stack_file, write_stack_file

_SAMPLE = SAMPLES / "2024-09.csv"
_NEXT_SAMPLE = SAMPLES / "usage.csv"
_KEY = "uploads/sample/2024-09.csv"
_FAILURE = STATE / "failure.log"
_SAMPLE_TIMEOUT_SECONDS = 120.0
_HIGHEST_PORT = 65535
_STOPPED = 130


def main() -> int:
    """Run everything; return the exit code, which is 0 if Ctrl-C ends a complete start."""
    ready = False
    try:
        signals.listen()
        with _lock():
            port = _port(os.environ.get("PORT", "4566"))
            require_free_port(port)
            print("Starting Meterdrop on this machine", flush=True)
            with running_stack(port, STATE, _say) as stack, _stack_file(stack):
                _process_sample(stack)
                ready = True
                print("\nTo stop everything, press Ctrl-C.", flush=True)
                while True:
                    time.sleep(0.2)
                    stack.emulator.check()
    except Trouble as trouble:
        return _end(str(trouble), 1)
    except (signals.Stopped, BrokenPipeError):
        return _end("Stopped. Nothing is left running.", 0 if ready else _STOPPED)
    except Exception as error:  # noqa: BLE001 - the last resort: print a message, and write the trace to a file
        _FAILURE.write_text(traceback.format_exc())
        return _end(f"Unexpected error: {error}. For details, see {shown(_FAILURE)}.", 1)


def _end(message: str, code: int) -> int:
    signals.ignore()
    # Standard output may be closed, and Python flushes it again when it exits.
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with suppress(OSError):
        print(f"\n{message}" if code in {0, _STOPPED} else message, file=sys.stderr, flush=True)
    return code


def _process_sample(stack: LocalStack) -> None:
    began = time.monotonic()
    sample.upload_file(stack, _SAMPLE, _KEY)
    print(f"\nUploaded {shown(_SAMPLE)} to {_KEY}", flush=True)
    progress = report.Progress()
    try:
        upload = sample.wait_until_final(stack, _KEY, _SAMPLE_TIMEOUT_SECONDS, progress.show)
    finally:
        progress.end()
    _say(f"final status after {time.monotonic() - began:.1f} s")
    refused = list(sample.refused_rows(stack, upload)) if upload.error_file_key else []
    print(f"\n{report.result(upload, refused)}\n\n{report.directions(stack, upload, shown(_NEXT_SAMPLE))}", flush=True)


@contextmanager
def _stack_file(stack: LocalStack) -> Iterator[None]:
    write_stack_file(stack)
    try:
        yield
    finally:
        remove_stack_file()


@contextmanager
def _lock() -> Iterator[None]:
    """Lock the project's folder, because it has only one stack.json; raise Trouble if it is locked."""
    STATE.mkdir(exist_ok=True)
    with (STATE / "run.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(
                "Another make run is running in this folder. Only one can run at a time. "
                "Use it, or stop it with Ctrl-C in its terminal."
            ) from None
        remove_stack_file()  # a killed run can leave one
        yield


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= _HIGHEST_PORT):
        raise Trouble(f"PORT is {text!r}. It must be a number from 1 to {_HIGHEST_PORT}, such as: make run PORT=4566")
    return int(text)


def _say(line: str) -> None:
    print(f"  {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
