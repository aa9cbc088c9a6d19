"""The page: one shell and its assets, without a key and without data. Made ready when the code was packaged.

A path is looked up in the list of what there is, and never becomes a file name by itself.
"""

import base64
import gzip
import json
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from meterdrop import settings
from meterdrop.api.http.auth import ASSETS, READING
from meterdrop.api.http.request import Request
from meterdrop.api.schemas.errors import missing

_SHELL = "/"
_NONE = re.compile(r"0(\.0*)?")
_FOR_EVER = "public, max-age=31536000, immutable"
_SECURITY = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",  # browsers leave it aside on plain HTTP
}

LambdaResponse = dict[str, Any]


class StaticPage:
    """The page as it lies in `folder`, for a bucket at `bucket_origin`."""

    def __init__(self, folder: Path, bucket_origin: str) -> None:
        """Read what there is; the files themselves are read when they are asked for."""
        made = json.loads((folder / "page.json").read_text(encoding="utf-8"))
        self._folder = folder
        self._etag = f'W/"{made["digest"]}"'
        self._policy = _policy(made["inline"], bucket_origin)
        self._types: Mapping[str, str] = made["types"]

    def shell(self, *, seen: str, compressed: bool) -> LambdaResponse:
        """Return the document, or 304 where the browser has it: `seen` is its If-None-Match."""
        headers = {
            **_SECURITY,
            "Content-Security-Policy": self._policy,
            "Cache-Control": "no-cache",
            "ETag": self._etag,
        }
        if self._etag in (tag.strip() for tag in seen.split(",")):
            return _answer(HTTPStatus.NOT_MODIFIED, headers, b"")
        return self._file("index.html", "text/html; charset=utf-8", headers, compressed=compressed)

    def asset(self, path: str, *, compressed: bool) -> LambdaResponse:
        """Return what lies at a path; raises ApiError 404. A digest of it stands in its name: it never changes."""
        name = path.removeprefix(ASSETS)
        if name not in self._types:
            raise missing(f"There is nothing at {path}.", param=None)
        headers = {**_SECURITY, "Cache-Control": _FOR_EVER}
        return self._file(name, self._types[name], headers, compressed=compressed)

    def _file(self, name: str, media_type: str, headers: Mapping[str, str], *, compressed: bool) -> LambdaResponse:
        content = (self._folder / f"{name}.gz").read_bytes()
        about = {**headers, "Content-Type": media_type, "Vary": "Accept-Encoding"}
        if compressed:
            return _answer(HTTPStatus.OK, {**about, "Content-Encoding": "gzip"}, content)
        return _answer(HTTPStatus.OK, about, gzip.decompress(content))


def is_of_page(request: Request) -> bool:
    """Say whether a request reads the page."""
    return request.method in READING and (request.path == _SHELL or request.path.startswith(ASSETS))


def serve_page(request: Request) -> LambdaResponse:
    """Answer with the shell or an asset; raises ApiError 404."""
    compressed = _takes_gzip(request.headers.get("accept-encoding", ""))
    if request.path == _SHELL:
        return the_page().shell(seen=request.headers.get("if-none-match", ""), compressed=compressed)
    return the_page().asset(request.path, compressed=compressed)


@cache
def the_page() -> StaticPage:
    """Give the page that lies in the package."""
    return StaticPage(settings.page_folder(), settings.bucket_origin(settings.read()))


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
            # No code of the page can turn text into markup: not even by mistake.
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        )
    )


def _takes_gzip(accept_encoding: str) -> bool:
    for each in accept_encoding.lower().split(","):
        name, _, quality = each.replace(" ", "").partition(";q=")
        if name == "gzip":
            return _NONE.fullmatch(quality) is None
    return False


def _answer(status: HTTPStatus, headers: Mapping[str, str], body: bytes) -> LambdaResponse:
    return {
        "statusCode": status.value,
        "headers": dict(headers),
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
