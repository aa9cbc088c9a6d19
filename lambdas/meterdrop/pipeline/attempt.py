"""One attempt at an upload: how long it may go on, and what ends it early."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

MARGIN = 30.0
"""Seconds before the end at which no call is begun any more; longer than any one call can last."""
GRACE = 15
"""Seconds that a lease lasts past the attempt's end, when the platform has ended the process for certain."""
MOST_ATTEMPTS = 30
"""Attempts in a row without progress after which an upload is given up: minutes where calls fail, and five hours where
every attempt is killed at its end. The queue delivers a message far more often (`infra/upload_queue.py`)."""


class OutOfTimeError(Exception):
    """The attempt's time is nearly up; another one goes on from what is stored."""


class LeaseLostError(Exception):
    """The upload was changed by somebody else; what this attempt knows of it is out of date."""


class ExhaustedError(Exception):
    """Too many attempts brought nothing: the upload is to be given up, not to be tried again."""


class BusyError(Exception):
    """The upload cannot go on yet: try again in `seconds`."""

    def __init__(self, reason: str, seconds: float) -> None:
        """Say what is waited for, and how long."""
        super().__init__(reason)
        self.seconds = seconds


@dataclass(slots=True)
class Attempt:
    """`ends` is when the platform ends this process, in epoch seconds; `clock` gives the same."""

    ends: float
    clock: Callable[[], float] = time.time
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    is_ending: bool = False
    """Whether all that is left to do is to give the lease back, for which the margin is kept."""
    receives: int = 1
    """How often the message was delivered; what counts attempts until there is an upload that can."""
    number: int = 0
    """Which attempt without progress at its upload this is, as soon as it holds one."""

    @property
    def now(self) -> int:
        """Whole epoch seconds."""
        return int(self.clock())

    @property
    def lease_until(self) -> int:
        """When nobody can be at work on this attempt any more."""
        return int(self.ends) + GRACE

    def check(self) -> None:
        """Raise OutOfTimeError where a call could outlast the attempt; to be called before every one."""
        if not self.is_ending and self.clock() > self.ends - MARGIN:
            raise OutOfTimeError
