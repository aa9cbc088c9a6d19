"""The harness notices what it is there to notice."""

import json

import pytest

from meterdrop.handlers import ingest
from tests.faults import files
from tests.faults.matrix import Matrix
from tests.faults.soundness import unsound
from tests.faults.state import differences, state_of
from tests.support.aws.messages import Call, Request
from tests.support.aws.queues import AcknowledgedTooEarlyError
from tests.support.aws.strict import checked


def call(operation: str, body: object) -> Call:
    """Make a call to DynamoDB."""
    return Call("dynamodb", operation, Request("POST", "/", {}, json.dumps(body).encode()))


def test_acknowledged_while_another_holds_the_lease(faults: Matrix, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that says it is done with what it has not brought to an end is found out."""
    faults.begin_anew()
    faults.queues.put("uploads/usage.csv", files.USAGE)
    monkeypatch.setattr(ingest, "_ingest", lambda *_: None)
    with pytest.raises(AcknowledgedTooEarlyError):
        faults.queues.drain()


def test_a_lost_event(faults: Matrix) -> None:
    """One event less is a difference, and unsound."""
    of, functions = faults.undisturbed("usage"), faults.queues.functions
    functions.account.restore(of.world)
    faults.queues.record()
    functions.call_service("dynamodb", "DeleteItem", {"TableName": "events", "Key": {"id": {"S": "b"}}})
    [difference] = differences(state_of(functions), of.state)
    assert difference.startswith("events: b: None and not ")
    assert any("28 events are stored" not in line and "events" in line for line in unsound(functions))


def test_a_large_table_is_read_whole(faults: Matrix) -> None:
    """A page of a scan has at most 1 MB."""
    faults.begin_anew()
    functions = faults.queues.functions
    before = len(functions.items("events"))
    for number in range(4):
        item = {"id": {"S": f"large-{number}"}, "text": {"S": "x" * 390_000}}
        functions.call_service("dynamodb", "PutItem", {"TableName": "events", "Item": item})
    assert len(functions.items("events")) == before + 4


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("BatchWriteItem", {"RequestItems": {"t": [{"DeleteRequest": {"Key": {"id": {"S": "a"}}}}] * 2}}),
        ("BatchGetItem", {"RequestItems": {"t": {"Keys": [{"id": {"S": str(at)}} for at in range(101)]}}}),
        ("PutItem", {"TableName": "t", "Item": {"id": {"S": "a"}, "sum": {"N": "1" * 39}}}),
        ("BatchExecuteStatement", {"Statements": []}),
        ("BatchWriteItem", {"RequestItems": {"t": [{"PutRequest": {"Item": {"id": {"S": "a" * 2**24}}}}]}}),
    ],
)
def test_refused_as_on_aws(operation: str, body: object) -> None:
    """MiniStack would take these."""
    answer = checked(call(operation, body))
    assert not isinstance(answer, Call)
    assert (400, "ValidationException") == (answer.status, json.loads(answer.body)["__type"].partition("#")[2])


def test_numbers_as_aws_writes_them() -> None:
    """Zeros that end a fraction are gone."""
    taken = checked(call("PutItem", {"TableName": "t", "Item": {"id": {"S": "a"}, "sum": {"N": "1.50"}}}))
    assert isinstance(taken, Call)
    assert {"N": "1.5"} == taken.json["Item"]["sum"]
