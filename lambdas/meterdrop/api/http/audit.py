"""The audit trail: one line for each write of an API key, with IDs and no content."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from meterdrop.api.http.auth import READ_METHODS, Caller
from meterdrop.api.http.request import Request, decode_id, route_path

AUDIT = "audit"
"""The entry of the routes' context for the fields that a route adds to the line, such as a number of events."""
_MADE_ID = re.compile(r"(upl|mtr|bp|cus)_[a-z2-7]{26}")
_PARAMETER = re.compile(r"<(\w+)>")
_MAX_TARGET = 1_024
"""The length of the longest target, the key of an object."""


def is_audited(request: Request, caller: Caller) -> bool:
    """Return whether a request is in the audit trail: all but reads, with a valid key.

    Anyone on the internet can send a request without a key. Such requests change nothing, and are in the access log.
    """
    return request.method not in READ_METHODS and caller.id != ""


def audit_line(  # noqa: PLR0913  what makes up a line
    request: Request,
    caller: Caller,
    response: Mapping[str, Any],
    *,
    route: str | None,
    further: Mapping[str, int],
    at: float,
) -> dict[str, Any]:
    """Return the line of a request that ended at `at` (epoch seconds). `route` is the pattern that its path matches."""
    body, status = _json(response), response["statusCode"]
    return {
        "time": datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "key_id": caller.id,
        "key_name": caller.name,
        "method": request.method,
        "route": None if route is None else shown_route(route),
        "target": _target(request, route, status, body),
        "status": status,
        "error_code": body["error"]["code"] if status >= HTTPStatus.BAD_REQUEST else None,
        "idempotent_replay": "Idempotent-Replayed" in response["headers"],
        "request_id": request.id,
        "ip": request.event["requestContext"]["http"].get("sourceIp"),
        **further,
    }


def shown_route(route: str) -> str:
    """Return a route's pattern as the OpenAPI document shows it."""
    return _PARAMETER.sub(r"{\1}", route)


def _target(request: Request, route: str | None, status: int, body: Mapping[str, Any]) -> str | None:
    """Return the ID of the thing that the request is about, or None.

    A refused request can contain anything in the place of an ID, even a key. So only IDs that Meterdrop makes count.
    """
    named = next(_parameters(request.path, route or ""), None)
    if status < HTTPStatus.BAD_REQUEST:
        return (named or _id_in(body))[:_MAX_TARGET] or None
    return named if named is not None and _MADE_ID.fullmatch(named) else None


def _parameters(path: str, route: str) -> Iterator[str]:
    """Yield the values of a path's parameters."""
    for step, part in zip(route.split("/"), route_path(path).split("/"), strict=False):
        if step[:1] == "<":
            yield decode_id(part)


def _id_in(body: Mapping[str, Any]) -> str:
    """Return the ID in a response: of the event that was created or cancelled, of an upload form, or of the object."""
    cancelled = body.get("cancel") or {}
    return str(cancelled.get("identifier") or body.get("identifier") or body.get("key") or body.get("id") or "")


def _json(response: Mapping[str, Any]) -> dict[str, Any]:
    is_json = response["headers"].get("Content-Type", "").startswith("application/json")
    body = json.loads(response["body"]) if is_json and response["body"] else {}
    return body if isinstance(body, dict) else {}
