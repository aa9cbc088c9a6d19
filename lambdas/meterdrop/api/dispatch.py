"""From a request to an answer, whatever happens on the way: the one place that answers errors."""

import json
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError

from meterdrop.api.app import app, methods_at
from meterdrop.api.http.auth import READING, ROLE, Caller, admit
from meterdrop.api.http.request import REQUEST_TOKEN_KEY, HttpEvent, Request, request_token
from meterdrop.api.http.static_files import is_of_page, serve_page
from meterdrop.api.schemas.errors import ApiError, ErrorCode, InvalidResponseError, as_api_error

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
_ALWAYS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
# Errors whose words are AWS's or our own: they name operations and roles, never a key or what is in a file.
_TELLABLE = (ClientError, BotoCoreError, InvalidResponseError)

LambdaResponse = dict[str, Any]


def dispatch(event: HttpEvent, context: "LambdaContext") -> LambdaResponse:
    """Answer one HTTP API event (payload 2.0)."""
    request = Request(event)
    given = _settle(request, context)
    given["headers"] = _ALWAYS | given["headers"] | {"Request-Id": request.id}
    if "idempotency-key" in request.headers:
        given["headers"]["Idempotency-Key"] = request.headers["idempotency-key"]
    if request.method == "HEAD":
        given |= {"body": "", "isBase64Encoded": False}
    given["body"] = given["body"] or ""
    return given


def _settle(request: Request, context: "LambdaContext") -> LambdaResponse:
    try:
        caller = admit(request)
        return serve_page(request) if is_of_page(request) else _route(request, caller, context)
    except ApiError as error:
        return _error(error, request)
    except Exception as error:  # noqa: BLE001  the outermost border: told to the log and as a 500, never swallowed
        _log(request, error)
        return _error(
            ApiError(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                ErrorCode.INTERNAL_ERROR,
                f"Something broke on our side. Try again; if it stays, look for request {request.id} in the log.",
            ),
            request,
        )


def _route(request: Request, caller: Caller, context: "LambdaContext") -> LambdaResponse:
    event = request.routed()

    def resolve() -> LambdaResponse:
        app.append_context(**{REQUEST_TOKEN_KEY: request_token(caller.key_hash, key), ROLE: caller.role})  # type: ignore[no-untyped-call]
        try:
            return app.resolve(event, context)
        except RequestValidationError as error:
            raise as_api_error(error) from None

    # A key is left aside where nothing can be written.
    is_write = request.method not in READING and request.method in methods_at(event["rawPath"])
    key = request.idempotency_key if is_write else None
    if key is None:
        return resolve()
    from meterdrop.api.http.idempotency import Named, once  # noqa: PLC0415  costs every start, and only such writes use it

    return once(resolve, Named.of(event, caller.key_hash, key), context)


def _error(error: ApiError, request: Request) -> LambdaResponse:
    return {
        "statusCode": error.status.value,
        "headers": {
            "Content-Type": "application/json",
            "Stripe-Should-Retry": str(_may_be_repeated(error, request)).lower(),
            **error.headers,
        },
        "body": json.dumps(error.body),
        "isBase64Encoded": False,
    }


def _may_be_repeated(error: ApiError, request: Request) -> bool:
    """Say whether the same request again may succeed, and cannot do twice what this one may have done."""
    if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return error.status is HTTPStatus.CONFLICT
    return request.method != "POST" or "idempotency-key" in request.headers


def _log(request: Request, error: Exception) -> None:
    # Not the message of any error: pydantic's, for one, quotes the values it refuses.
    logger.error(
        "A request broke",
        request_id=request.id,
        method=request.method,
        path=request.path,
        error=type(error).__qualname__,
        reason=str(error) if isinstance(error, _TELLABLE) else None,
        frames=[f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)],
    )
