"""An orderly stop after Ctrl-C, a closed terminal, or `kill`."""

import signal
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A request to stop the program."""


def hold() -> None:
    """Block the signals, also after exec, until the next program listens for them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)


def listen() -> None:
    """Raise Stopped for every signal to stop, including those that `hold` blocked."""
    for number in _STOPPING:
        signal.signal(number, _stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)


def ignore() -> None:
    """Ignore the signals, so that they don't interrupt the cleanup."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)


def _stop(_number: int, _frame: FrameType | None) -> None:
    ignore()  # a second Ctrl-C must not interrupt the cleanup
    raise Stopped
