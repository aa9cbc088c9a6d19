"""The routes, put together: what is where, and what is said where nothing is."""

import json
from functools import cache
from http import HTTPStatus
from typing import NoReturn

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from meterdrop.api.http.routing import Routes, document_of
from meterdrop.api.routes import customers, meter_events, meters, service, summaries, uploads
from meterdrop.api.schemas.errors import ApiError, ErrorCode, missing

about = Routes()
app = APIGatewayHttpResolver(enable_validation=True)


@about.get("/openapi.json", document_of("This document."))
def get_openapi() -> Response[str]:
    """Describe the API."""
    return Response(status_code=HTTPStatus.OK.value, content_type="application/json", body=_document())


@cache
def _document() -> str:
    from meterdrop.api.http.openapi import describe  # noqa: PLC0415  the generator's models cost every start, used or not

    return json.dumps(describe(app))


_ALL = (
    service.routes,
    uploads.routes,
    meters.routes,
    customers.routes,
    meter_events.routes,
    summaries.routes,
    about,
)
for _routes in _ALL:
    app.include_router(_routes.router)


def pass_on(error: Exception) -> NoReturn:
    """Leave every error to the one place that answers errors; Powertools would log it, with what it holds."""
    raise error


app.exception_handler(Exception)(pass_on)


@app.not_found
def say_what_is_missing(_: NotFoundError) -> NoReturn:
    """Tell a path that is not there from a method that it does not take."""
    event = app.current_event
    allowed = methods_at(event.path)
    # A path may look like a known one and hold what no id holds; then its method is not what is wrong.
    if allowed and event.http_method not in allowed:
        raise ApiError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            ErrorCode.METHOD_NOT_ALLOWED,
            f"{event.path} does not take {event.http_method}, only {' and '.join(allowed)}.",
            headers={"Allow": ", ".join(allowed)},
        )
    raise missing(f"There is nothing at {event.path}.", param=None)


def methods_at(path: str) -> list[str]:
    """Return the methods that a path takes, none where there is nothing."""
    return sorted(
        method
        for routes in _ALL
        for rule, methods in routes.methods.items()
        if _leads_to(rule, path)
        for method in methods
    )


def _leads_to(rule: str, path: str) -> bool:
    steps, parts = rule.split("/"), path.split("/")
    return len(steps) == len(parts) and all(
        step == part or (step[:1] == "<" and part) for step, part in zip(steps, parts, strict=True)
    )
