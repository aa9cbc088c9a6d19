"""Who may do what: every request passes here before anything else looks at it."""

import base64
import binascii
from dataclasses import dataclass
from http import HTTPStatus

from meterdrop.adapters.catalog.api_keys import Role, key_hash
from meterdrop.api.http import dependencies
from meterdrop.api.http.request import Request
from meterdrop.api.schemas.errors import ApiError, ErrorCode

READING = frozenset({"GET", "HEAD"})
ROLE = "role"
"""Where the routes' context holds the role of the key."""
OPEN_PATHS = frozenset({"/", "/health"})
ASSETS = "/assets/"
"""What may be read without a key, the second with all below it: the page, which holds no data, and whether the API is
up. Everything else is denied, paths that do not exist too."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the hash of the API key, and what it may do; empty and None where no key is needed."""

    key_hash: str
    role: Role | None


def admit(request: Request) -> Caller:
    """Return who is calling; raises ApiError 401 or 403. The key is not kept or shown."""
    if request.method in READING and (request.path in OPEN_PATHS or request.path.startswith(ASSETS)):
        return Caller("", None)
    key = _key(request.headers.get("authorization", ""))
    role = dependencies.api_keys().find_role(key)
    if role is None:
        raise ApiError(
            HTTPStatus.UNAUTHORIZED,
            ErrorCode.API_KEY_INVALID,
            "No valid API key was given. Send one as 'Authorization: Bearer sk_…'; `make key` makes one.",
            headers={"WWW-Authenticate": 'Bearer realm="Meterdrop"'},
        )
    if role is not Role.ADMIN and request.method not in READING:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            ErrorCode.SECRET_KEY_REQUIRED,
            "This key may only read. Use a secret key (sk_…) for this request.",
        )
    return Caller(key_hash(key), role)


def _key(authorization: str) -> str:
    scheme, _, credentials = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return credentials.strip()
    if scheme.lower() == "basic":  # As Stripe takes it: the key is the user name, the password is empty.
        try:
            return base64.b64decode(credentials, validate=True).decode("ascii").partition(":")[0]
        except (binascii.Error, ValueError):
            return ""
    return ""
