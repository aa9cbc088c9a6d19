"""One attempt at an upload: its deadline, its number, and the time of the next attempt."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from meterdrop.domain.uploads.upload import Upload

MARGIN = 30.0
"""Seconds before the end of an attempt in which it starts no calls. No call can last longer."""
GRACE = 15
"""Seconds that a lease lasts past the attempt's end. By then Lambda has certainly ended the process."""
MAX_ATTEMPTS = 30
"""Attempts in a row without progress after which an upload is given up.

They take minutes if calls fail, and five hours if every attempt is killed at its end. The queue delivers a message far
more often (`infra/messaging/upload_queue.py`).
"""


class OutOfTimeError(Exception):
    """The invocation's time is nearly up. The next attempt continues from the stored state."""


class LeaseLostError(Exception):
    """Another writer changed the upload, so this attempt's copy is out of date."""


class ExhaustedError(Exception):
    """Too many attempts made no progress. The upload must be given up, not retried."""


class BusyError(Exception):
    """The upload cannot continue yet. Try again in `seconds`."""

    def __init__(self, reason: str, seconds: float) -> None:
        """Hold the reason for the wait and its length in seconds."""
        super().__init__(reason)
        self.seconds = seconds


@dataclass(slots=True)
class Attempt:
    """One invocation that processes an upload. Lambda ends it at `ends`; `ends` and `clock()` are epoch seconds."""

    ends: float
    clock: Callable[[], float] = time.time
    token: str = field(default_factory=lambda: uuid.uuid4().hex)
    is_ending: bool = False
    """Whether only the lease is left to be released. The margin is kept for this."""
    receives: int = 1
    """Deliveries of the message. They count the attempts until there is an upload item to count them in."""
    number: int = 0
    """The number of this attempt among those without progress, from 1; 0 before it holds an upload."""

    @property
    def now(self) -> int:
        """The current time in whole epoch seconds."""
        return int(self.clock())

    @property
    def tries(self) -> int:
        """The attempts in a row without progress, this one included; deliveries, as long as no upload counts them."""
        return self.number or self.receives

    @property
    def lease_until(self) -> int:
        """Epoch seconds at which this attempt has certainly ended."""
        return int(self.ends) + GRACE

    def check(self) -> None:
        """Raise OutOfTimeError if a call could outlast the attempt. Call this before every AWS call."""
        if not self.is_ending and self.clock() > self.ends - MARGIN:
            raise OutOfTimeError


MOVED_AFTER = 1_000
"""Receives after which SQS moves a message to the dead-letter queue, where the count may continue."""
_SHORTEST, _LONGEST = 5, 30  # seconds before the attempt after a failed one
_STEP = 5
_FIRST_RECOVERY, _LONGEST_RECOVERY = 30, 600


def after_failure(attempt: int) -> float:
    """Return the seconds before the next attempt.

    Most failures are over at once, so the second attempt comes soon. Failures that last are mostly load, which uploads
    would prolong by retrying together. So the pause is random, and its range grows with each attempt.
    """
    return random.uniform(_SHORTEST, min(_LONGEST, _SHORTEST + _STEP * max(1, attempt)))  # noqa: S311 (no secret)


def before_recovery(receives: int) -> float:
    """Return the seconds before the next try to give up an upload: doubled each time, up to ten minutes.

    The hour until the sweep processes the file again begins only after this try. So it must come soon after the end of
    an outage, however long that was. Two tries at a time are the limit for the load, whatever the pause.
    """
    tries = (receives - 1) % MOVED_AFTER
    return min(_FIRST_RECOVERY * 2.0 ** min(tries, 20), _LONGEST_RECOVERY)


_FIRST_WAIT, _LONGEST_WAIT = 2, 60  # seconds


def next_look(upload: Upload, now: int) -> float:
    """Return the seconds before the next check. The first is soon: most files take seconds. Later ones are rarer."""
    waited = now - (upload.started_at or now)
    return min(max(_FIRST_WAIT, waited / 2), _LONGEST_WAIT)
