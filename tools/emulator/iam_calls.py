"""A request to AWS as the IAM actions that AWS authorizes for it, each with its resource and condition keys."""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

PartitionKey = Callable[[str, str | None], str]
"""Returns the name of the partition key of a table, or of its index."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request to one service; `headers` has lower-case names, `path` is percent-encoded and has the query."""

    service: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class IamCall:
    """One authorization: `resource` is an ARN without region and account.

    `leading_keys`: the partition keys of all items that it names. None if the request names none, as a scan.
    """

    action: str
    resource: str
    leading_keys: tuple[str, ...] | None = None
    prefix: str | None = None
    is_secure: bool = True
    """Whether it uses TLS, as every call of the functions does on AWS."""

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> "IamCall":
        """Return what `to_json` wrote."""
        fields = json.loads(line)
        keys = fields.pop("leading_keys")
        return cls(**fields, leading_keys=None if keys is None else tuple(keys))


def iam_calls(request: Request, partition_key: PartitionKey) -> Iterator[IamCall]:
    """Yield the authorizations of a request. An unknown operation is its own action, which no policy can allow."""
    if request.service == "s3":
        yield from _s3_calls(request)
        return
    operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
    body = json.loads(request.body or b"{}")
    match request.service:
        case "dynamodb":
            yield from _dynamodb_calls(operation, body, partition_key)
        case "sqs":
            # A batch needs the permission of its single operation.
            queue = str(body.get("QueueUrl", "")).rpartition("/")[2]
            yield IamCall(f"sqs:{operation.removesuffix('Batch')}", f"arn:aws:sqs:::{queue}")
        case "events":
            for bus in dict.fromkeys(entry.get("EventBusName", "default") for entry in body.get("Entries", [{}])):
                yield IamCall(f"events:{operation}", f"arn:aws:events:::event-bus/{bus}")
        case "logs":
            group, stream = body.get("logGroupName", ""), body.get("logStreamName", "")
            yield IamCall(f"logs:{operation}", f"arn:aws:logs:::log-group:{group}:log-stream:{stream}")
        case service:
            yield IamCall(f"{service}:{operation or request.method}", "*")


# S3 -------------------------------------------------------------------------------------------------------------------

_OBJECT_ACTIONS = {
    ("GET", ""): "GetObject",
    ("HEAD", ""): "GetObject",
    ("GET", "versionId"): "GetObjectVersion",
    ("HEAD", "versionId"): "GetObjectVersion",
    ("PUT", ""): "PutObject",
    ("POST", ""): "PutObject",  # a form
    ("POST", "uploads"): "PutObject",
    ("PUT", "uploadId"): "PutObject",
    ("POST", "uploadId"): "PutObject",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
    ("DELETE", ""): "DeleteObject",
    ("DELETE", "versionId"): "DeleteObjectVersion",
}
_BUCKET_ACTIONS = {
    ("GET", ""): "ListBucket",
    ("HEAD", ""): "ListBucket",
    ("GET", "versions"): "ListBucketVersions",
    ("GET", "uploads"): "ListBucketMultipartUploads",
}
_CHOOSING = ("uploadId", "uploads", "versionId", "versions", "delete", "acl", "tagging", "policy", "location")
"""Query parameters that make another operation of a request."""


def _s3_calls(request: Request) -> Iterator[IamCall]:
    url = urlsplit(request.path)
    query = parse_qs(url.query, keep_blank_values=True)
    bucket, _, key = unquote(url.path).lstrip("/").partition("/")
    chosen = next((name for name in _CHOOSING if name in query), "")
    if not key and request.method == "POST" and "multipart/form-data" in request.headers.get("content-type", ""):
        key = form_field(request.body, "key")
    actions = _OBJECT_ACTIONS if key else _BUCKET_ACTIONS
    action = actions.get((request.method, chosen), f"{request.method}?{chosen}")
    if "x-amz-copy-source" in request.headers:
        action = f"{action} from a copy source"  # needs a second permission, on an object that isn't in the path
    resource = f"arn:aws:s3:::{bucket}/{key}" if key else f"arn:aws:s3:::{bucket}"
    yield IamCall(f"s3:{action}", resource, prefix=None if key else query.get("prefix", [None])[0])
    if (request.method, chosen) == ("HEAD", "versionId"):
        # For GET, AWS documents that a version needs only the other permission. For HEAD, it doesn't.
        yield IamCall("s3:GetObject", resource)


def form_field(body: bytes, name: str) -> str:
    """Return a field of a form that precedes its file, or an empty text."""
    found = re.search(rb'name="' + name.encode() + rb'"\r\n\r\n(.*?)\r\n--', body, re.IGNORECASE | re.DOTALL)
    return found[1].decode() if found else ""


# DynamoDB -------------------------------------------------------------------------------------------------------------

_TRANSACTION_ACTIONS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_STATEMENT_ACTIONS = {
    "INSERT": "PartiQLInsert",
    "UPDATE": "PartiQLUpdate",
    "DELETE": "PartiQLDelete",
    "SELECT": "PartiQLSelect",
}
_VERB_AND_TABLE = re.compile(r'\s*(?:(INSERT)\s+INTO|(UPDATE)|(DELETE)\s+FROM|(SELECT)\b.*?\bFROM)\s+"?([\w.-]+)"?')


def _dynamodb_calls(operation: str, body: dict[str, Any], partition_key: PartitionKey) -> Iterator[IamCall]:
    if operation in {"BatchExecuteStatement", "ExecuteStatement"}:
        for statement in body.get("Statements", [body]):
            yield _statement_call(statement, partition_key)
    elif operation == "Query":
        yield _query_call(body, partition_key)
    else:
        for action, table, items in _named_items(operation, body):
            yield _items_call(action, table, items, partition_key)


def _named_items(operation: str, body: dict[str, Any]) -> Iterator[tuple[str, str, list[dict[str, Any]]]]:
    """Yield each action with its table and items, of which `Key` or `Item` has the partition key."""
    match operation:
        case "TransactWriteItems" | "TransactGetItems":
            for kind, item in (one for each in body["TransactItems"] for one in each.items()):
                yield _TRANSACTION_ACTIONS[kind], item["TableName"], [item]
        case "BatchGetItem":
            for table, read in body["RequestItems"].items():
                yield operation, table, [{"Key": key} for key in read["Keys"]]
        case "BatchWriteItem":
            for table, writes in body["RequestItems"].items():
                yield operation, table, [one for each in writes for one in each.values()]
        case "GetItem" | "PutItem" | "UpdateItem" | "DeleteItem":
            yield operation, body["TableName"], [body]
        case _:
            yield operation, body.get("TableName", ""), []


def _items_call(action: str, table: str, items: Iterable[Mapping[str, Any]], partition_key: PartitionKey) -> IamCall:
    keys = [_text((item.get("Key") or item["Item"])[partition_key(table, None)]) for item in items]
    return IamCall(f"dynamodb:{action}", _table_arn(table), tuple(dict.fromkeys(keys)) or None)


def _query_call(body: Mapping[str, Any], partition_key: PartitionKey) -> IamCall:
    table, index = body["TableName"], body.get("IndexName")
    names = body.get("ExpressionAttributeNames", {})
    values = {
        names.get(name, name): body["ExpressionAttributeValues"][value]
        for name, value in re.findall(r"(#?\w+)\s*=\s*(:\w+)", body["KeyConditionExpression"])
    }
    return IamCall("dynamodb:Query", _table_arn(table, index), (_text(values[partition_key(table, index)]),))


def _statement_call(statement: Mapping[str, Any], partition_key: PartitionKey) -> IamCall:
    text = statement["Statement"]
    found = _VERB_AND_TABLE.match(text)
    if found is None:
        return IamCall("dynamodb:an unknown statement", "*")
    *verbs, table = found.groups()
    verb = next(filter(None, verbs))
    name = re.escape(partition_key(table, None))
    # An INSERT names the key in its item, the others in their condition.
    parameter = re.search(
        rf"'{name}'\s*:\s*\?" if verb == "INSERT" else rf'\b(?:WHERE|AND)\s+"?{name}"?\s*=\s*\?', text
    )
    keys = None
    if parameter is not None:
        keys = (_text(statement["Parameters"][text.count("?", 0, parameter.end()) - 1]),)
    return IamCall(f"dynamodb:{_STATEMENT_ACTIONS[verb]}", _table_arn(table), keys)


def _table_arn(table: str, index: str | None = None) -> str:
    return f"arn:aws:dynamodb:::table/{table}" + (f"/index/{index}" if index else "")


def _text(value: Mapping[str, Any]) -> str:
    [text] = value.values()
    return str(text)
