"""The routes of the API, and the errors for paths and methods that have none."""

import json
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from typing import NoReturn

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from meterdrop.api.http.auth import Access, Needs
from meterdrop.api.http.routing import Routes, json_document
from meterdrop.api.routes import (
    api_keys,
    billing_periods,
    customers,
    meter_events,
    meters,
    open_uploads,
    service,
    summaries,
    uploads,
    usage_reports,
    v2_meter_events,
)
from meterdrop.api.schemas.errors import ApiError, ErrorCode, resource_missing

openapi_routes = Routes()
app = APIGatewayHttpResolver(enable_validation=True)


@openapi_routes.get("/openapi.json", Needs.ANY_KEY, json_document("The OpenAPI document."))
def get_openapi() -> Response[str]:
    """Get this OpenAPI document."""
    return Response(status_code=HTTPStatus.OK.value, content_type="application/json", body=openapi_document())


@cache
def openapi_document() -> str:
    """Return the OpenAPI document of all routes, as JSON."""
    from meterdrop.api.http.openapi import describe  # noqa: PLC0415  the generator's models cost every start, used or not

    return json.dumps(describe(app, all_access()))


_ALL = (
    service.routes,
    api_keys.routes,
    uploads.routes,
    open_uploads.routes,
    meters.routes,
    customers.routes,
    meter_events.routes,
    v2_meter_events.routes,
    summaries.routes,
    usage_reports.routes,
    billing_periods.routes,
    openapi_routes,
)
for _routes in _ALL:
    app.include_router(_routes.router)


def reraise(error: Exception) -> NoReturn:
    """Leave every error to `dispatch`: Powertools would log its message, which may quote a request."""
    raise error


app.exception_handler(Exception)(reraise)


@app.not_found
def reject_path(_: NotFoundError) -> NoReturn:
    """Raise ApiError 404 for a path with a character that Powertools matches in no ID."""
    raise _path_missing(app.current_event.path)


def check_route(method: str, path: str) -> None:
    """Check that a route accepts a request. Raises ApiError 404 or 405, whatever the parameters.

    Powertools knows no 405. It also matches more paths: any character for a point, and a line feed at the end.
    """
    allowed = sorted(_access(path))
    if not allowed:
        raise _path_missing(path)
    if method not in allowed:
        raise ApiError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            ErrorCode.METHOD_NOT_ALLOWED,
            f"Unsupported method for {path}: {method}. Use {' or '.join(allowed)}.",
            headers={"Allow": ", ".join(allowed)},
        )
    customers.check_customer_path(path)


def find_route(path: str) -> str | None:
    """Return the pattern of the routes that a path matches, or None."""
    return next(iter(_rules(path)), None)


def find_access(method: str, path: str) -> Access | None:
    """Return what the route of a request needs, None if no route accepts it. `method` is in capitals, HEAD is GET."""
    return _access(path).get(method)


def all_access() -> Mapping[tuple[str, str], Access]:
    """Return what each route needs, by path and method."""
    return {
        (rule, method): access
        for routes in _ALL
        for rule, methods in routes.access.items()
        for method, access in methods.items()
    }


def _access(path: str) -> dict[str, Access]:
    """Return what the routes of a path need, by method."""
    return {method: access for methods in _rules(path).values() for method, access in methods.items()}


def _rules(path: str) -> dict[str, dict[str, Access]]:
    """Return the rules that a path matches, with what they need by method."""
    rules = {rule: methods for routes in _ALL for rule, methods in routes.access.items() if _matches(rule, path)}
    # An exact rule goes first, such as a search beside objects by ID.
    return {path: rules[path]} if path in rules else rules


def _matches(rule: str, path: str) -> bool:
    steps, parts = rule.split("/"), path.split("/")
    return len(steps) == len(parts) and all(
        step == part or (step[:1] == "<" and part) for step, part in zip(steps, parts, strict=True)
    )


def _path_missing(path: str) -> ApiError:
    return resource_missing(f"No such path: {path}. GET /openapi.json lists all paths.", param=None)
