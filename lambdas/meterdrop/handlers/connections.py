"""Kept connections that AWS may have forgotten while Lambda froze the process."""

import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from meterdrop import settings

MAX_PAUSE_SECONDS = 20
"""Maximum seconds between two invocations for which connections are kept."""
_Parameters = ParamSpec("_Parameters")
_Response = TypeVar("_Response")


def without_stale_connections(handler: Callable[_Parameters, _Response]) -> Callable[_Parameters, _Response]:
    """Decorate a handler: after a long pause, close all kept connections before the invocation.

    AWS forgets idle connections. A frozen process doesn't notice that, and some connections then answer nothing at all.
    Each of those would cost the invocation a whole read timeout.
    """
    # Wall-clock time: a monotonic clock may stop in a frozen process.
    ended = time.time()

    @wraps(handler)
    def handle(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Response:
        nonlocal ended
        if time.time() - ended > MAX_PAUSE_SECONDS:
            settings.close_connections()
        try:
            return handler(*args, **kwargs)
        finally:
            ended = time.time()

    return handle
