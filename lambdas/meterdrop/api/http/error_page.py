"""Errors for a person whose browser opened an address: the same words as in JSON, as a page.

It needs only the standard library, as the API's function may fail before everything else is imported.
"""

import json
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from typing import Any

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Error {status} · Meterdrop</title>
<h1>Meterdrop</h1>
<p>{message}</p>
"""


def for_browser(response: dict[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
    """Return an error response as HTML if the request's `headers` ask for HTML; otherwise the response itself.

    Scripts don't ask for HTML, so only a person who opens the address gets it.
    """
    if (
        response["statusCode"] < HTTPStatus.BAD_REQUEST
        or not response["body"]
        or "text/html" not in headers.get("accept", "")
    ):
        return response
    page = _PAGE.format(status=response["statusCode"], message=escape(json.loads(response["body"])["error"]["message"]))
    sealed = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'"}
    return response | {"headers": response["headers"] | sealed, "body": page}
