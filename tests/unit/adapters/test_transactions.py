"""Transactions through the client: which condition failed, and what is tried again."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from meterdrop.adapters.dynamodb import backoff
from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.adapters.dynamodb.transactions import transact_write


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
