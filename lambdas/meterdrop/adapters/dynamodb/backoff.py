"""The pauses between tries of one DynamoDB call, and the retries that botocore lacks."""

import random
import time
from typing import Any

from meterdrop.adapters.dynamodb.errors import AwsError

_TRIES = 8
_FIRST_PAUSE = 0.05  # seconds; doubled each time
_LONGEST_PAUSE = 2.0
_CONFLICT = "TransactionConflictException"


class Backoff:
    """The pauses between tries, each up to twice as long as the one before."""

    __slots__ = ("_operation", "_tries")

    def __init__(self, operation: str) -> None:
        """Take the name of the operation, for the error."""
        self._operation = operation
        self._tries = 0

    def progress(self) -> None:
        """Begin the budget of tries and the pauses again: part of the call went through."""
        self._tries = 0

    def wait(self, code: str) -> None:
        """Wait after a try that failed with `code`. Raises AwsError after the last try."""
        self._tries += 1
        if self._tries >= _TRIES:
            raise AwsError(self._operation, code)
        time.sleep(_pause(self._tries))


def retry_conflict(response: tuple[Any, dict[str, Any]] | None, attempts: int, **_: object) -> float | None:
    """Return the pause in seconds before the next try of a boto3 call, or None if this rule doesn't ask for one.

    An event handler for `needs-retry`. A plain write fails if a transaction is writing the item. botocore doesn't retry
    it, although the transaction takes only milliseconds.
    """
    code = response and response[1].get("Error", {}).get("Code")
    return _pause(attempts) if code == _CONFLICT and attempts < _TRIES else None


def _pause(tries: int) -> float:
    longest = min(_FIRST_PAUSE * 2 ** (tries - 1), _LONGEST_PAUSE)
    # Random, so that senders throttled together do not retry together.
    return random.uniform(longest / 2, longest)  # noqa: S311 (not for secrets)
