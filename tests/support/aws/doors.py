"""How code reaches the account: through boto3's clients and `JsonClient`, both as they are but for the network."""

import io
from collections.abc import Mapping
from typing import Any, cast

import urllib3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError

from meterdrop.adapters.dynamodb.client import JsonClient
from tests.support.aws.account import Account
from tests.support.aws.messages import AwsResponse, Call, NoAnswerError, Request

_SERVICE = {"events": "eventbridge", "cloudwatch-logs": "cloudwatch_logs"}


def connect(client: Any, account: Account) -> None:
    """Lead a client's requests to the account in place of the network."""

    def send(request: AWSPreparedRequest, event_name: str, **_: object) -> AWSResponse:
        service, operation = event_name.split(".")[1:]
        asked = Request(request.method, request.url, _lowered(dict(request.headers.items())), _bytes(request.body))
        try:
            answer = account.call(Call(_SERVICE.get(service, service), operation, asked))
        except NoAnswerError as error:
            raise ReadTimeoutError(endpoint_url=request.url) from error
        response = _response(answer, holds_body=request.method != "HEAD")
        return AWSResponse(request.url, answer.status, cast("Any", response.headers), response)

    client.meta.events.register("before-send", send)


def wire_to(account: Account) -> type[JsonClient]:
    """Return a `JsonClient` whose requests are led to the account in place of the network."""

    class ConnectedWire(JsonClient):
        def _send(self, _pool: Any, operation: str, data: bytes) -> urllib3.BaseHTTPResponse:
            asked = Request("POST", "/", {"x-amz-target": f"DynamoDB_20120810.{operation}"}, data)
            try:
                answer = account.call(Call("dynamodb", operation, asked))
            except NoAnswerError as error:
                raise urllib3.exceptions.ProtocolError("no answer") from error
            return urllib3.HTTPResponse(answer.body, dict(answer.headers), answer.status)

    return ConnectedWire


def _response(answer: AwsResponse, *, holds_body: bool) -> urllib3.HTTPResponse:
    body = io.BytesIO(answer.body)
    # Of an answer that is shorter than it says urllib3 makes an error, as with a connection that breaks.
    return urllib3.HTTPResponse(
        body, dict(answer.headers), answer.status, preload_content=False, enforce_content_length=holds_body
    )


def _lowered(headers: Mapping[str, Any]) -> dict[str, str]:
    return {name.lower(): each.decode() if isinstance(each, bytes) else str(each) for name, each in headers.items()}


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    body.seek(0)
    return bytes(body.read())
