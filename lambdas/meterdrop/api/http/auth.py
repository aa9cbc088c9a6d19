"""API keys: the check that every request passes first."""

import base64
import binascii
from dataclasses import dataclass
from http import HTTPStatus

from meterdrop.adapters.catalog.api_keys import Role, key_hash
from meterdrop.api.http import dependencies
from meterdrop.api.http.request import Request
from meterdrop.api.schemas.errors import ApiError, ErrorCode

READ_METHODS = frozenset({"GET", "HEAD"})
ROLE = "role"
"""The entry of the routes' context that holds the key's role."""
OPEN_PATHS = frozenset({"/", "/health"})
ASSETS_PREFIX = "/assets/"
"""Like OPEN_PATHS, these paths need no key: the page, which holds no data, and the health check. All other requests
need a key, including requests to paths that don't exist."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller's API key: its hash and its role; empty and None for a request that needs no key."""

    key_hash: str
    role: Role | None


def authorize(request: Request) -> Caller:
    """Return the caller; raises ApiError 401 or 403. Neither stores nor logs the key."""
    if request.method in READ_METHODS and (request.path in OPEN_PATHS or request.path.startswith(ASSETS_PREFIX)):
        return Caller("", None)
    key = _key(request.headers.get("authorization", ""))
    role = dependencies.api_keys().find_role(key)
    if role is None:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            ErrorCode.API_KEY_INVALID,
            "The request has no valid API key. Send the header 'Authorization: Bearer sk_…'. To create a key, run "
            "`make key`.",
            headers={"WWW-Authenticate": 'Bearer realm="Meterdrop"'},
        )
    if role is not Role.ADMIN and request.method not in READ_METHODS:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            ErrorCode.SECRET_KEY_REQUIRED,
            "This key can only read. Use a secret key (sk_…) for this request.",
        )
    return Caller(key_hash(key), role)


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
