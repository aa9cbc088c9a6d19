"""The small DynamoDB without HTTP: as the client for bulk calls, and as boto3's client for transactions."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from tests.support.dynamodb.small_dynamodb import Fault, SmallDynamoDb

Write = Mapping[str, Mapping[str, Any]]


class DirectClient:
    """Fits `JsonClient`; notes what is sent."""

    def __init__(self, database: SmallDynamoDb) -> None:
        """Send to `database`."""
        self.database = database
        self.sent: list[tuple[str, Mapping[str, Any]]] = []

    def call(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Carry a request out."""
        self.sent.append((operation, request))
        return copy.deepcopy(self.database.answer(operation, copy.deepcopy(dict(request)), Fault()))


class TransactionCanceledError(ClientError):
    """What boto3 raises for a transaction whose conditions don't hold."""


class TransactingClient:
    """Fits boto3's client where it writes transactions: puts, and the conditions that the adapters know."""

    class exceptions:  # noqa: N801  the name is boto3's
        """As boto3 has them."""

        TransactionCanceledException = TransactionCanceledError

    def __init__(self, database: SmallDynamoDb) -> None:
        """Write to `database`."""
        self.database = database
        self.transactions: list[Sequence[Write]] = []

    def transact_write_items(self, *, TransactItems: Sequence[Write]) -> None:  # noqa: N803  the name is boto3's
        """Make all writes, or none. Like AWS, refuse more than 100, and two of the same item."""
        keys = [self._key(write) for write in TransactItems]
        assert len(keys) <= 100, len(keys)
        assert len(set(keys)) == len(keys), keys
        with self.database.lock:
            codes = [{"Code": "None" if self._holds(write) else "ConditionalCheckFailed"} for write in TransactItems]
            if any(code["Code"] != "None" for code in codes):
                response: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": codes}
                raise TransactionCanceledError(response, "TransactWriteItems")
            self.transactions.append(TransactItems)
            for write in TransactItems:
                if "Put" in write:
                    put = write["Put"]
                    self.database.put(put["TableName"], copy.deepcopy(put["Item"]))

    def _key(self, write: Write) -> tuple[str, ...]:
        [(kind, given)] = write.items()
        key = given["Item"] if kind == "Put" else given["Key"]
        return given["TableName"], *(key[name]["S"] for name in ("id", "pk", "sk") if name in key)

    def _holds(self, write: Write) -> bool:
        [(kind, given)] = write.items()
        stored = self.database.get(given["TableName"], given["Item"] if kind == "Put" else given["Key"])
        match given.get("ConditionExpression"):
            case None:
                return True
            case "attribute_not_exists(id)" | "attribute_not_exists(pk)":
                return stored is None
            case "revision = :revision":
                return stored is not None and stored["revision"] == given["ExpressionAttributeValues"][":revision"]
            case condition:
                raise NotImplementedError(condition)
