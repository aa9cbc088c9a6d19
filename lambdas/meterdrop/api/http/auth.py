"""API keys and tokens of sessions: the check that every request passes first."""

import base64
import binascii
import time
from dataclasses import dataclass
from http import HTTPStatus

from meterdrop.adapters.catalog.api_keys import Role, is_session_token, key_hash
from meterdrop.api.http import dependencies
from meterdrop.api.http.request import Request
from meterdrop.api.schemas.errors import ApiError, ErrorCode

READ_METHODS = frozenset({"GET", "HEAD"})
CALLER = "caller"
"""The entry of the routes' context that holds the caller."""
SESSION_PATH = "/v2/billing/meter_event_session"
STREAM_PATH = "/v2/billing/meter_event_stream"
"""The only path whose requests need a session's token, and whose POST accepts no API key."""
OPEN_PATHS = frozenset({"/", "/health"})
ASSETS_PREFIX = "/assets/"
"""Like OPEN_PATHS, these paths need no key: the page, which holds no data, and the health check. All other requests
need a key, including requests to paths that don't exist."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller's API key: its hash, role, ID and name; empty and None for a request that needs no key."""

    key_hash: str = ""
    role: Role | None = None
    id: str = ""
    name: str | None = None


NO_KEY = Caller()
"""The caller of a request that needs no key, or has none."""


def authenticate(request: Request) -> Caller:
    """Return the caller; raises ApiError 401. Neither stores nor logs the key."""
    if request.method in READ_METHODS and (request.path in OPEN_PATHS or request.path.startswith(ASSETS_PREFIX)):
        return NO_KEY
    key = _key(request.headers.get("authorization", ""))
    if (request.method, request.path) == ("POST", STREAM_PATH):
        return _authenticate_session(key)
    found = dependencies.api_keys().find(key)
    if found is None:
        raise _unauthorized(
            "The request has no valid API key. Send the header 'Authorization: Bearer sk_…'. To create a key, run "
            "`make key`."
        )
    return Caller(key_hash(key), found.role, found.id, found.name)


def check_permission(caller: Caller, request: Request) -> None:
    """Check that the caller's key allows the request; raises ApiError 403."""
    if caller.role is not Role.ADMIN and request.method not in READ_METHODS:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            ErrorCode.SECRET_KEY_REQUIRED,
            "This key can only read. Use a secret key (sk_…) for this request.",
        )


def _authenticate_session(token: str) -> Caller:
    """Return the caller whose API key created the session, if that key is still valid."""
    if not is_session_token(token):
        raise _unauthorized(
            "This path needs the authentication_token of a session, not an API key. To create a session, send POST "
            "/v2/billing/meter_event_session with a secret key (sk_…)."
        )
    hash_ = dependencies.sessions().find_key(token, int(time.time()))
    found = None if hash_ is None else dependencies.api_keys().find_by_hash(hash_)
    if hash_ is None or found is None or found.role is not Role.ADMIN:
        raise _unauthorized(
            "The session has expired, or its API key was revoked. Create a new session: POST "
            "/v2/billing/meter_event_session.",
            ErrorCode.SESSION_EXPIRED,
        )
    return Caller(hash_, found.role, found.id, found.name)


def _unauthorized(message: str, code: ErrorCode = ErrorCode.API_KEY_INVALID) -> ApiError:
    headers = {"WWW-Authenticate": 'Bearer realm="Meterdrop"'}
    return ApiError(HTTPStatus.UNAUTHORIZED, code, message, headers=headers)


def _key(authorization: str) -> str:
    scheme, _, credentials = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":  # As Stripe accepts it: the key is the user name, the password is empty.
        try:
            return base64.b64decode(credentials, validate=True).decode("ascii").partition(":")[0]
        except (binascii.Error, ValueError):
            return ""
    return ""
