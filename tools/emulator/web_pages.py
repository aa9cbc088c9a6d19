"""The emulator's control endpoints, closed to web pages: a page open in a browser could otherwise delete all state.

MiniStack asks for no credentials there, and a browser lets any page send a POST request to this machine.
"""

import re

from tools.emulator.recording import App, Receive, Scope, Send

_CONTROL = ("/_ministack/", "/_localstack/")
_THIS_MACHINE = re.compile(r"(?:127\.0\.0\.1|\[::1\]|(?:[a-z0-9.-]+\.)?localhost)(?::[0-9]+)?", re.IGNORECASE)
_BODY = b'{"message": "Web pages can\'t use the control endpoints. Use a program, such as curl."}'


def refusing_web_pages(app: App) -> App:
    """Return an application that answers 403 if a web page sends a request to a control endpoint of `app`."""

    async def refused(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(_CONTROL) or not _is_from_a_page(scope):
            await app(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": _BODY})

    return refused


def _is_from_a_page(scope: Scope) -> bool:
    """Return whether a page may have sent a request: browsers say so, except to a host that only pretends to be it."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    return (
        "origin" in headers
        or headers.get("sec-fetch-site", "none") != "none"
        or _THIS_MACHINE.fullmatch(headers.get("host", "")) is None
    )
