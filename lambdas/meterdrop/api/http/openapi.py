"""The description of the API: generated from the routes and their models, then set right where it would not be true."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Server

from meterdrop.api.http.auth import OPEN_PATHS, READING
from meterdrop.api.http.request import FORM, IDEMPOTENCY_KEY, JSON

_KEY = "key"
_DESCRIPTION = (
    "Drop a CSV of usage, get meter events, a status and an error file. Keys that begin with sk_ do everything, "
    "those with rk_ read. Meters, customers, meter events and summaries have Stripe's shapes; a parameter expand is "
    "taken everywhere and changes nothing. Requests above the stage's rate are answered 429 by the gateway, before "
    "they reach the API."
)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Names the request: sent again under the same key, it is done once and answered the same.",
    "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$"},
}
# What the generator adds for validation errors in a shape that this API never answers with.
_NEVER_ANSWERED = ("HTTPValidationError", "ResponseValidationError", "ValidationError")

Document = dict[str, Any]


def describe(app: APIGatewayHttpResolver) -> Document:
    """Return the OpenAPI 3.1 document of an application's routes."""
    document: Document = json.loads(
        app.get_openapi_json_schema(
            title="Meterdrop",
            version="v1",
            description=_DESCRIPTION,
            servers=[Server(url=".")],  # beside the document, wherever that is served from
            security_schemes={_KEY: HTTPBearer(description="An API key; `make key` makes one.")},
            security=[{_KEY: []}],
        )
    )
    schemas = document["components"]["schemas"]
    for name in _NEVER_ANSWERED:
        schemas.pop(name)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _set_right(operation, schemas, is_open=path in OPEN_PATHS)
            if method.upper() not in READING:
                operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    return document


def _set_right(operation: Document, schemas: Document, *, is_open: bool) -> None:
    del operation["responses"]["422"]  # answered as 400, see faults.py
    if is_open:
        operation["security"] = []
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _without_null(parameter["schema"])
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]
        content[FORM] = content[JSON]
        model = schemas[content[JSON]["schema"]["$ref"].rpartition("/")[2]]
        operation["requestBody"]["required"] = "required" in model  # no body is an empty one


def _without_null(schema: Document) -> Document:
    """Leave null out: a query string has none, an optional parameter is simply absent."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind.get("type") != "null"]
    if len(kinds) != 1:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**kinds[0], **rest}
