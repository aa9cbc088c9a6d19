"""How long to wait between two attempts of one call to DynamoDB."""

import random
import time

from meterdrop.adapters.dynamodb.errors import AwsError

_TRIES = 8
_FIRST_PAUSE = 0.05  # seconds; doubled each time
_LONGEST_PAUSE = 2.0


class Backoff:
    """Waits between tries, longer each time; raises AwsError after the last."""

    __slots__ = ("_code", "_operation", "_pause", "_tries")

    def __init__(self, operation: str) -> None:
        """Take the operation's name for the error."""
        self._operation = operation
        self._tries = 0
        self._pause = _FIRST_PAUSE

    def progress(self) -> None:
        """Begin the budget of tries and the pauses again: part of the call went through."""
        self._tries = 0
        self._pause = _FIRST_PAUSE

    def wait(self, code: str) -> None:
        """Wait after a try that failed with `code`."""
        self._tries += 1
        if self._tries >= _TRIES:
            raise AwsError(self._operation, code)
        # Random, so that senders throttled together do not come back together.
        time.sleep(random.uniform(self._pause / 2, self._pause))  # noqa: S311 (not for secrets)
        self._pause = min(2 * self._pause, _LONGEST_PAUSE)
