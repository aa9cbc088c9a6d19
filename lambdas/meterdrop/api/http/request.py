"""A request: its path, query, headers and body, as a Lambda function gets it from API Gateway."""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import pairwise
from typing import Any, NoReturn
from urllib.parse import parse_qsl, quote, unquote

from meterdrop.api.schemas.errors import ApiError, ErrorCode, bad_parameter

_CUSTOMERS = "/v1/customers/"


def routable(path: str) -> str:
    """Return a path as the router can take it: a customer's id as one step, written with letters that it knows."""
    if not path.startswith(_CUSTOMERS):
        return path
    # Half a character, which no path that a gateway decodes has, becomes one that is in no id.
    return _CUSTOMERS + quote(path.removeprefix(_CUSTOMERS).replace("%25", "%"), safe="", errors="replace")


def id_in(step: str) -> str:
    """Return the id that `routable` wrote."""
    return unquote(step)


def form_fields(text: str) -> dict[str, Any]:
    """Read a form as Stripe does: `a[b]=c` is a field `b` within `a`, `a[]=c` an item of a list `a`.

    Raises ApiError 400 where a name is given twice or is two things at once.
    """
    fields: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        first, *inner = name.split("[")
        steps = [first, *(step.removesuffix("]") for step in inner)]
        place: Any = fields
        for step, following in pairwise(steps):
            place = _descend(place, step, [] if following == "" else {}, name)
        _put(place, steps[-1], value, name)
    return fields


def _descend(place: Any, step: str, empty: Any, name: str) -> Any:  # noqa: ANN401
    if not isinstance(place, dict):
        raise _bad_name(name)
    inner = place.setdefault(step, empty)
    if type(inner) is not type(empty):
        raise _bad_name(name)
    return inner


def _put(place: Any, step: str, value: str, name: str) -> None:  # noqa: ANN401
    if isinstance(place, list) and step == "":
        place.append(value)
    elif isinstance(place, dict) and step not in place:
        place[step] = value
    else:
        raise _bad_name(name)


def _bad_name(name: str) -> ApiError:
    return bad_parameter(name, f"Invalid parameter {name}: it is given twice, or as two different things.")


HttpEvent = Mapping[str, Any]
_DEEPEST = 10  # levels of nesting; no request needs more, and Python's own limit is an error of another kind
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
IDEMPOTENCY_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")
"""1 to 255 characters of ASCII: what fits a header as it is."""
EXPAND = re.compile(r"expand(\[\d*\])?")
"""How clients name the parameter that asks for more detail. Every answer holds all there is: it is left aside."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of a request before it is routed."""

    event: HttpEvent

    @property
    def method(self) -> str:
        """The method, in capitals."""
        method: str = self.event["requestContext"]["http"]["method"]
        return method.upper()

    @property
    def path(self) -> str:
        """The path, decoded."""
        path: str = self.event["rawPath"]
        return path

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, their names in lower case."""
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    @property
    def id(self) -> str:
        """The request's id, as the access log has it."""
        id_: str = self.event["requestContext"]["requestId"]
        return id_

    @property
    def idempotency_key(self) -> str | None:
        """The Idempotency-Key, None where none was sent. Raises ApiError 400 for one that cannot be."""
        key = self.headers.get("idempotency-key")
        if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
            raise bad_parameter(
                "Idempotency-Key",
                "The Idempotency-Key must have 1 to 255 characters, printable ones of ASCII; a random UUID serves.",
            )
        return key

    def routed(self) -> dict[str, Any]:
        """Return the event for the router: HEAD as GET, the body as JSON. Raises ApiError 400."""
        context = self.event["requestContext"]
        method = "GET" if self.method == "HEAD" else self.method
        event = {
            **self.event,
            "rawPath": routable(self.path),
            "headers": {**self.headers, "content-type": JSON},
            "requestContext": {**context, "http": {**context["http"], "method": method}},
        }
        if method != "GET":
            fields = self._fields()
            fields.pop("expand", None)
            if _is_deeper(fields, _DEEPEST):
                raise _bad_body(f"The body is nested more than {_DEEPEST} levels deep.")
            event |= {"body": json.dumps(fields), "isBase64Encoded": False}
        return event

    def _fields(self) -> dict[str, Any]:
        text = self._text()
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not text.strip():
            return {}
        if media_type == JSON or media_type.endswith("+json"):
            return _json_object(text)
        if media_type in (FORM, ""):
            return form_fields(text)
        raise _bad_body(f"The body is {media_type}; send {FORM} or {JSON}.")

    def _text(self) -> str:
        body: str = self.event.get("body") or ""
        if not self.event.get("isBase64Encoded"):
            return body
        try:
            return base64.b64decode(body).decode()
        except ValueError:
            raise _bad_body("The body is not UTF-8 text.") from None


def _json_object(text: str) -> dict[str, Any]:
    try:
        # A fraction stays the text that it was: as a float, 0.1 would be something else.
        fields = json.loads(text, parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise _bad_body("The body is not valid JSON.") from None
    if not isinstance(fields, dict):
        raise _bad_body("The body must be a JSON object.")
    return fields


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity are Python's, not JSON's.


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a name twice")
    return fields


def _is_deeper(value: Any, levels: int) -> bool:  # noqa: ANN401
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_deeper(part, levels - 1) for part in inner)


def _bad_body(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, ErrorCode.BODY_INVALID, message)


REQUEST_TOKEN_KEY = "request_token"  # noqa: S105 (the name of an entry)
"""Where the routes' context holds the token."""
TOKEN_PREFIX = "req_"  # noqa: S105 (no secret)
TOKEN_LENGTH = 26
"""Characters after the prefix: 130 bits, as many as an upload's id has."""


def request_token(caller: str, idempotency_key: str | None) -> str:
    """Return `req_` and 26 characters of a-z and 2-7: the same ones for the same key of the same caller, for ever.

    `caller` is the hash of an API key. Without an Idempotency-Key no request is the repeat of another.
    """
    if idempotency_key is None:
        digest = secrets.token_bytes(32)
    else:
        digest = hashlib.sha256(f"{caller}\0{idempotency_key}".encode()).digest()
    return TOKEN_PREFIX + base64.b32encode(digest).decode().lower()[:TOKEN_LENGTH]
