"""HTTP requests with exactly the path and headers that a check wants."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from tools.verify.record import Recorder

_TIMEOUT = urllib3.Timeout(connect=10, read=35)  # API Gateway answers within 30 seconds


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response. Header names are in lower case; the body is as it was sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - any JSON
        """The body as JSON, or None if it isn't JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def __str__(self) -> str:
        """Return the status and the beginning of the body, for messages."""
        return f"{self.status} {self.body[:200].decode(errors='replace')}".strip()


class Http:
    """Requests without redirects and retries. The proxy of the environment is used, except for this machine."""

    def __init__(self, recorder: Recorder) -> None:
        """Record each request and response with `recorder`."""
        self._recorder = recorder
        self._direct = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)
        proxy = getproxies().get("https")
        self._outside = urllib3.ProxyManager(proxy, timeout=_TIMEOUT, retries=False) if proxy else self._direct

    def request(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> HttpResponse:
        """Send a request. Raises urllib3's errors if there is no response."""
        host = urlsplit(url).hostname or ""
        manager = self._direct if host == "localhost" or proxy_bypass(host) else self._outside
        response = manager.request(
            method, url, headers=dict(headers or {}), body=body, redirect=False, decode_content=False
        )
        lowered = {name.lower(): value for name, value in response.headers.items()}
        result = HttpResponse(response.status, lowered, response.data)
        self._recorder.record_http(method, url, result.status, lowered, result.body)
        return result

    def post_form(self, url: str, fields: Mapping[str, str], file: bytes, *, origin: str) -> HttpResponse:
        """Post a file as a browser does that has opened a page of `origin`."""
        body, content_type = urllib3.encode_multipart_formdata({**fields, "file": ("file.csv", file, "text/csv")})
        return self.request("POST", url, headers={"Content-Type": content_type, "Origin": origin}, body=body)


@dataclass(frozen=True, slots=True)
class Api:
    """The stack's API, with an admin key."""

    url: str
    key: str
    http: Http

    def get(self, path: str, query: Mapping[str, object] | None = None) -> HttpResponse:
        """Send a GET request. `path` is sent as it is."""
        return self.send("GET", path + (f"?{urlencode(query)}" if query else ""))

    def post(self, path: str, fields: Mapping[str, object] | None = None, **headers: str) -> HttpResponse:
        """Send a form with a POST request. In names of headers, `_` stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.send("POST", path, headers=form | named, body=urlencode(fields or {}).encode())

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        key: str | None = None,
    ) -> HttpResponse:
        """Send a request with the admin key, or with `key`; an empty key sends none."""
        used = self.key if key is None else key
        authorization = {"Authorization": f"Bearer {used}"} if used else {}
        return self.http.request(method, f"{self.url}{path}", headers=authorization | dict(headers or {}), body=body)
