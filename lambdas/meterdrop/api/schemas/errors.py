"""Errors of the API in Stripe's form, and how a refused request becomes one."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from meterdrop.domain.codes import RowCode


class ErrorCode(StrEnum):
    """What a caller's program may switch on."""

    # Stripe's own spelling.
    DUPLICATE_METER_EVENT = "duplicate_meter_event"
    IDEMPOTENCY_KEY_IN_USE = "idempotency_key_in_use"
    LOCK_TIMEOUT = "lock_timeout"
    METER_INACTIVE = "archived_meter"
    PARAMETER_EMPTY = "parameter_invalid_empty"
    PARAMETER_INTEGER = "parameter_invalid_integer"
    PARAMETER_MISSING = "parameter_missing"
    PARAMETER_UNKNOWN = "parameter_unknown"
    PARAMETERS_EXCLUSIVE = "parameters_exclusive"
    RESOURCE_ALREADY_EXISTS = "resource_already_exists"
    RESOURCE_MISSING = "resource_missing"
    SECRET_KEY_REQUIRED = "secret_key_required"  # noqa: S105
    # Where Stripe names no code.
    API_KEY_INVALID = "api_key_invalid"
    BODY_INVALID = "body_invalid"
    FILTER_TOO_BROAD = "filter_too_broad"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    INTERNAL_ERROR = "internal_error"
    METER_ACTIVE = "meter_active"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    PARAMETER_INVALID = "parameter_invalid"
    SUM_NOT_EXACT = "sum_not_exact"
    UPLOAD_FILE_GONE = "upload_file_gone"
    UPLOAD_FILE_UNREADABLE = "upload_file_unreadable"
    UPLOAD_UNEXPECTED_STATE = "upload_unexpected_state"
    USAGE_CHANGING = "usage_changing"


class ErrorType(StrEnum):
    """Whose fault it was: the request's, its Idempotency-Key's, or ours."""

    INVALID_REQUEST = "invalid_request_error"
    IDEMPOTENCY = "idempotency_error"
    API = "api_error"


_OF_THE_KEY = frozenset({ErrorCode.IDEMPOTENCY_KEY_IN_USE, ErrorCode.IDEMPOTENCY_KEY_REUSED})


class ApiError(Exception):
    """An answer that is an error: its status, code and message, and the parameter at fault where there is one."""

    def __init__(
        self,
        status: HTTPStatus,
        code: ErrorCode | RowCode,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Say what is wrong and what to do, to the person who reads it."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, dict[str, str | None]]:
        """The error as the API shows it."""
        return {
            "error": {"type": self._type.value, "code": self.code.value, "message": self.message, "param": self.param}
        }

    @property
    def _type(self) -> ErrorType:
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ErrorType.API
        return ErrorType.IDEMPOTENCY if self.code in _OF_THE_KEY else ErrorType.INVALID_REQUEST


def bad_parameter(param: str, message: str, code: ErrorCode | RowCode = ErrorCode.PARAMETER_INVALID) -> ApiError:
    """Return the 400 for one parameter."""
    return ApiError(HTTPStatus.BAD_REQUEST, code, message, param=param)


def missing(message: str, *, param: str | None = "id") -> ApiError:
    """Return the 404 that says what is not there."""
    return ApiError(HTTPStatus.NOT_FOUND, ErrorCode.RESOURCE_MISSING, message, param=param)


def key_reused() -> ApiError:
    """Return the 400 for an Idempotency-Key that has named another request before."""
    return ApiError(
        HTTPStatus.BAD_REQUEST,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        "This Idempotency-Key was used before, with another path or other parameters. To repeat that request send "
        "exactly the same again; for a new request use a new key.",
    )


_CODES = {
    "missing": ErrorCode.PARAMETER_MISSING,
    "extra_forbidden": ErrorCode.PARAMETER_UNKNOWN,
    "string_too_short": ErrorCode.PARAMETER_EMPTY,
    "int_type": ErrorCode.PARAMETER_INTEGER,
    "int_parsing": ErrorCode.PARAMETER_INTEGER,
}
_MESSAGES = {
    "missing": "Missing required parameter: {param}.",
    "extra_forbidden": "Unknown parameter: {param}.",
}


class InvalidResponseError(Exception):
    """A route answered with what its model does not allow; the message names fields, never their content."""


def as_api_error(error: RequestValidationError) -> ApiError:
    """Return the 400 for the first fault. Raises WrongAnswerError where it is our answer that is at fault."""
    faults: Sequence[Mapping[str, Any]] = error.errors()
    first = faults[0]
    where, *path = first["loc"]
    param = _param(path)
    if where == "response":
        raise InvalidResponseError(f"{first['type']} at {param}") from None
    kind = first["type"]
    message = _MESSAGES.get(kind, "Invalid {param}: {reason}.").format(param=param, reason=_reason(first["msg"]))
    return ApiError(HTTPStatus.BAD_REQUEST, _CODES.get(kind, ErrorCode.PARAMETER_INVALID), message, param=param)


def _param(path: Sequence[str | int]) -> str:
    """Write a path as forms do: `a[b]`."""
    first, *inner = path or ["body"]
    return str(first) + "".join(f"[{step}]" for step in inner)


def _reason(message: str) -> str:
    reason = message.removeprefix("Value error, ")
    return reason[:1].lower() + reason[1:]
