"""The OpenAPI document: generated from the routes and their models, then corrected where Powertools is wrong."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Server

from meterdrop.api.http.auth import OPEN_PATHS, READ_METHODS, STREAM_PATH
from meterdrop.api.http.request import FORM, IDEMPOTENCY_KEY, JSON, is_v2

_KEY = "key"
_SESSION = "session"
_DESCRIPTION = (
    "Upload CSV files of usage, and get meter events, a status and an error file. Keys that begin with sk_ allow all "
    "requests. Keys that begin with rk_ allow requests that read. Meters, customers, meter events and summaries have "
    "Stripe's shapes. Every route accepts the parameter expand and ignores it. API Gateway returns 429 for requests "
    "above the rate limit, before they reach the API."
)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Identifies the request. If you send it again with the same key, it runs once and returns "
    "the same response.",
    "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$"},
}
# The generator's schemas of errors: a shape that this API never returns.
_UNUSED_SCHEMAS = ("HTTPValidationError", "ResponseValidationError", "ValidationError")

Document = dict[str, Any]


def describe(app: APIGatewayHttpResolver) -> Document:
    """Return the OpenAPI 3.1 document of the routes."""
    document: Document = json.loads(
        app.get_openapi_json_schema(
            title="Meterdrop",
            version="v1",
            description=_DESCRIPTION,
            servers=[Server(url=".")],  # beside the document, wherever that is served from
            security_schemes={
                _KEY: HTTPBearer(description="An API key. To create one, run `make key`."),
                _SESSION: HTTPBearer(description="The authentication_token of a meter event session."),
            },
            security=[{_KEY: []}],
        )
    )
    schemas = document["components"]["schemas"]
    for name in _UNUSED_SCHEMAS:
        schemas.pop(name)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _correct_operation(path, operation, schemas)
            if method.upper() not in READ_METHODS:
                operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    return document


def _correct_operation(path: str, operation: Document, schemas: Document) -> None:
    del operation["responses"]["422"]  # this API returns 400, see schemas/errors.py
    if path in OPEN_PATHS:
        operation["security"] = []
    if path == STREAM_PATH:
        operation["security"] = [{_SESSION: []}]
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _without_null(parameter["schema"])
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]
        if not is_v2(path):
            content[FORM] = content[JSON]
        model = schemas[content[JSON]["schema"]["$ref"].rpartition("/")[2]]
        operation["requestBody"]["required"] = "required" in model  # no body is an empty one


def _without_null(schema: Document) -> Document:
    """Remove null from a parameter's schema: a query string can't hold it."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**kinds[0], **rest}
