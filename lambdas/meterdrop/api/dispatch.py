"""Request, authorization, route, error: the one place that turns errors into responses."""

import hashlib
import json
import time
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError

from meterdrop import settings
from meterdrop.api.app import app, check_route, find_access
from meterdrop.api.http.auth import CALLER, READ_METHODS, SESSION_PATH, Caller, authorize
from meterdrop.api.http.request import REQUEST_TOKEN_KEY, HttpEvent, Request, is_v2, request_token
from meterdrop.api.http.static_files import is_page_request, serve_page
from meterdrop.api.schemas.errors import ApiError, ErrorCode, InvalidResponseError, as_api_error

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

logger = Logger()
ORIGIN_HEADER = "x-origin-secret"
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
# Errors with AWS's or our own words: they name operations and roles, never a key or a file's content.
_LOGGED_IN_FULL = (ClientError, BotoCoreError, InvalidResponseError)

LambdaResponse = dict[str, Any]


def dispatch(event: HttpEvent, context: "LambdaContext") -> LambdaResponse:
    """Return the response to an HTTP API event (payload format 2.0)."""
    request = Request(event)
    response = _respond(request, context)
    response["headers"] = _HEADERS | response["headers"] | {"Request-Id": request.id}
    if "idempotency-key" in request.headers:
        response["headers"]["Idempotency-Key"] = request.headers["idempotency-key"]
    if request.method == "HEAD":
        response |= {"body": "", "isBase64Encoded": False}
    response["body"] = response["body"] or ""
    return response


def _respond(request: Request, context: "LambdaContext") -> LambdaResponse:
    try:
        _check_origin(request)
        if is_page_request(request):
            return serve_page(request)
        caller = authorize(request, find_access(*request.route), int(time.time()))
        return _route(request, caller, context)
    except ApiError as error:
        return _error_response(error, request)
    except Exception as error:  # noqa: BLE001  the outermost border: logged and returned as a 500, never swallowed
        _log_error(request, error)
        return _error_response(
            ApiError(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                ErrorCode.INTERNAL_ERROR,
                "Meterdrop couldn't complete the request because of a service error. Send the request again. "
                f"If the error persists, search the function's log for request {request.id}.",
            ),
            request,
        )


def _check_origin(request: Request) -> None:
    """Raise ApiError 403 for a request that didn't come through the owner's CDN, if the stack has a secret for it."""
    hashes = settings.from_environment().origin_secret_hashes
    secret = request.headers.get(ORIGIN_HEADER, "")
    if hashes and hashlib.sha256(secret.encode()).hexdigest() not in hashes:
        raise ApiError(
            HTTPStatus.FORBIDDEN,
            ErrorCode.ORIGIN_REFUSED,
            "This address doesn't accept direct requests. Use the domain name that the owner of this service gave you.",
        )


def _route(request: Request, caller: Caller, context: "LambdaContext") -> LambdaResponse:
    event = request.router_event()
    check_route(*request.route)

    def resolve() -> LambdaResponse:
        app.append_context(**{REQUEST_TOKEN_KEY: request_token(caller.id, key), CALLER: caller})  # type: ignore[no-untyped-call]
        try:
            return app.resolve(event, context)
        except RequestValidationError as error:
            raise as_api_error(error) from None

    # A request that only reads ignores its key, even an invalid one.
    key = None if request.method in READ_METHODS else request.idempotency_key
    # A stored response would hold a session's token. A repeated request creates another session, which does no harm.
    if key is None or request.path == SESSION_PATH:
        return resolve()
    from meterdrop.api.http.idempotency import IdempotentRequest, run_once  # noqa: PLC0415  costs every start, and only such writes use it

    return run_once(resolve, IdempotentRequest.from_event(event, caller.id, key), context)


def _error_response(error: ApiError, request: Request) -> LambdaResponse:
    return {
        "statusCode": error.status.value,
        "headers": {
            "Content-Type": "application/json",
            "Stripe-Should-Retry": str(_should_retry(error, request)).lower(),
            **error.headers,
        },
        "body": json.dumps(error.v2_body if is_v2(request.path) else error.body),
        "isBase64Encoded": False,
    }


def _should_retry(error: ApiError, request: Request) -> bool:
    """Tell whether the same request can succeed later, and can't do twice what this one may have done."""
    if error.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return error.status is HTTPStatus.CONFLICT
    return request.method != "POST" or "idempotency-key" in request.headers


def _log_error(request: Request, error: Exception) -> None:
    # Not every error's message: pydantic's, for one, quotes invalid values.
    logger.error(
        "request failed",
        request_id=request.id,
        method=request.method,
        path=request.path,
        error=type(error).__qualname__,
        reason=str(error) if isinstance(error, _LOGGED_IN_FULL) else None,
        frames=[f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)],
    )
