"""Requests as the actions that AWS authorizes for them."""

import json
from typing import Any

import pytest

from tools.emulator.iam_calls import IamCall, Request, iam_calls

KEYS = {("T", None): "id", ("U", None): "pk", ("T", "by_key"): "key"}
TABLE = "arn:aws:dynamodb:::table/"
FORM = b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nuploads/a b.csv\r\n--x\r\n'


def calls(service: str, operation: str, body: object) -> list[IamCall]:
    """Map a request of a service that speaks JSON."""
    headers = {"x-amz-target": f"Any_1.{operation}"}
    request = Request(service, "POST", "/", headers, json.dumps(body).encode())
    return list(iam_calls(request, lambda table, index: KEYS[table, index]))


def dynamodb(operation: str, **body: Any) -> list[tuple[str, str, tuple[str, ...] | None]]:
    """Map a request to DynamoDB; give action, table and leading keys."""
    found = calls("dynamodb", operation, body)
    return [(without(call.action, "dynamodb:"), without(call.resource, TABLE), call.leading_keys) for call in found]


def without(whole: str, prefix: str) -> str:
    """Give a text without its prefix, which must be there."""
    assert whole.startswith(prefix)
    return whole.removeprefix(prefix)


def s3(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> tuple[str, str]:
    """Map a request to S3; give action and resource."""
    [call] = iam_calls(Request("s3", method, path, headers or {}, body), lambda *_: "")
    return without(call.action, "s3:"), without(call.resource, "arn:aws:s3:::")


def text(value: str) -> dict[str, str]:
    """Give a value as DynamoDB has it."""
    return {"S": value}


def test_single_items() -> None:
    """The key is in the key, or in the item."""
    for operation in ("GetItem", "UpdateItem", "DeleteItem"):
        assert [(operation, "U", ("a",))] == dynamodb(operation, TableName="U", Key={"pk": text("a"), "sk": text("b")})
    assert [("PutItem", "T", ("a",))] == dynamodb("PutItem", TableName="T", Item={"pk": text("x"), "id": text("a")})


def test_batches() -> None:
    """One authorization for each table, with all keys of it."""
    keys = [{"id": text("a")}, {"id": text("b")}]
    requested = {"T": {"Keys": keys}, "U": {"Keys": [{"sk": text("x"), "pk": text("c")}]}}
    assert [("BatchGetItem", "T", ("a", "b")), ("BatchGetItem", "U", ("c",))] == dynamodb(
        "BatchGetItem", RequestItems=requested
    )
    writes = {"T": [{"PutRequest": {"Item": {"id": text("a")}}}, {"DeleteRequest": {"Key": {"id": text("b")}}}]}
    assert [("BatchWriteItem", "T", ("a", "b"))] == dynamodb("BatchWriteItem", RequestItems=writes)


def test_a_transaction_is_its_items() -> None:
    """Each item is the action that it would be alone."""
    key = {"TableName": "T", "Key": {"id": text("a")}}
    items = [{"Put": {"TableName": "T", "Item": {"id": text("b")}}}, {"Update": key}, {"Delete": key}]
    assert [
        ("PutItem", "T", ("b",)),
        ("UpdateItem", "T", ("a",)),
        ("DeleteItem", "T", ("a",)),
        ("ConditionCheckItem", "T", ("a",)),
    ] == dynamodb("TransactWriteItems", TransactItems=[*items, {"ConditionCheck": key}])


@pytest.mark.parametrize(
    ("statement", "parameters", "expected"),
    [
        ("INSERT INTO \"U\" VALUE {'sk':?,'pk':?,'id':?}", "bac", ("PartiQLInsert", "U", ("a",))),
        ('UPDATE "U" SET "id"=? REMOVE "x" WHERE "pk"=? AND "sk"=?', "bac", ("PartiQLUpdate", "U", ("a",))),
        ('DELETE FROM "T" WHERE id=? AND upload=?', "ab", ("PartiQLDelete", "T", ("a",))),
        ('SELECT id FROM "T" WHERE upload=? AND id=?', "ba", ("PartiQLSelect", "T", ("a",))),
        ('SELECT id FROM "T"', "", ("PartiQLSelect", "T", None)),
        ('SELECT id FROM "T" WHERE upload=?', "a", ("PartiQLSelect", "T", None)),
    ],
)
def test_a_statement_is_its_verb(statement: str, parameters: str, expected: tuple[str, str, Any]) -> None:
    """Its key is the parameter at the table's partition key, wherever that is."""
    one = {"Statement": statement, "Parameters": [text(each) for each in parameters]}
    assert [expected, expected] == dynamodb("BatchExecuteStatement", Statements=[one, one])
    assert [expected] == dynamodb("ExecuteStatement", **one)


def test_queries_of_table_and_index() -> None:
    """An index is a resource and has a partition key of its own."""
    values = {":pk": text("a"), ":other": text("b")}
    query = {"KeyConditionExpression": "#k = :pk AND sk BETWEEN :other AND :pk", "ExpressionAttributeValues": values}
    of_table = dynamodb("Query", TableName="T", ExpressionAttributeNames={"#k": "id"}, **query)
    names = {"#k": "key"}
    of_index = dynamodb("Query", TableName="T", IndexName="by_key", ExpressionAttributeNames=names, **query)
    assert [("Query", "T", ("a",)), ("Query", "T/index/by_key", ("a",))] == of_table + of_index


def test_a_scan_names_no_key() -> None:
    """And neither does an operation that isn't known."""
    assert [("Scan", "T", None)] == dynamodb("Scan", TableName="T")
    assert [("RestoreTable", "T", None)] == dynamodb("RestoreTable", TableName="T")
    assert ["dynamodb:an unknown statement"] == [
        call.action for call in calls("dynamodb", "ExecuteStatement", {"Statement": "EXISTS(SELECT 1)"})
    ]


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/B/uploads/a%20b", ("GetObject", "B/uploads/a b")),
        ("HEAD", "/B/a", ("GetObject", "B/a")),
        ("GET", "/B/a?versionId=v&X-Amz-Signature=s", ("GetObjectVersion", "B/a")),
        ("PUT", "/B/a", ("PutObject", "B/a")),
        ("POST", "/B/a?uploads", ("PutObject", "B/a")),
        ("PUT", "/B/a?uploadId=u&partNumber=1", ("PutObject", "B/a")),
        ("POST", "/B/a?uploadId=u", ("PutObject", "B/a")),
        ("DELETE", "/B/a?uploadId=u", ("AbortMultipartUpload", "B/a")),
        ("DELETE", "/B/a", ("DeleteObject", "B/a")),
        ("DELETE", "/B/a?versionId=v", ("DeleteObjectVersion", "B/a")),
        ("GET", "/B?versions&prefix=uploads/", ("ListBucketVersions", "B")),
        ("GET", "/B/?list-type=2", ("ListBucket", "B")),
        ("PUT", "/B/a?tagging", ("PUT?tagging", "B/a")),
        ("POST", "/B?delete", ("POST?delete", "B")),
        ("GET", "/B?policy", ("GET?policy", "B")),
    ],
)
def test_s3(method: str, path: str, expected: tuple[str, str]) -> None:
    """An operation that isn't known is an action of its own, which no policy allows."""
    assert expected == s3(method, path)


def test_s3_head_of_a_version_needs_two_permissions() -> None:
    """AWS documents s3:GetObject for HEAD, and doesn't say that a version needs none."""
    request = Request("s3", "HEAD", "/B/a?versionId=v", {}, b"")
    assert ["s3:GetObjectVersion", "s3:GetObject"] == [call.action for call in iam_calls(request, lambda *_: "")]


def test_s3_by_header_and_form() -> None:
    """A form names its key, and a copy isn't a mere put."""
    form = {"content-type": "multipart/form-data; boundary=x"}
    assert ("PutObject", "B/uploads/a b.csv") == s3("POST", "/B", form, FORM)
    assert ("PutObject from a copy source", "B/a") == s3("PUT", "/B/a", {"x-amz-copy-source": "/B/b"})


def test_other_services() -> None:
    """A batch of messages needs the permission of one; an event, that of its bus."""
    for operation in ("SendMessage", "SendMessageBatch"):
        assert [IamCall("sqs:SendMessage", "arn:aws:sqs:::Q")] == calls("sqs", operation, {"QueueUrl": "http://x/1/Q"})
    buses = {"Entries": [{}, {"EventBusName": "other"}, {}]}
    assert ["arn:aws:events:::event-bus/default", "arn:aws:events:::event-bus/other"] == [
        call.resource for call in calls("events", "PutEvents", buses)
    ]
    assert [IamCall("kms:Decrypt", "*")] == calls("kms", "Decrypt", {})


def test_a_line_of_a_record() -> None:
    """What is written is read again."""
    for call in (IamCall("a:B", "*"), IamCall("a:B", "x", ("k",), "p", is_secure=False), IamCall("a:B", "x", ())):
        assert call == IamCall.from_json(call.to_json())
