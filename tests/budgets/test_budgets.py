"""The budgets throttle as AWS does, and charge what AWS charges."""

import json
from typing import Any

import pytest

from tests.budgets.conftest import Busy
from tests.budgets.simulation import Simulation
from tests.budgets.token_buckets import Kind
from tests.support.aws.clock import Clock
from tests.support.aws.messages import Call, Request

LARGE = "x" * 350_000
"""A write of it is 342 units."""


def ask(busy: Busy, operation: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Make a call as a client does that tries once."""
    headers = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
    request = Request("POST", "http://localhost:4566/", headers, json.dumps(body).encode())
    answer = busy.functions.account.call(Call("dynamodb", operation, request))
    return answer.status, json.loads(answer.body or b"{}")


def item(key: str, number: int, text: str = LARGE) -> dict[str, Any]:
    """Return an item of the usage table."""
    return {"pk": {"S": key}, "sk": {"S": f"{number}"}, "text": {"S": text}}


def put(busy: Busy, *items: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """Put items of the usage table in a batch."""
    requests = [{"PutRequest": {"Item": each}} for each in items]
    return ask(busy, "BatchWriteItem", {"RequestItems": {"usage": requests}})


@pytest.fixture
def hot(busy: Busy) -> Busy:
    """Use up the units of the partition key `hot`."""
    assert put(busy, *(item("hot", number) for number in range(3))) == (200, {"UnprocessedItems": {}})
    return busy


def test_a_batch_is_written_in_part(hot: Busy) -> None:
    """What is left is named, and can be written a little later."""
    _, answer = put(hot, item("hot", 4), item("cold", 4))
    [left] = answer["UnprocessedItems"]["usage"]
    assert left["PutRequest"]["Item"]["pk"] == {"S": "hot"}
    hot.simulation.clock.sleep(0.1)
    assert put(hot, item("hot", 4)) == (200, {"UnprocessedItems": {}})


def test_nothing_of_a_batch_is_written(hot: Busy) -> None:
    """That is an error, and not an answer."""
    status, answer = put(hot, item("hot", 4), item("hot", 5))
    assert (status, answer["__type"].partition("#")[2]) == (400, "ProvisionedThroughputExceededException")


def test_a_transaction_is_cancelled(hot: Busy) -> None:
    """Its reasons say which write is throttled."""
    writes = [{"Put": {"TableName": "usage", "Item": item(key, 4, "")}} for key in ("cold", "hot")]
    status, answer = ask(hot, "TransactWriteItems", {"TransactItems": writes})
    assert status == 400
    assert [reason["Code"] for reason in answer["CancellationReasons"]] == ["None", "ThrottlingError"]


def test_statements_are_throttled_one_by_one(busy: Busy) -> None:
    """Each has its own error inside a 200."""
    text = """INSERT INTO "events" VALUE {'id':?,'text':?}"""

    def insert(*keys: str) -> list[str | None]:
        statements = [{"Statement": text, "Parameters": [{"S": key}, {"S": LARGE}]} for key in keys]
        responses = ask(busy, "BatchExecuteStatement", {"Statements": statements})[1]["Responses"]
        return [each.get("Error", {}).get("Code") for each in responses]

    for _ in range(3):
        insert("hot")
    assert insert("cold", "hot", "warm") == [None, "ThrottlingError", None]
    assert insert("hot") == ["ThrottlingError"]


def test_a_batch_is_read_in_part(busy: Busy) -> None:
    """Keys that are left are named."""
    put(busy, item("hot", 1), item("cold", 1))

    def read(*keys: str) -> tuple[int, dict[str, Any]]:
        asked = {"Keys": [{"pk": {"S": key}, "sk": {"S": "1"}} for key in keys], "ConsistentRead": True}
        return ask(busy, "BatchGetItem", {"RequestItems": {"usage": asked}})

    while read("hot")[0] == 200:
        pass
    _, answer = read("cold", "hot")
    assert [each["pk"]["S"] for each in answer["Responses"]["usage"]] == ["cold"]
    assert [key["pk"]["S"] for key in answer["UnprocessedKeys"]["usage"]["Keys"]] == ["hot"]


def test_units_of_reads(busy: Busy) -> None:
    """One of 4 KB of all items of a page together, half as many where the read may be old."""
    put(busy, item("a", 1, "x" * 6_000), item("a", 2, "x" * 6_000))
    query = {
        "TableName": "usage",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "a"}},
    }
    for is_consistent, units in ((True, 3), (False, 1.5)):
        before = busy.budgets.units(Kind.READ, "usage")
        ask(busy, "Query", {**query, "ConsistentRead": is_consistent})
        assert busy.budgets.units(Kind.READ, "usage") - before == units


def test_units_of_writes(busy: Busy) -> None:
    """One of 1 KB, twice in a transaction; by the larger of both items; one of each index that changes."""

    def paid(operation: str, body: dict[str, Any], table: str = "uploads") -> float:
        before = busy.budgets.units(Kind.WRITE, table)
        ask(busy, operation, body)
        return busy.budgets.units(Kind.WRITE, table) - before

    def of(key: str, size: int, **attributes: str) -> dict[str, Any]:
        texts = {"id": key, "text": "x" * size, "created_id": "1", **attributes}
        return {"TableName": "uploads", "Item": {name: {"S": text} for name, text in texts.items()}}

    assert paid("PutItem", of("a", 2_500)) == 3
    assert paid("PutItem", of("a", 10)) == 3
    assert paid("PutItem", of("b", 10, month="2024-09", status_month="pending#2024-09")) == 3
    assert paid("PutItem", of("b", 10, month="2024-09", status_month="succeeded#2024-09")) == 3
    assert paid("TransactWriteItems", {"TransactItems": [{"Put": of("b", 10, month="2024-09")}]}) == 4
    assert paid("DeleteItem", {"TableName": "uploads", "Key": {"id": {"S": "b"}}}) == 2
    refused = of("a", 10) | {"ConditionExpression": "attribute_not_exists(id)"}
    assert paid("PutItem", refused) == 1


def test_pages_end_at_a_megabyte(busy: Busy) -> None:
    """With the key after which the next one begins, which yields the rest."""
    items = [item("a", number) for number in range(5)]
    for each in items:
        busy.simulation.clock.sleep(1)
        put(busy, each)
    query: dict[str, Any] = {
        "TableName": "usage",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "a"}},
    }
    _, page = ask(busy, "Query", query)
    assert (page["Items"], page["LastEvaluatedKey"]["sk"]) == (items[:2], {"S": "1"})
    _, page = ask(busy, "Query", {**query, "ExclusiveStartKey": page["LastEvaluatedKey"]})
    assert page["Items"] == items[2:4]


def test_batches_that_are_read_end_at_16_megabytes(busy: Busy) -> None:
    """The other keys are unprocessed."""
    keys = [f"{number:02d}" for number in range(60)]
    for key in keys:
        put(busy, item(key, 1))
    asked = {"Keys": [{"pk": {"S": key}, "sk": {"S": "1"}} for key in keys], "ConsistentRead": True}
    _, answer = ask(busy, "BatchGetItem", {"RequestItems": {"usage": asked}})
    left = answer["UnprocessedKeys"]["usage"]["Keys"]
    assert (len(answer["Responses"]["usage"]), len(left)) == (47, 13)


def test_simulated_threads() -> None:
    """They sleep at the same time, an executor runs as many tasks as it has threads, and errors come back."""
    clock = Clock()
    simulation = Simulation(clock)
    began, ended = clock.now, list[float]()

    def work(seconds: float) -> None:
        simulation.sleep(seconds)
        ended.append(clock.now - began)

    def pool() -> None:
        futures = [simulation.executor(2).submit(work, 3)]
        executor = simulation.executor(2)
        futures += [executor.submit(work, 2) for _ in range(4)]
        for future in futures:
            future.result()

    simulation.run(lambda: work(1), pool)
    assert ended == [1, 2, 2, 3, 4, 4]
    with pytest.raises(ZeroDivisionError):
        simulation.run(lambda: work(1 / 0))
