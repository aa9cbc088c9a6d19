"""What goes wrong between a caller and the API, in Stripe's words and shape."""

from collections.abc import Mapping
from enum import StrEnum
from http import HTTPStatus


class ErrorCode(StrEnum):
    """What a caller's program may switch on."""

    # Stripe's own spelling.
    METER_INACTIVE = "archived_meter"
    PARAMETER_EMPTY = "parameter_invalid_empty"
    PARAMETER_INTEGER = "parameter_invalid_integer"
    PARAMETER_MISSING = "parameter_missing"
    PARAMETER_UNKNOWN = "parameter_unknown"
    PARAMETERS_EXCLUSIVE = "parameters_exclusive"
    RESOURCE_MISSING = "resource_missing"
    SECRET_KEY_REQUIRED = "secret_key_required"  # noqa: S105
    # Where Stripe names no code.
    API_KEY_INVALID = "api_key_invalid"
    BODY_INVALID = "body_invalid"
    FILTER_TOO_BROAD = "filter_too_broad"
    INTERNAL_ERROR = "internal_error"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    PARAMETER_INVALID = "parameter_invalid"


class ErrorType(StrEnum):
    """Whose fault it was: the request's, or ours."""

    INVALID_REQUEST = "invalid_request_error"
    API = "api_error"


class ApiError(Exception):
    """An answer that is an error: its status, code and message, and the parameter at fault where there is one."""

    def __init__(
        self,
        status: HTTPStatus,
        code: ErrorCode,
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
        fault = ErrorType.API if self.status >= HTTPStatus.INTERNAL_SERVER_ERROR else ErrorType.INVALID_REQUEST
        return {"error": {"type": fault.value, "code": self.code.value, "message": self.message, "param": self.param}}


def bad_parameter(param: str, message: str, code: ErrorCode = ErrorCode.PARAMETER_INVALID) -> ApiError:
    """Return the 400 for one parameter."""
    return ApiError(HTTPStatus.BAD_REQUEST, code, message, param=param)


def missing(message: str, *, param: str | None = "id") -> ApiError:
    """Return the 404 that says what is not there."""
    return ApiError(HTTPStatus.NOT_FOUND, ErrorCode.RESOURCE_MISSING, message, param=param)
