"""How a route is registered: with all that routes have in common, so that none can lack it."""

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from types import UnionType
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.types import OpenAPIResponse, OpenAPIResponseHeader

from meterdrop.adapters.catalog.api_keys import Role
from meterdrop.api.http.auth import OPEN_PATHS, READING, ROLE
from meterdrop.api.http.request import EXPAND, JSON, REQUEST_TOKEN_KEY
from meterdrop.api.schemas.common import ErrorResponse
from meterdrop.api.schemas.errors import ErrorCode, bad_parameter

Handler = TypeVar("Handler", bound=Callable[..., Any])
_WHEN = {
    HTTPStatus.BAD_REQUEST: "A parameter is wrong or unknown; `param` names it.",
    HTTPStatus.UNAUTHORIZED: "No valid API key was given.",
    HTTPStatus.FORBIDDEN: "The key may only read.",
    HTTPStatus.NOT_FOUND: "There is no such thing.",
    HTTPStatus.CONFLICT: "Another request is about the same thing right now; the same request again may succeed.",
    HTTPStatus.SERVICE_UNAVAILABLE: "What was asked for is changing right now; the same request again may succeed.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something broke on our side; the log has it under the answer's Request-Id.",
}


class Routes:
    """The routes of one resource."""

    def __init__(self) -> None:
        """Begin without any."""
        self.router = Router()  # type: ignore[no-untyped-call]
        self.methods: dict[str, set[str]] = {}

    @property
    def request_token(self) -> str:
        """Name the request being answered: `req_…`, the same again for a repeat with the same Idempotency-Key."""
        token: str = self.router.context[REQUEST_TOKEN_KEY]
        return token

    @property
    def role(self) -> Role:
        """Tell what the key of the request being answered may do; only of routes that want one."""
        role: Role = self.router.context[ROLE]
        return role

    @property
    def only_json(self) -> bool:
        """Say whether the request being answered takes JSON and nothing else: `*/*` takes all."""
        accept = self.router.current_event.headers.get("accept", "")
        return {each.partition(";")[0].strip().lower() for each in accept.split(",")} == {JSON}

    def get(  # noqa: PLR0913  all that routes differ in
        self,
        path: str,
        success: OpenAPIResponse,
        *,
        status: int = 200,
        also: Mapping[int, OpenAPIResponse] | None = None,
        not_found: bool = False,
        changing: bool = False,
    ) -> Callable[[Handler], Handler]:
        """Register a reading route; `success` is its OpenAPI response, `also` are others by their status."""
        return self._add("GET", path, {status: success, **(also or {})}, not_found=not_found, changing=changing)

    def post(
        self, path: str, success: OpenAPIResponse, *, status: int = 200, not_found: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register a writing route; `success` is its OpenAPI response."""
        return self._add("POST", path, {status: success}, not_found=not_found)

    def delete(
        self, path: str, success: OpenAPIResponse, *, status: int = 200, not_found: bool = False
    ) -> Callable[[Handler], Handler]:
        """Register a deleting route; `success` is its OpenAPI response."""
        return self._add("DELETE", path, {status: success}, not_found=not_found)

    def _add(
        self,
        method: str,
        path: str,
        successes: Mapping[int, OpenAPIResponse],
        *,
        not_found: bool,
        changing: bool = False,
    ) -> Callable[[Handler], Handler]:
        self.methods.setdefault(path, set()).add(method)
        is_open = path in OPEN_PATHS
        errors = {HTTPStatus.INTERNAL_SERVER_ERROR}
        if not is_open:
            errors |= {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}
        if method not in READING:
            errors |= {HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT}
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
                responses={**successes, **_error_responses(errors)},
                middlewares=[] if is_open else [refuse_unknown_parameters],
            )(handler)
            return handler

        return register


def json_of(model: type | UnionType, description: str) -> OpenAPIResponse:
    """Describe a JSON answer."""
    return {"description": description, "content": {"application/json": {"model": model}}}


def text_of(media_type: str, description: str) -> OpenAPIResponse:
    """Describe an answer that is text."""
    return {"description": description, "content": {media_type: {"schema": {"type": "string"}}}}


def document_of(description: str) -> OpenAPIResponse:
    """Describe an answer that is JSON of no model of ours."""
    return {"description": description, "content": {"application/json": {"schema": {"type": "object"}}}}


def redirect(description: str) -> OpenAPIResponse:
    """Describe an answer that leads elsewhere."""
    location: OpenAPIResponseHeader = {"description": "Where to.", "schema": {"type": "string"}}
    return {"description": description, "headers": {"Location": location}, "content": {}}


def refuse_unknown_parameters(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    """Refuse a query parameter that the route does not know: a misspelt filter must not list everything."""
    known = {field.alias for field in app.context["_route"].dependant.query_params}
    for name in app.current_event.query_string_parameters:
        if name not in known and not EXPAND.fullmatch(name):
            raise bad_parameter(name, f"Unknown parameter: {name}.", ErrorCode.PARAMETER_UNKNOWN)
    return next_middleware(app)


def _error_responses(statuses: Iterable[HTTPStatus]) -> dict[int, OpenAPIResponse]:
    return {status.value: json_of(ErrorResponse, _WHEN[status]) for status in sorted(statuses)}
