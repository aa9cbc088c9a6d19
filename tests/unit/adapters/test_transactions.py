"""Transactions through the client: which condition failed, and what is tried again. Plain writes beside them."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from meterdrop import settings
from meterdrop.adapters.dynamodb import backoff
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.dynamodb.transactions import transact_write
from tests.support.aws.account import Account, CarryOut
from tests.support.aws.functions import Functions, deployed
from tests.support.aws.messages import AwsResponse, Call
from tests.support.aws.strict import cell_error


class CancelledError(ClientError):
    """What the client raises."""

    def __init__(self, *codes: str) -> None:
        """Take a code for each write."""
        reasons = [{"Code": code} for code in codes]
        super().__init__(cast("Any", {"CancellationReasons": reasons}), "TransactWriteItems")


class Client:
    """A client whose transactions are cancelled for these reasons, one transaction after the other."""

    exceptions = SimpleNamespace(TransactionCanceledException=CancelledError)

    def __init__(self, *reasons: tuple[str, ...]) -> None:
        """Take the codes of each cancelled transaction."""
        self.reasons = list(reasons)

    def transact_write_items(self, TransactItems: list[Any]) -> None:  # noqa: ARG002, N803
        """Cancel, or do what is asked."""
        if self.reasons:
            raise CancelledError(*self.reasons.pop(0))


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=lambda _: None))


def tried(*reasons: tuple[str, ...]) -> frozenset[int]:
    """Write through a client that cancels so."""
    return transact_write(cast("Any", Client(*reasons)), [])


def test_all_is_written() -> None:
    """No place is returned where nothing failed."""
    assert tried() == frozenset()


def test_the_places_of_failed_conditions() -> None:
    """A condition that does not hold is an answer, even beside a conflict."""
    assert tried(("None", "ConditionalCheckFailed", "TransactionConflict", "ConditionalCheckFailed")) == {1, 3}


def test_conflicts_pass() -> None:
    """Where others write the same items at the moment the same is tried again."""
    assert tried(("None", "TransactionConflict"), ("ThrottlingError", "None")) == frozenset()


def test_conflicts_that_stay() -> None:
    """To give up is an error that says why."""
    with pytest.raises(AwsError, match="TransactionConflict"):
        tried(*[("TransactionConflict",)] * 100)


def test_what_does_not_pass() -> None:
    """Anything else is raised as it is."""
    with pytest.raises(CancelledError):
        tried(("ValidationError", "None"))


@pytest.fixture(scope="module")
def functions() -> Iterator[Functions]:
    """Deploy the stack inside this process."""
    with deployed(Account()) as made:
        yield made


KEY: Any = {"id": {"S": "an-item"}}
PLAIN_WRITES: dict[str, Callable[[], object]] = {
    "PutItem": lambda: settings.dynamodb().put_item(TableName="uploads", Item=KEY),
    "UpdateItem": lambda: settings.dynamodb().update_item(
        TableName="uploads",
        Key=KEY,
        UpdateExpression="SET n = :n",
        ExpressionAttributeValues={":n": {"N": "1"}},
    ),
    "DeleteItem": lambda: settings.dynamodb().delete_item(TableName="uploads", Key=KEY),
    "BatchWriteItem": lambda: settings.json_client(1).call(
        "BatchWriteItem", {"RequestItems": {"uploads": [{"PutRequest": {"Item": KEY}}]}}
    ),
}


def conflicts(functions: Functions, operation: str, times: int) -> int:
    """Make a write that meets a transaction so many times; returns how often it was sent."""
    sent = 0

    def around(call: Call, carry_out: CarryOut) -> AwsResponse:
        nonlocal sent
        sent += 1
        return cell_error(call, 400, "TransactionConflictException") if sent <= times else carry_out(call)

    with functions.account.disturbed(around):
        PLAIN_WRITES[operation]()
    return sent


@pytest.mark.parametrize("operation", PLAIN_WRITES)
def test_plain_writes_wait_for_a_transaction(functions: Functions, operation: str) -> None:
    """DynamoDB refuses a write while a transaction writes the same item: it is tried again, each time after a pause."""
    assert conflicts(functions, operation, 5) == 6


@pytest.mark.parametrize("operation", PLAIN_WRITES)
def test_plain_writes_give_up(functions: Functions, operation: str) -> None:
    """Conflicts that stay are an error."""
    with pytest.raises((ClientError, AwsError), match="TransactionConflictException"):
        conflicts(functions, operation, 8)
    assert conflicts(functions, operation, 7) == 8
