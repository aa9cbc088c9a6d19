"""PartiQL statements in batches: those that are throttled are sent again, those that are refused are told."""

import json
from collections.abc import Sequence

from meterdrop.adapters.dynamodb.backoff import Backoff
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.errors import AwsError

OPERATION = "BatchExecuteStatement"
DUPLICATE = "DuplicateItem"
"""Why an INSERT is refused: its key exists."""
CONDITION = "ConditionalCheckFailed"
"""Why an UPDATE or DELETE is refused: the item is not as the statement says."""

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


def execute(json_client: JsonClient, statements: Sequence[str]) -> list[str | None]:
    """Carry out at most 25 statements on different keys, each with its parameters as JSON.

    Returns, in their order, None for each that was done, or the code for why it was refused, which a statement may owe
    to itself where an earlier answer was lost. Raises AwsError on any other error.
    """
    codes: list[str | None] = [None] * len(statements)
    pending = list(range(len(statements)))
    backoff = Backoff(OPERATION)
    while pending:
        sent = ",".join([statements[at] for at in pending])
        response = json_client.call(OPERATION, f'{{"Statements":[{sent}]}}')
        # Nearly every answer says nothing but that all was done.
        if b'"Error"' not in response:
            break
        again: list[int] = []
        reason = ""
        for at, result in zip(pending, json.loads(response)["Responses"], strict=True):
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
