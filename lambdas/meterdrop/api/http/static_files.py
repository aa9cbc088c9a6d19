"""The static files of the page: one shell and its assets. They need no key and hold no data.

They are built when the code is packaged. The manifest lists every asset, so that no path becomes a file name by itself.
"""

import base64
import json
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from meterdrop import settings
from meterdrop.api.http.auth import READ_METHODS
from meterdrop.api.http.conditional import is_current
from meterdrop.api.http.request import Request
from meterdrop.api.schemas.errors import resource_missing

_SHELL_PATH = "/"
ASSETS_PREFIX = "/assets/"
_IMMUTABLE = "public, max-age=31536000, immutable"
_SECURITY = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",  # browsers ignore it on plain HTTP
}

LambdaResponse = dict[str, Any]


class StaticPage:
    """The static files in `folder`, for a bucket at `bucket_origin`."""

    def __init__(self, folder: Path, bucket_origin: str) -> None:
        """Read the manifest; the files are read when they are requested."""
        manifest = json.loads((folder / "page.json").read_text(encoding="utf-8"))
        self._folder = folder
        self._etag = f'W/"{manifest["digest"]}"'
        self._policy = _policy(manifest["inline"], bucket_origin)
        self._types: Mapping[str, str] = manifest["types"]

    def shell(self, *, if_none_match: str) -> LambdaResponse:
        """Return the document, or 304 if the browser has it: `if_none_match` is the request's header."""
        headers = {
            **_SECURITY,
            "Content-Security-Policy": self._policy,
            "Cache-Control": "no-cache",
            "ETag": self._etag,
        }
        if is_current(self._etag, if_none_match):
            return _response(HTTPStatus.NOT_MODIFIED, headers, b"")
        return self._file("index.html", "text/html; charset=utf-8", headers)

    def asset(self, path: str) -> LambdaResponse:
        """Return an asset; raises ApiError 404. Its name has a digest of its content, so it never changes."""
        name = path.removeprefix(ASSETS_PREFIX)
        if name not in self._types:
            raise resource_missing(f"No such path: {path}. Load the page again.", param=None)
        headers = {**_SECURITY, "Cache-Control": _IMMUTABLE}
        return self._file(name, self._types[name], headers)

    def _file(self, name: str, media_type: str, headers: Mapping[str, str]) -> LambdaResponse:
        """Return a file, compressed for every client: these paths need no key, so no request may cost more."""
        content = (self._folder / f"{name}.gz").read_bytes()
        return _response(HTTPStatus.OK, {**headers, "Content-Type": media_type, "Content-Encoding": "gzip"}, content)


def is_page_request(request: Request) -> bool:
    """Tell whether a request reads the page."""
    return request.method in READ_METHODS and (request.path == _SHELL_PATH or request.path.startswith(ASSETS_PREFIX))


def serve_page(request: Request) -> LambdaResponse:
    """Return the shell or an asset; raises ApiError 404."""
    if request.path == _SHELL_PATH:
        return static_page().shell(if_none_match=request.headers.get("if-none-match", ""))
    return static_page().asset(request.path)


@cache
def static_page() -> StaticPage:
    """Return the static files of the package."""
    return StaticPage(settings.page_folder(), settings.bucket_origin(settings.from_environment()))


def _policy(inline: list[str], bucket_origin: str) -> str:
    hashes = "".join(f" '{each}'" for each in inline)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{hashes}",
            "style-src 'self'",
            "img-src 'self'",
            f"connect-src 'self' {bucket_origin}",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            # No code of the page can turn text into markup, not even by mistake.
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _response(status: HTTPStatus, headers: Mapping[str, str], body: bytes) -> LambdaResponse:
    return {
        "statusCode": status.value,
        "headers": dict(headers),
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
