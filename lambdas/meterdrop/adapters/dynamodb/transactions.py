"""Several writes of which all are made or none."""

from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_CONDITION = "ConditionalCheckFailed"
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


def transact_write(
    client: "DynamoDBClient",
    writes: "Sequence[TransactWriteItemTypeDef]",
    before_call: "Callable[[], None]" = lambda: None,
) -> frozenset[int]:
    """Make all writes or none; returns the places of those whose condition does not hold, none where all were made.

    `before_call` runs before every try and raises where there is no time for one.

    The client repeats a call whose answer was lost with the same token, so it never meets its own writes. Raises
    AwsError where others go on writing the same items.
    """
    backoff = Backoff("TransactWriteItems")
    while True:
        before_call()
        try:
            client.transact_write_items(TransactItems=writes)
        except client.exceptions.TransactionCanceledException as error:
            codes = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
            if _CONDITION in codes:
                return frozenset(place for place, code in enumerate(codes) if code == _CONDITION)
            passing = next((code for code in codes if code in _PASSING), None)
            if passing is None:
                raise
            backoff.wait(passing)
        else:
            return frozenset()
