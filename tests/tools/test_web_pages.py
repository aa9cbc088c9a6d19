"""The emulator's control endpoints: for programs of this machine, and for no web page."""

import asyncio
from typing import Any

import pytest

from tools.emulator.web_pages import refusing_web_pages

HERE = {"host": "localhost:4566"}


def status(method: str, path: str, headers: dict[str, str]) -> int:
    """Send a request through the guard to a server that takes everything; return the status."""
    statuses = list[int]()

    async def taking(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: dict[str, Any]) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    sent = [(name.title().encode(), value.encode()) for name, value in headers.items()]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "headers": sent}

    async def request() -> None:
        await refusing_web_pages(taking)(scope, receive, send)

    asyncio.run(request())
    (found,) = statuses
    return found


@pytest.mark.parametrize("path", ["/_ministack/reset", "/_ministack/config", "/_localstack/state"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:4566"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-origin"},
        {"host": "evil.example:4566"},
        {"host": "localhost.evil.example:4566"},
        {"host": ""},
    ],
)
def test_a_web_page_is_refused(path: str, headers: dict[str, str]) -> None:
    """Whatever its origin, also where a name of its own leads to this machine."""
    assert status("POST", path, HERE | headers) == 403


@pytest.mark.parametrize("host", ["localhost:4566", "127.0.0.1:4566", "[::1]:4566", "a.execute-api.localhost:4566"])
def test_a_program_is_served(host: str) -> None:
    """By each name of this machine; and so is a person who types the address of the health check."""
    assert status("POST", "/_ministack/reset", {"host": host}) == 200
    assert status("GET", "/_ministack/health", {"host": host, "sec-fetch-site": "none"}) == 200


@pytest.mark.parametrize("path", ["/", "/uploads/a.csv", "/_aws/execute-api/feed5eed/$default/v1/uploads"])
def test_other_requests_of_pages_are_served(path: str) -> None:
    """The page itself posts files to the bucket and calls the API: these ask for keys and signatures."""
    assert status("POST", path, HERE | {"origin": "http://localhost:4566", "sec-fetch-site": "same-origin"}) == 200
