"""One attempt at an upload: its deadline, how often there were others, and when the next one comes."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from meterdrop.domain.uploads.upload import Upload

MARGIN = 30.0
"""Seconds before the end at which no call is begun any more; longer than any one call can last."""
GRACE = 15
"""Seconds that a lease lasts past the attempt's end, when the platform has ended the process for certain."""
MAX_ATTEMPTS = 30
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


LONGEST_RECOVERY = 21_600
"""Seconds between two tries to give an upload up, at the most; SQS takes twelve hours from its receipt."""
MOVED_AFTER = 1_000
"""Receives after which the queue moves a message to its dead letters, where the count may go on."""
_SHORTEST, _LONGEST = 5, 30  # seconds after which a failed attempt is made again
_STEP = 5
_FIRST_RECOVERY = 30


def after_failure(attempt: int) -> float:
    """Return the seconds before the next attempt.

    Most trouble is over at once, so the second attempt comes soon. What lasts is load, which uploads that failed
    together would prolong by coming back together: so each pause is random, the more the longer it lasts.
    """
    return random.uniform(_SHORTEST, min(_LONGEST, _SHORTEST + _STEP * max(1, attempt)))  # noqa: S311 (no secret)


def before_recovery(receives: int) -> float:
    """Return the seconds before the next try to give an upload up: doubled each time, up to six hours.

    What fails here needs a person, or AWS to be well again.
    """
    tries = (receives - 1) % MOVED_AFTER
    return min(_FIRST_RECOVERY * 2.0 ** min(tries, 20), LONGEST_RECOVERY)


_FIRST_WAIT, _LONGEST_WAIT = 2, 60  # seconds


def next_look(upload: Upload, now: int) -> float:
    """Return after how many seconds to look again: soon at first, since most files take seconds, then more rarely."""
    waited = now - (upload.started_at or now)
    return min(max(_FIRST_WAIT, waited / 2), _LONGEST_WAIT)
