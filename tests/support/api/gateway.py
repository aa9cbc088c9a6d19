"""API Gateway, as far as a request's way to the function goes, for clients that speak through `requests`."""

import io
from typing import Any
from urllib.parse import urlsplit

import urllib3
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from tests.support.api.client import Api, http_api_path


class Gateway(HTTPAdapter):
    """Hands every request to the function, and its answer back."""

    def __init__(self, api: Api) -> None:
        """Lead to `api`."""
        super().__init__()
        self._api = api

    def send(self, request: PreparedRequest, *_: Any, **__: Any) -> Response:
        """Answer a request; its path arrives as an HTTP API hands it on, and its body in base64."""
        url = urlsplit(str(request.url))
        body = request.body.encode() if isinstance(request.body, str) else request.body
        assert body is None or isinstance(body, bytes)
        answer = self._api.call(
            str(request.method),
            http_api_path(url.path),
            key=None,
            query=url.query,
            body=body,
            headers={_text(name).lower(): _text(value) for name, value in request.headers.items()},
        )
        raw = urllib3.HTTPResponse(
            io.BytesIO(answer.text.encode()), answer.headers, answer.status, preload_content=False
        )
        return self.build_response(request, raw)


def _text(text: str | bytes) -> str:
    return text.decode("latin-1") if isinstance(text, bytes) else text
