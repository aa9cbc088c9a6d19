"""Ctrl-C, a closed terminal and `kill` all mean the same: stop in order."""

import signal
from types import FrameType

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Someone asked the program to stop."""


def hold() -> None:
    """Keep signals waiting, across exec too, until the program that follows is ready for them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)


def listen() -> None:
    """Turn every signal to stop into Stopped, those that were held included."""
    for number in _STOPPING:
        signal.signal(number, _stop)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)


def ignore() -> None:
    """Let nothing interrupt the way out."""
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)


def _stop(_number: int, _frame: FrameType | None) -> None:
    ignore()  # a second Ctrl-C must not break off the way out
    raise Stopped
