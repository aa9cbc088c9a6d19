"""Transactions of several writes."""

from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_CONDITION = "ConditionalCheckFailed"
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})


def transact_write(
    client: "DynamoDBClient",
    writes: "Sequence[TransactWriteItemTypeDef]",
) -> frozenset[int]:
    """Make several writes in one transaction.

    Returns the indexes of the writes whose condition does not hold, or an empty set if the transaction succeeded.

    After a lost response, the client retries the call with the same token, so it does not fail on its own writes.
    Raises AwsError if conflicts or throttling outlast all tries.
    """
    backoff = Backoff("TransactWriteItems")
    while True:
        try:
            client.transact_write_items(TransactItems=writes)
        except client.exceptions.TransactionCanceledException as error:
            codes = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
            if _CONDITION in codes:
                return frozenset(index for index, code in enumerate(codes) if code == _CONDITION)
            passing = next((code for code in codes if code in _PASSING), None)
            if passing is None:
                raise
            backoff.wait(passing)
        else:
            return frozenset()
