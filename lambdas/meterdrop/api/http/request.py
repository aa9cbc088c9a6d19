"""An HTTP request, as API Gateway passes it to the function: path, headers, body and Idempotency-Key."""

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

from meterdrop.api.schemas.errors import ApiError, ErrorCode, bad_parameter, shown_name

_CUSTOMERS = "/v1/customers/"
_MAX_NESTING = 10  # levels; no request needs more, and Python's own limit raises another error
_MAX_FORM_FIELDS = 10_000  # each needs many times its own size


def is_v2(path: str) -> bool:
    """Return whether a path belongs to version 2 of Stripe's API: its bodies are JSON, and its errors have no param."""
    return path.startswith("/v2/")


def route_path(path: str) -> str:
    """Return a path for the router: a customer's ID is one step, percent-encoded."""
    if not path.startswith(_CUSTOMERS):
        return path
    # A lone surrogate, which no path of API Gateway has, becomes a character that is in no ID.
    return _CUSTOMERS + quote(path.removeprefix(_CUSTOMERS).replace("%25", "%"), safe="", errors="replace")


def decode_id(step: str) -> str:
    """Return the ID that `route_path` encoded."""
    return unquote(step)


def form_fields(text: str) -> dict[str, Any]:
    """Parse a form as Stripe does: `a[b]=c` is a field `b` within `a`, `a[]=c` an item of a list `a`.

    Raises ApiError 400 if a name appears twice, has two types, or has too many levels. No text needs much more memory
    than its own size.
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FORM_FIELDS)
    except ValueError:
        raise _body_error(
            f"Invalid body: it has more than {_MAX_FORM_FIELDS:,} parameters. Send fewer, or send JSON."
        ) from None
    fields: dict[str, Any] = {}
    for name, value in pairs:
        first, *inner = name.split("[", _MAX_NESTING)
        if len(inner) == _MAX_NESTING:
            raise _nesting_error()
        steps = [first, *(step.removesuffix("]") for step in inner)]
        parent: Any = fields
        for step, following in pairwise(steps):
            parent = _child(parent, step, [] if following == "" else {}, name)
        _set_field(parent, steps[-1], value, name)
    return fields


def _child(parent: Any, step: str, empty: Any, name: str) -> Any:  # noqa: ANN401
    if not isinstance(parent, dict):
        raise _name_error(name)
    child = parent.setdefault(step, empty)
    if type(child) is not type(empty):
        raise _name_error(name)
    return child


def _set_field(parent: Any, step: str, value: str, name: str) -> None:  # noqa: ANN401
    if isinstance(parent, list) and step == "":
        parent.append(value)
    elif isinstance(parent, dict) and step not in parent:
        parent[step] = value
    else:
        raise _name_error(name)


def _name_error(name: str) -> ApiError:
    shown = shown_name(name)
    return bad_parameter(
        shown, f"Invalid {shown}: the name appears twice, or with two types. Send each parameter once."
    )


HttpEvent = Mapping[str, Any]
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
CSV = "text/csv"
IDEMPOTENCY_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")
"""1 to 255 printable ASCII characters, which need no encoding in a header."""
EXPAND = re.compile(r"expand(\[\d*\])?")
"""The parameter by which Stripe's clients request more detail. It is ignored: every response has all fields."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request before the router parses it."""

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
    def route(self) -> tuple[str, str]:
        """Method and path for the router. HEAD is GET, and a customer's ID is one step of the path."""
        return "GET" if self.method == "HEAD" else self.method, route_path(self.path)

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, their names in lower case."""
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    @property
    def id(self) -> str:
        """The request's ID, as the access log has it."""
        id_: str = self.event["requestContext"]["requestId"]
        return id_

    @property
    def idempotency_key(self) -> str | None:
        """The Idempotency-Key, or None. Raises ApiError 400 for an invalid one."""
        key = self.headers.get("idempotency-key")
        if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
            raise bad_parameter(
                "Idempotency-Key",
                "Invalid Idempotency-Key: must have 1 to 255 printable ASCII characters. For example, use a UUID.",
            )
        return key

    def router_event(self) -> dict[str, Any]:
        """Return the event for the router: HEAD as GET, the body as JSON. Raises ApiError 400."""
        context = self.event["requestContext"]
        method, path = self.route
        event = {
            **self.event,
            "rawPath": path,
            "headers": {**self.headers, "content-type": JSON},
            "requestContext": {**context, "http": {**context["http"], "method": method}},
        }
        if method != "GET":
            fields = self._fields()
            fields.pop("expand", None)
            if _is_nested_deeper(fields, _MAX_NESTING):
                raise _nesting_error()
            event |= {"body": json.dumps(fields), "isBase64Encoded": False}
        return event

    def _fields(self) -> dict[str, Any]:
        text = self._text()
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not text.strip():
            return {}
        if media_type == JSON or media_type.endswith("+json"):
            return _json_object(text)
        if is_v2(self.path):
            raise _body_error(f"Unsupported Content-Type: {media_type}. Send {JSON}.")
        if media_type in (FORM, ""):
            return form_fields(text)
        raise _body_error(f"Unsupported Content-Type: {media_type}. Send {FORM} or {JSON}.")

    def _text(self) -> str:
        body: str = self.event.get("body") or ""
        if not self.event.get("isBase64Encoded"):
            return body
        try:
            return base64.b64decode(body).decode()
        except ValueError:
            raise _body_error("Invalid body: it isn't UTF-8 text. Encode the body in UTF-8.") from None


def _json_object(text: str) -> dict[str, Any]:
    try:
        # A fraction stays text: the float 0.1 is another number.
        fields = json.loads(text, parse_float=str, parse_constant=_reject_constant, object_pairs_hook=_unique_names)
    except (ValueError, RecursionError):
        raise _body_error(
            "Invalid body: it isn't valid JSON, or a name appears twice. Correct the JSON, or send a form."
        ) from None
    if not isinstance(fields, dict):
        raise _body_error("Invalid body: must be a JSON object. Put the parameters in one object.")
    return fields


def _reject_constant(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity are Python's, not JSON's.


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("duplicate name")
    return fields


def _is_nested_deeper(value: Any, levels: int) -> bool:  # noqa: ANN401
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_is_nested_deeper(child, levels - 1) for child in children)


def _nesting_error() -> ApiError:
    return _body_error(f"Invalid body: it has more than {_MAX_NESTING} levels of nesting. Send fewer levels.")


def _body_error(message: str) -> ApiError:
    return ApiError(HTTPStatus.BAD_REQUEST, ErrorCode.BODY_INVALID, message)


REQUEST_TOKEN_KEY = "request_token"  # noqa: S105 (the name of an entry)
"""The entry of the routes' context that holds the request token."""
TOKEN_PREFIX = "req_"  # noqa: S105 (no secret)
TOKEN_LENGTH = 26
"""Characters after the prefix: 130 bits, as in an upload's ID."""


def request_token(caller: str, idempotency_key: str | None) -> str:
    """Return `req_` and 26 characters of a-z and 2-7, permanently the same for the same key of the same caller.

    `caller` is the ID of an API key. Without an Idempotency-Key every request has a new token.
    """
    if idempotency_key is None:
        digest = secrets.token_bytes(32)
    else:
        digest = hashlib.sha256(f"{caller}\0{idempotency_key}".encode()).digest()
    return TOKEN_PREFIX + base64.b32encode(digest).decode().lower()[:TOKEN_LENGTH]
