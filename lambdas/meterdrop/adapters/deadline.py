"""The deadline of the message in progress, which every AWS call checks before each of its tries.

It is the deadline of the process, not of a thread: the threads that send calls must see it too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_checks: list[Callable[[], None]] = []


@contextmanager
def deadline(check: Callable[[], None]) -> Iterator[None]:
    """Until the block ends, run `check` before each try of a call. It raises an error if no time is left."""
    outer, _checks[:] = _checks[:], [check]
    try:
        yield
    finally:
        _checks[:] = outer


def check_deadline(**_: object) -> None:
    """Raise the error of the deadline if no time is left. Also an event handler for a boto3 client."""
    for check in _checks:
        check()
