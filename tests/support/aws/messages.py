"""A call to AWS as a value: what is asked, of whom, and what is answered."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import unquote, urlsplit


class NoAnswerError(Exception):
    """The connection broke before an answer came; whether the call was carried out the caller cannot tell."""


class DiedError(BaseException):
    """The end of a function's process: nothing that it would do afterwards happens."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request; names of headers in lower case."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class AwsResponse:
    """One HTTP response."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Call:
    """One request to one service: `dynamodb`, `s3`, `sqs`, `eventbridge` or `cloudwatch_logs`."""

    service: str
    operation: str
    request: Request

    @property
    def name(self) -> str:
        """Say what it does, in words that stay the same from run to run: `PutItem uploads`."""
        return f"{self.operation} {self.target}"

    @cached_property
    def json(self) -> dict[str, Any]:
        """The body, of a service that speaks JSON."""
        read: dict[str, Any] = json.loads(self.request.body)
        return read

    def with_body(self, body: dict[str, Any]) -> "Call":
        """Return the same call of something else."""
        return replace(self, request=replace(self.request, body=json.dumps(body).encode()))

    @cached_property
    def target(self) -> str:
        """The table, the queue, or the folder of the bucket."""
        match self.service:
            case "dynamodb":
                return "+".join(dict.fromkeys(_tables(self.json)))
            case "sqs":
                return str(self.json["QueueUrl"]).rpartition("/")[2]
            case "s3":
                return _folder(self.request.url)
            case "cloudwatch_logs":
                return str(self.json["logGroupName"])
        return "default bus"


def _tables(body: dict[str, Any]) -> list[str]:
    if "TableName" in body:
        return [body["TableName"]]
    if "TransactItems" in body:
        return [write["TableName"] for item in body["TransactItems"] for write in item.values()]
    if "Statements" in body:
        return [name for each in body["Statements"] for name in re.findall(r'^[A-Z ]+"([^"]+)"', each["Statement"])]
    return list(body["RequestItems"])


def _folder(url: str) -> str:
    parts = urlsplit(url)
    key = unquote(parts.path).split("/", 2)[2:]
    return key[0].partition("/")[0] if key else "bucket"
