"""Plain requests to this machine: no proxy, no redirect followed, an error status is an answer like any other."""

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
class Answer:
    """What a server answered."""

    status: int
    headers: Message
    body: bytes


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(  # noqa: PLR0913, PLR0917 - the base class says so
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        """Let the caller follow: the key of one server must not go to the next."""


_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)


def get(url: str, *, bearer: str | None = None, seconds: float = 30) -> Answer:
    """GET a URL, with an API key where one is given; raises OSError where nobody answers."""
    return _answer(url, None, bearer, seconds)


def post(url: str, fields: Mapping[str, str], *, bearer: str, seconds: float = 30) -> Answer:
    """POST a form to a URL, with an API key; raises OSError where nobody answers."""
    return _answer(url, urllib.parse.urlencode(fields).encode(), bearer, seconds)


def _answer(url: str, form: bytes | None, bearer: str | None, seconds: float) -> Answer:
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    request = urllib.request.Request(url, form, headers)  # noqa: S310 - our own addresses
    try:
        response: HTTPResponse
        with _OPENER.open(request, timeout=seconds) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as cell_error:
        with cell_error:
            return Answer(cell_error.code, cell_error.headers, cell_error.read())
