"""What Powertools and pydantic find wrong with a request, as Stripe would say it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from meterdrop.api.errors import ApiError, ErrorCode

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


class WrongAnswerError(Exception):
    """A route answered with what its model does not allow; the message names fields, never their content."""


def as_api_error(error: RequestValidationError) -> ApiError:
    """Return the 400 for the first fault. Raises WrongAnswerError where it is our answer that is at fault."""
    faults: Sequence[Mapping[str, Any]] = error.errors()
    first = faults[0]
    where, *path = first["loc"]
    param = _param(path)
    if where == "response":
        raise WrongAnswerError(f"{first['type']} at {param}") from None
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
