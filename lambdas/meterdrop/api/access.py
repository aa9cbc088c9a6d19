"""Who may do what: every request passes here before anything else looks at it."""

import base64
import binascii
from http import HTTPStatus

from meterdrop.adapters.api_keys import Role, key_hash
from meterdrop.api import stores
from meterdrop.api.errors import ApiError, ErrorCode
from meterdrop.api.request import Request

READING = frozenset({"GET", "HEAD"})
OPEN_PATHS = frozenset({"/", "/health"})
"""What may be read without a key; everything else is denied, paths that do not exist too."""


def admit(request: Request) -> str:
    """Return who is calling, by the hash of the API key; raises ApiError 401 or 403. The key is not kept or shown.

    The hash is empty for what needs no key.
    """
    if request.method in READING and request.path in OPEN_PATHS:
        return ""
    key = _key(request.headers.get("authorization", ""))
    role = stores.api_keys().find_role(key)
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
    return key_hash(key)


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
