"""Errors of the API in Stripe's shape."""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from meterdrop.domain.codes import RowCode
from meterdrop.domain.files.cells import excerpt


class ErrorCode(StrEnum):
    """The error codes of the API, for programs."""

    # Stripe's own spelling.
    API_KEY_EXPIRED = "api_key_expired"
    SESSION_EXPIRED = "billing_meter_event_session_expired"
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
    # Where Stripe names no code.
    API_KEY_INVALID = "api_key_invalid"
    BODY_INVALID = "body_invalid"
    FILTER_TOO_BROAD = "filter_too_broad"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    INTERNAL_ERROR = "internal_error"
    METER_ACTIVE = "meter_active"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    ORIGIN_REFUSED = "origin_refused"
    PARAMETER_INVALID = "parameter_invalid"
    PERMISSION_MISSING = "permission_missing"
    PERIOD_NOT_ENDED = "period_not_ended"
    SUM_NOT_EXACT = "sum_not_exact"
    UPLOAD_FILE_GONE = "upload_file_gone"
    UPLOAD_FILE_UNREADABLE = "upload_file_unreadable"
    UPLOAD_UNEXPECTED_STATE = "upload_unexpected_state"
    USAGE_CHANGING = "usage_changing"


class V2Code(StrEnum):
    """Codes of version 2 of Stripe's API that have another spelling than in version 1."""

    NO_CUSTOMER_DEFINED = "payload_no_customer_defined"
    VALUE_NOT_FOUND = "payload_no_value_defined"
    INVALID_VALUE = "payload_invalid_value"


class ErrorType(StrEnum):
    """The cause of an error: the request, its Idempotency-Key, its session, or Meterdrop."""

    INVALID_REQUEST = "invalid_request_error"
    IDEMPOTENCY = "idempotency_error"
    SESSION = "temporary_session_expired"
    API = "api_error"


_IDEMPOTENCY_CODES = frozenset({ErrorCode.IDEMPOTENCY_KEY_IN_USE, ErrorCode.IDEMPOTENCY_KEY_REUSED})


_SHOWN_NAME = 100  # characters
_V2_CODES: Mapping[str, V2Code] = {RowCode[code.name]: code for code in V2Code}


class ApiError(Exception):
    """An error response: status, code, message, and the parameter that caused the error, or None."""

    def __init__(
        self,
        status: HTTPStatus,
        code: ErrorCode | RowCode,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Create an error; `message` says what is wrong, what is expected and what to do."""
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.headers = headers or {}

    @property
    def body(self) -> dict[str, dict[str, str]]:
        """The JSON body of the response. Like Stripe's, it has no `param` if no parameter caused the error."""
        error = {"type": self._type.value, "code": self.code.value, "message": self.message}
        return {"error": error if self.param is None else {**error, "param": self.param}}

    @property
    def v2_body(self) -> dict[str, dict[str, str]]:
        """The JSON body of the response, for version 2 of Stripe's API."""
        code = _V2_CODES.get(self.code, self.code)
        return {"error": {"type": self._type.value, "code": code, "message": self.message}}

    @property
    def _type(self) -> ErrorType:
        if self.code == ErrorCode.SESSION_EXPIRED:
            return ErrorType.SESSION
        if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ErrorType.API
        return ErrorType.IDEMPOTENCY if self.code in _IDEMPOTENCY_CODES else ErrorType.INVALID_REQUEST


def shown_name(name: str) -> str:
    """Return the name of a parameter for an error. The caller chose it, so a long one is cut."""
    return name if len(name) <= _SHOWN_NAME else name[:_SHOWN_NAME] + "..."


def bad_parameter(param: str, message: str, code: ErrorCode | RowCode = ErrorCode.PARAMETER_INVALID) -> ApiError:
    """Return the 400 for an invalid parameter."""
    return ApiError(HTTPStatus.BAD_REQUEST, code, message, param=param)


def resource_missing(message: str, *, param: str | None = "id") -> ApiError:
    """Return the 404 for a resource that doesn't exist."""
    return ApiError(HTTPStatus.NOT_FOUND, ErrorCode.RESOURCE_MISSING, message, param=param)


def idempotency_key_reused() -> ApiError:
    """Return the 400 for an Idempotency-Key of another request."""
    return ApiError(
        HTTPStatus.BAD_REQUEST,
        ErrorCode.IDEMPOTENCY_KEY_REUSED,
        "This Idempotency-Key was used for a request with another path or other parameters. To repeat that request, "
        "send the same path and parameters. For a new request, use a new key.",
    )


_CODES = {
    "missing": ErrorCode.PARAMETER_MISSING,
    "extra_forbidden": ErrorCode.PARAMETER_UNKNOWN,
    "string_too_short": ErrorCode.PARAMETER_EMPTY,
    "int_type": ErrorCode.PARAMETER_INTEGER,
    "int_parsing": ErrorCode.PARAMETER_INTEGER,
}
# "Input should be", "String should have", "Dictionary should have": pydantic's subject is the parameter.
_SUBJECT = re.compile(r"^\w+ should ")
CHECK_NAME = "Check the spelling, or remove the parameter."
_MESSAGES = {
    "missing": "Missing required parameter: {param}. Send a value for it.",
    "extra_forbidden": "Unknown parameter: {param}. " + CHECK_NAME,
    "dict_type": "Invalid {param}: must be an object. Send {param}[key]=value, or a JSON object.",
    "string_type": "Invalid {param}: must be text.",
    "string_pattern_mismatch": "Invalid {param}: must be an upload's ID, which has upl_ and 26 characters.",
}


class InvalidResponseError(Exception):
    """A response that doesn't fit its route's model; the message names fields, never their content."""


def as_api_error(error: RequestValidationError) -> ApiError:
    """Return the 400 for the first invalid parameter. Raises InvalidResponseError for an invalid response."""
    first: Mapping[str, Any] = error.errors()[0]
    source, *path = first["loc"]
    param = _param(path)
    if source == "response":
        raise InvalidResponseError(f"{first['type']} at {param}") from None
    kind = first["type"]
    message = _MESSAGES.get(kind, "Invalid {param}: {reason}").format(param=param, reason=_reason(first))
    return ApiError(HTTPStatus.BAD_REQUEST, _CODES.get(kind, ErrorCode.PARAMETER_INVALID), message, param=param)


def _param(path: Sequence[str | int]) -> str:
    """Write a path as in a form: `a[b]`."""
    first, *inner = path or ["body"]
    return shown_name(str(first) + "".join(f"[{step}]" for step in inner))


def _reason(error: Mapping[str, Any]) -> str:
    """Return pydantic's message in the API's words, with the beginning of an invalid text."""
    reason = _SUBJECT.sub("must ", error["msg"].removeprefix("Value error, ").partition(" after validation")[0])
    received = f" Received {excerpt(error['input'])}." if isinstance(error["input"], str) else ""
    return f"{reason[:1].lower()}{reason[1:].removesuffix('.')}.{received}"
