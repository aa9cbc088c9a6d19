"""API keys and tokens of sessions: the check that every request passes first, and the permissions of each route."""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from meterdrop.adapters.access.sessions import is_session_token
from meterdrop.api.http import dependencies
from meterdrop.api.http.request import Request
from meterdrop.api.schemas.errors import ApiError, ErrorCode
from meterdrop.domain.access.api_key import ApiKey
from meterdrop.domain.access.permissions import Permission, Resource

logger = Logger()
READ_METHODS = frozenset({"GET", "HEAD"})
CALLER = "caller"
"""The entry of the routes' context that holds the caller."""
SESSION_PATH = "/v2/billing/meter_event_session"
STREAM_PATH = "/v2/billing/meter_event_stream"
"""The only path whose requests need a session's token, and whose POST accepts no API key."""


class Needs(Enum):
    """The needs of a route, other than a permission."""

    NO_KEY = "no key"
    ANY_KEY = "any key"
    ADMIN_KEY = "an admin key"


Access = Permission | Needs
"""The need of a route."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The sender of a request: its API key, None for a request that needs no key."""

    key: ApiKey | None

    @property
    def id(self) -> str:
        """The ID of the API key, empty without a key."""
        return self.key.id if self.key else ""

    @property
    def name(self) -> str | None:
        """The name of the API key, None without one."""
        return (self.key.name or None) if self.key else None

    def require(self, needed: Permission) -> None:
        """Raise ApiError 403 if the caller lacks a permission."""
        if self.key is None or not self.key.allows(needed):
            raise _forbidden(f"the permission {needed}", f"ROLE={needed}")

    @property
    def has_prefix(self) -> bool:
        """Whether a prefix limits the caller."""
        return self.key is not None and self.key.prefix is not None

    @property
    def sees_all(self) -> bool:
        """Whether all uploads exist for the caller."""
        return self.key is not None and self.key.sees_all

    @property
    def scope(self) -> Callable[[str], bool] | None:
        """A function that tells whether uploads with an object key exist for the caller, None if all do."""
        return None if self.sees_all else self.sees

    def sees(self, object_key: str) -> bool:
        """Return whether uploads with an object key exist for the caller."""
        return self.key is not None and self.key.sees(object_key)

    def limited(self, input_prefix: str) -> str:
        """Return the prefix of the caller's new files under an input prefix."""
        return input_prefix if self.key is None else self.key.limited(input_prefix)


NOBODY = Caller(None)
"""The caller of a request that needs no key, or has none."""


def authenticate(request: Request, access: Access | None, now: int) -> Caller:
    """Return the caller at `now` (epoch seconds). Raises ApiError 401. Neither stores nor logs the key.

    `access` is what the route needs, None if no route accepts the request. Such a request needs any key, so that
    without one it tells nothing.
    """
    if access is Needs.NO_KEY:
        return NOBODY
    text = _key(request.headers.get("authorization", ""))
    is_stream = (request.method, request.path) == ("POST", STREAM_PATH)
    key = _find_session_key(text, now) if is_stream else _find_key(text, now)
    _note_use(key, now)
    return Caller(key)


def check_access(caller: Caller, access: Access | None) -> None:
    """Check that the caller has what the route needs. Raises ApiError 403."""
    if access is Needs.ADMIN_KEY and not (caller.key and caller.key.is_admin):
        raise _forbidden("the permissions of an admin key", "ROLE=admin")
    if isinstance(access, Permission):
        caller.require(access)


def _find_key(text: str, now: int) -> ApiKey:
    key = dependencies.api_keys().find(text)
    if key is None:
        raise _unauthorized(
            "The request has no valid API key. Send the header 'Authorization: Bearer sk_…'. To create a key, run "
            "`make key`."
        )
    if key.is_expired(now):
        raise _unauthorized(
            f"The API key {key.id} has expired. To create another key, run `make key`.", ErrorCode.API_KEY_EXPIRED
        )
    return key


def _find_session_key(token: str, now: int) -> ApiKey:
    """Return the API key that created the session, if that key is still valid."""
    if not is_session_token(token):
        raise _unauthorized(
            "This path needs the authentication_token of a session, not an API key. To create a session, send POST "
            f"{SESSION_PATH} with a key that has the permission {Resource.METER_EVENTS.write}."
        )
    key_id = dependencies.sessions().find_key(token, now)
    key = None if key_id is None else dependencies.api_keys().get(key_id)
    if key is None or key.is_expired(now):
        raise _unauthorized(
            f"The session has expired, or its API key is no longer valid. Create a new session: POST {SESSION_PATH}.",
            ErrorCode.SESSION_EXPIRED,
        )
    return key


def _note_use(key: ApiKey, now: int) -> None:
    """Store the use of a key. If that fails, the request goes on."""
    try:
        dependencies.key_uses().note(key.id, now)
    except (ClientError, BotoCoreError) as error:
        logger.warning("last use of an API key not stored", key=key.id, reason=str(error))


def _forbidden(lacking: str, role: str) -> ApiError:
    return ApiError(
        HTTPStatus.FORBIDDEN,
        ErrorCode.PERMISSION_MISSING,
        f"This API key doesn't have {lacking}. Use another key. To create one, run `make key {role}`.",
    )


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
