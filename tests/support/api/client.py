"""Requests as API Gateway sends them."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import pytest

from meterdrop.api import dispatch
from tests.support.api.store import READ_KEY, SECRET_KEY
from tests.support.fakes.lambda_context import FakeLambdaContext

EVENTS = Path(__file__).parents[3] / "events"


@dataclass(frozen=True)
class ApiResponse:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.text)

    @property
    def error(self) -> tuple[int, str, str | None]:
        """Status, code and parameter of an error, whose shape is checked on the way."""
        error = self.json["error"]
        assert list(error) == ["type", "code", "message", *(["param"] if "param" in error else [])]
        assert error.get("param", "") is not None
        return self.status, error["code"], error.get("param")


class Api:
    """The API function, called as API Gateway calls it."""

    def __init__(self) -> None:
        """Import it: only now is its environment there."""
        from meterdrop.handlers.api import handler  # noqa: PLC0415

        self._handler = handler

    def send(self, event: dict[str, Any]) -> ApiResponse:
        """Send an event as it is."""
        lambda_response = self._handler(event, FakeLambdaContext(29_000))
        body = lambda_response["body"]
        if lambda_response["isBase64Encoded"]:  # the page alone; it may be compressed
            body = base64.b64decode(body).decode(errors="replace")
        return ApiResponse(lambda_response["statusCode"], lambda_response["headers"], body)

    def call(  # noqa: PLR0913  what makes up a request
        self,
        method: str,
        path: str,
        *,
        key: str | None = SECRET_KEY,
        query: Mapping[str, object] | str = "",
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> ApiResponse:
        """Send a request; bytes go in base64, as API Gateway sends all but text and JSON."""
        event = sample("without-key")
        raw = query if isinstance(query, str) else urlencode(query)
        parameters: dict[str, str] = {}
        for name, value in parse_qsl(raw, keep_blank_values=True):
            parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
        event |= {"rawPath": path, "rawQueryString": raw}
        if parameters:
            event["queryStringParameters"] = parameters
        event["requestContext"]["http"] |= {"method": method, "path": path}
        event["headers"] |= {"authorization": f"Bearer {key}"} if key else {}
        event["headers"] |= headers or {}
        if isinstance(body, bytes):
            event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        elif body is not None:
            event["body"] = body
        return self.send(event)

    def get(self, path: str, **query: object) -> ApiResponse:
        """Read, with the read key."""
        return self.call("GET", path, key=READ_KEY, query=query)


def http_api_path(path: str) -> str:
    """Return the `rawPath` of a percent-encoded path: decoded, all but `%25`, and cut at a decoded question mark."""
    return unquote(path.replace("%25", "%2525")).partition("?")[0]


def sample(name: str) -> dict[str, Any]:
    """Read a sample request."""
    event: dict[str, Any] = json.loads((EVENTS / f"api-{name}.json").read_text())
    return event


def written(caplog: pytest.LogCaptureFixture) -> str:
    """Return what the function's own log holds, as it is written out."""
    formatter = dispatch.logger.registered_formatter
    return "".join(formatter.format(record) for record in caplog.records if record.name == dispatch.logger.name)
