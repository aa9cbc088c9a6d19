"""Request, authorization, route, error: the one place that turns errors into responses."""

import hashlib
import json
import time
import traceback
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from botocore.exceptions import BotoCoreError, ClientError

from meterdrop import settings
from meterdrop.api.app import app, check_route, find_access, find_route
from meterdrop.api.http import dependencies
from meterdrop.api.http.audit import AUDIT, audit_line, is_audited, shown_route
from meterdrop.api.http.auth import (
    CALLER,
    NOBODY,
    READ_METHODS,
    SESSION_PATH,
    Caller,
    authenticate,
    check_access,
)
from meterdrop.api.http.conditional import with_etag
from meterdrop.api.http.request import REQUEST_TOKEN_KEY, HttpEvent, Request, is_v2, request_token, route_path
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


def dispatch(
    event: HttpEvent, context: "LambdaContext", on_unaudited: Callable[[], None] = lambda: None
) -> LambdaResponse:
    """Return the response to an HTTP API event (payload format 2.0).

    `on_unaudited` is called if the audit trail doesn't take the line of a write. The function's log has it then.
    """
    request = Request(event)
    further: dict[str, int] = {}
    caller, response = _respond(request, further, context)
    if is_audited(request, caller):
        _audit(request, caller, response, further, on_unaudited)
    response = with_etag(request, response)
    response["headers"] = _HEADERS | response["headers"] | {"Request-Id": request.id}
    if "idempotency-key" in request.headers:
        response["headers"]["Idempotency-Key"] = request.headers["idempotency-key"]
    if request.method == "HEAD":
        response |= {"body": "", "isBase64Encoded": False}
    response["body"] = response["body"] or ""
    return response


def _respond(request: Request, further: dict[str, int], context: "LambdaContext") -> tuple[Caller, LambdaResponse]:
    """Return the caller and the response. A route adds fields of the audit trail to `further`."""
    caller = NOBODY
    try:
        _check_origin(request)
        if is_page_request(request):
            return caller, serve_page(request)
        access = find_access(*request.route)
        caller = authenticate(request, access, int(time.time()))
        check_access(caller, access)
        return caller, _route(request, caller, further, context)
    except ApiError as error:
        return caller, _error_response(error, request)
    except Exception as error:  # noqa: BLE001  the outermost border: logged and returned as a 500, never swallowed
        _log_error(request, error)
        return caller, _error_response(
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


def _route(request: Request, caller: Caller, further: dict[str, int], context: "LambdaContext") -> LambdaResponse:
    event = request.router_event()
    check_route(*request.route)

    def resolve() -> LambdaResponse:
        token = request_token(caller.id, key)
        app.append_context(**{REQUEST_TOKEN_KEY: token, CALLER: caller, AUDIT: further})  # type: ignore[no-untyped-call]
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


def _audit(
    request: Request,
    caller: Caller,
    response: LambdaResponse,
    further: dict[str, int],
    on_unaudited: Callable[[], None],
) -> None:
    """Write the line of a write, after its change and before its response."""
    at = time.time()
    line = audit_line(request, caller, response, route=_route_of(request), further=further, at=at)
    try:
        dependencies.audit_log().write(line, at)
    except Exception as error:  # noqa: BLE001  the change is made and can't be taken back; the line isn't lost
        # Without the exception's text, which can quote the line.
        logger.error("audit line not stored", audit=line, error=type(error).__qualname__)  # noqa: TRY400
        on_unaudited()


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


def described_route(event: HttpEvent) -> str:
    """Return the pattern of an event's route, such as `/v1/uploads/{upload_id}`, for logs. A path can have any text."""
    return shown_route(_route_of(Request(event)) or "none")


def _route_of(request: Request) -> str | None:
    return find_route(route_path(request.path))


def _log_error(request: Request, error: Exception) -> None:
    # Not every error's message: pydantic's, for one, quotes invalid values.
    logger.error(
        "request failed",
        request_id=request.id,
        method=request.method,
        route=described_route(request.event),
        error=type(error).__qualname__,
        reason=str(error) if isinstance(error, _LOGGED_IN_FULL) else None,
        frames=[f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)],
    )
