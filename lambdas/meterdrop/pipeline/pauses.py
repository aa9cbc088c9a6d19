"""How long a message waits before it is tried again."""

import random

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
