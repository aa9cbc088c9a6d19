"""HTTP requests to this machine, without proxies. They follow no redirects, and return error statuses as responses."""

import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from http.client import HTTPResponse


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The response of a server."""

    status: int
    headers: Message
    body: bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0913, PLR0917 - the base class says so
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Don't follow the redirect, because one server's API key must not reach another server."""


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def get(url: str, *, bearer: str | None = None, seconds: float = 30) -> HttpResponse:
    """Send a GET request, with the API key `bearer` if any; raise OSError if there is no response."""
    return _send(url, None, bearer, seconds)


def post(url: str, fields: Mapping[str, str], *, bearer: str, seconds: float = 30) -> HttpResponse:
    """Send a form with a POST request and the API key `bearer`; raise OSError if there is no response."""
    return _send(url, urllib.parse.urlencode(fields).encode(), bearer, seconds)


def _send(url: str, form: bytes | None, bearer: str | None, seconds: float) -> HttpResponse:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    request = urllib.request.Request(url, form, headers)  # noqa: S310 - only this machine's addresses
    try:
        response: HTTPResponse
        with _OPENER.open(request, timeout=seconds) as response:
            return HttpResponse(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        with error:
            return HttpResponse(error.code, error.headers, error.read())
