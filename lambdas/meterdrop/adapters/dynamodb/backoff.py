"""The pauses between tries of one DynamoDB call."""

import random
import time

from meterdrop.adapters.dynamodb.errors import AwsError

_TRIES = 8
_FIRST_PAUSE = 0.05  # seconds; doubled each time
_LONGEST_PAUSE = 2.0


class Backoff:
    """The pauses between tries, each up to twice as long as the one before."""

    __slots__ = ("_code", "_operation", "_pause", "_tries")

    def __init__(self, operation: str) -> None:
        """Take the name of the operation, for the error."""
        self._operation = operation
        self._tries = 0
        self._pause = _FIRST_PAUSE

    def progress(self) -> None:
        """Begin the budget of tries and the pauses again: part of the call went through."""
        self._tries = 0
        self._pause = _FIRST_PAUSE

    def wait(self, code: str) -> None:
        """Wait after a try that failed with `code`. Raises AwsError after the last try."""
        self._tries += 1
        if self._tries >= _TRIES:
            raise AwsError(self._operation, code)
        # Random, so that senders throttled together do not retry together.
        time.sleep(random.uniform(self._pause / 2, self._pause))  # noqa: S311 (not for secrets)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
