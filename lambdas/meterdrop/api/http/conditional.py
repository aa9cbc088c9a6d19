"""Conditional requests: a client that has a response already gets 304 without a body (RFC 9110)."""

import hashlib
from http import HTTPStatus
from typing import Any

from meterdrop.api.http.auth import READ_METHODS
from meterdrop.api.http.request import JSON, Request

_DIGEST_LENGTH = 32  # hexadecimal digits

LambdaResponse = dict[str, Any]


def is_current(etag: str, if_none_match: str) -> bool:
    """Return whether a client has a response: `if_none_match` is the request's header, empty without one."""
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return tags == {"*"} or etag.removeprefix("W/") in tags


def with_etag(request: Request, response: LambdaResponse) -> LambdaResponse:
    """Return a response with the ETag of its body, or 304 if the client has it. Only reads of JSON have an ETag.

    The tag is weak, because a proxy can compress the body.
    """
    headers = response["headers"]
    is_json = headers.get("Content-Type") == JSON and not response["isBase64Encoded"]
    if request.method not in READ_METHODS or response["statusCode"] != HTTPStatus.OK or not is_json:
        return response
    etag = f'W/"{hashlib.sha256(response["body"].encode()).hexdigest()[:_DIGEST_LENGTH]}"'
    if is_current(etag, request.headers.get("if-none-match", "")):
        kept = {name: value for name, value in headers.items() if name != "Content-Type"}
        return {**response, "statusCode": HTTPStatus.NOT_MODIFIED.value, "headers": {**kept, "ETag": etag}, "body": ""}
    return {**response, "headers": {**headers, "ETag": etag}}
