"""PartiQL statements in batches. Throttled statements are sent again; refused statements return an error code."""

from collections.abc import Mapping, Sequence
from typing import Any

from meterdrop.adapters.dynamodb.backoff import Backoff
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError

Statement = Mapping[str, Any]
"""A statement and its parameters, as BatchExecuteStatement takes them."""
OPERATION = "BatchExecuteStatement"
DUPLICATE = "DuplicateItem"
"""Error code of an INSERT whose key exists."""
CONDITION = "ConditionalCheckFailed"
"""Error code of an UPDATE or DELETE whose condition does not hold."""

_REFUSED = frozenset({DUPLICATE, CONDITION})
_THROTTLED = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
        "TransactionConflict",
    }
)


def execute(json_client: JsonClient, statements: Sequence[Statement]) -> list[str | None]:
    """Execute at most 25 statements on different keys, each with its parameters.

    Returns in order None for each statement that succeeded, or the error code of each that was refused. After a lost
    response, a statement that succeeded may count as refused. Raises AwsError on any other error.
    """
    codes: list[str | None] = [None] * len(statements)
    pending = list(range(len(statements)))
    backoff = Backoff(OPERATION)
    while pending:
        response = json_client.call(OPERATION, {"Statements": [statements[at] for at in pending]})
        again: list[int] = []
        reason = ""
        for at, result in zip(pending, response["Responses"], strict=True):
            code = result.get("Error", {}).get("Code")
            if code in _REFUSED:
                codes[at] = code
            elif code in _THROTTLED:
                again.append(at)
                reason = code
            elif code is not None:
                raise AwsError(OPERATION, code)
        if len(again) < len(pending):
            backoff.progress()
        pending = again
        if pending:
            backoff.wait(reason)
    return codes
