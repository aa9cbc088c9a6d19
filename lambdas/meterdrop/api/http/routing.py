"""Routes: registration with the responses and checks that all routes have."""

import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from types import UnionType
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse, OpenAPIResponseHeader

from meterdrop.api.http.audit import AUDIT
from meterdrop.api.http.auth import CALLER, READ_METHODS, Access, Caller, Needs
from meterdrop.api.http.request import CSV, EXPAND, JSON, REQUEST_TOKEN_KEY, is_v2
from meterdrop.api.schemas.common import ErrorResponse, V2ErrorResponse
from meterdrop.api.schemas.errors import CHECK_NAME, ErrorCode, bad_parameter, shown_name
from meterdrop.domain.changes import Author, Change

Handler = TypeVar("Handler", bound=Callable[..., Any])
_ERROR_DESCRIPTIONS = {
    HTTPStatus.BAD_REQUEST: "A parameter is invalid or unknown. `param` contains its name.",
    HTTPStatus.UNAUTHORIZED: "The request has no valid API key.",
    HTTPStatus.FORBIDDEN: "The key doesn't have the permission that the route needs.",
    HTTPStatus.NOT_FOUND: "The resource doesn't exist.",
    HTTPStatus.CONFLICT: "Another request or upload is using the resource. Send the request again later.",
    HTTPStatus.SERVICE_UNAVAILABLE: "An upload is changing the requested usage. Send the request again later.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Meterdrop failed. Search the function's log for the response's Request-Id.",
}


class Routes:
    """The routes of one resource."""

    def __init__(self) -> None:
        """Create an empty set of routes."""
        self.router = Router()  # type: ignore[no-untyped-call]
        self.access: dict[str, dict[str, Access]] = {}
        """The need of each route, by path and method."""

    @property
    def request_token(self) -> str:
        """The current request's token: `req_…`, the same if the request is repeated with its Idempotency-Key."""
        token: str = self.router.context[REQUEST_TOKEN_KEY]
        return token

    @property
    def caller(self) -> Caller:
        """The sender of the current request."""
        caller: Caller = self.router.context[CALLER]
        return caller

    def change(self, action: str) -> Change:
        """Return the change that the current request makes, to store with what it changes."""
        caller, request_id = self.caller, self.router.current_event.raw_event["requestContext"]["requestId"]
        return Change(action, Author(caller.id, caller.name), int(time.time()), request_id)

    def audit(self, **fields: int) -> None:
        """Add fields to the current request's line in the audit trail."""
        self.router.context[AUDIT].update(fields)

    @property
    def accepts_only_json(self) -> bool:
        """Whether the current request accepts only JSON; `*/*` accepts everything."""
        return self._values("accept") == {JSON}

    @property
    def accepts_csv(self) -> bool:
        """Whether the current request names CSV among the types that it accepts."""
        return CSV in self._values("accept")

    @property
    def prefers_async(self) -> bool:
        """Whether the current request prefers a response before the work is done (RFC 7240)."""
        return "respond-async" in self._values("prefer")

    def _values(self, header: str) -> set[str]:
        values = self.router.current_event.headers.get(header, "")
        return {each.partition(";")[0].strip().lower() for each in values.split(",")}

    def get(  # noqa: PLR0913  all that routes differ in
        self,
        path: str,
        access: Access,
        success: OpenAPIResponse,
        *,
        status: int = 200,
        other_responses: Mapping[int, OpenAPIResponse] | None = None,
        not_found: bool = False,
        changing: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register a GET route; `access` is what it needs from a request, `success` its OpenAPI response.

        `other_responses` has more responses by status.
        """
        return self._register(
            "GET", path, access, {status: success, **(other_responses or {})}, not_found=not_found, changing=changing
        )

    def post(
        self, path: str, access: Access, success: OpenAPIResponse, *, status: int = 200, not_found: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register a POST route; `access` is what it needs from a request, `success` its OpenAPI response."""
        return self._register("POST", path, access, {status: success}, not_found=not_found)

    def delete(
        self, path: str, access: Access, success: OpenAPIResponse, *, status: int = 200, not_found: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register a DELETE route; `access` is what it needs from a request, `success` its OpenAPI response."""
        return self._register("DELETE", path, access, {status: success}, not_found=not_found)

    def _register(  # noqa: PLR0913  all that routes differ in
        self,
        method: str,
        path: str,
        access: Access,
        successes: Mapping[int, OpenAPIResponse],
        *,
        not_found: bool,
        changing: bool = False,
    ) -> Callable[[Handler], Handler]:
        self.access.setdefault(path, {})[method] = access
        is_open = access is Needs.NO_KEY
        errors = {HTTPStatus.INTERNAL_SERVER_ERROR}
        if not is_open:
            errors |= {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}
        if not is_open and access is not Needs.ANY_KEY:
            errors.add(HTTPStatus.FORBIDDEN)
        if method not in READ_METHODS:
            errors.add(HTTPStatus.CONFLICT)
        if not_found:
            errors.add(HTTPStatus.NOT_FOUND)
        if changing:
            errors.add(HTTPStatus.SERVICE_UNAVAILABLE)

        def register(handler: Handler) -> Handler:
            summary, _, description = (handler.__doc__ or "").partition("\n")
            self.router.route(
                path,
                method,
                summary=summary.rstrip("."),
                description=" ".join(description.split()),
                operation_id=handler.__name__,
                status_code=next(iter(successes)),
                responses={**successes, **_error_responses(errors, V2ErrorResponse if is_v2(path) else ErrorResponse)},
                middlewares=[] if is_open else [reject_unknown_parameters],
            )(handler)
            return handler

        return register


def json_response(model: type | UnionType, description: str) -> OpenAPIResponse:
    """Describe a JSON response."""
    return {"description": description, "content": {"application/json": {"model": model}}}


def text_response(media_type: str, description: str) -> OpenAPIResponse:
    """Describe a text response."""
    return {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}


def json_document(description: str) -> OpenAPIResponse:
    """Describe a JSON response without a model."""
    return {"description": description, "content": {"application/json": {"schema": {"type": "object"}}}}


def redirect_response(description: str) -> OpenAPIResponse:
    """Describe a redirect."""
    location: OpenAPIResponseHeader = {"description": "The URL to follow.", "schema": {"type": "string"}}
    return {"description": description, "headers": {"Location": location}, "content": {}}


def reject_unknown_parameters(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Raise ApiError 400 for an unknown query parameter: a misspelled filter must not list everything."""
    known = {field.alias for field in app.context["_route"].dependant.query_params}
    for name in app.current_event.query_string_parameters:
        if name not in known and not EXPAND.fullmatch(name):
            shown = shown_name(name)
            raise bad_parameter(shown, f"Unknown parameter: {shown}. {CHECK_NAME}", ErrorCode.PARAMETER_UNKNOWN)
    return next_middleware(app)


def _error_responses(statuses: Iterable[HTTPStatus], model: type) -> dict[int, OpenAPIResponse]:
    return {status.value: json_response(model, _ERROR_DESCRIPTIONS[status]) for status in sorted(statuses)}
