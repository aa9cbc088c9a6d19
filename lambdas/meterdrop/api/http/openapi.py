"""The OpenAPI document: generated from the routes and their models, then corrected where Powertools is wrong."""

import json
import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Server

from meterdrop.api.http.auth import READ_METHODS, STREAM_PATH, Access, Needs
from meterdrop.api.http.request import FORM, IDEMPOTENCY_KEY, JSON, is_v2

_KEY = "key"
_SESSION = "session"
_DESCRIPTION = (
    "Upload CSV files of usage, and get meter events, a status and an error file. Keys that begin with sk_ allow all "
    "requests. Keys that begin with rk_ have permissions, and each operation names the one that it needs. Meters, "
    "customers, meter events and summaries have Stripe's shapes. Every route accepts the parameter expand and ignores "
    "it. API Gateway returns 429 for requests above the rate limit, before they reach the API."
)
_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Identifies the request. If you send it again with the same key, it runs once and returns "
    "the same response.",
    "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY.pattern}$"},
}
_IF_NONE_MATCH = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of the response that you have. If nothing has changed, you get 304 without a body.",
    "schema": {"type": "string"},
}
_ETAG = {"ETag": {"description": "Changes with the body of the response.", "schema": {"type": "string"}}}
_NOT_MODIFIED = {"description": "The response that you have is current.", "headers": _ETAG}
# The generator's schemas of errors: a shape that this API never returns.
_UNUSED_SCHEMAS = ("HTTPValidationError", "ResponseValidationError", "ValidationError")

Document = dict[str, Any]


def describe(app: APIGatewayHttpResolver, access: Mapping[tuple[str, str], Access]) -> Document:
    """Return the OpenAPI 3.1 document of the routes; `access` is what each needs, by path and method."""
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
    needs = {(re.sub("<(.*?)>", r"{\1}", path), method): need for (path, method), need in access.items()}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _correct_operation(path, operation, schemas, needs[path, method.upper()])
            if method.upper() not in READ_METHODS:
                operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
            elif JSON in operation["responses"].get("200", {}).get("content", {}):
                operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
                operation["responses"]["200"].setdefault("headers", {}).update(_ETAG)
                operation["responses"]["304"] = _NOT_MODIFIED
    return document


def _correct_operation(path: str, operation: Document, schemas: Document, access: Access) -> None:
    del operation["responses"]["422"]  # this API returns 400, see schemas/errors.py
    if access is Needs.NO_KEY:
        operation["security"] = []
    else:
        # OpenAPI 3.1 lists here the roles that an operation needs from a key.
        roles = [] if access is Needs.ANY_KEY else ["admin" if access is Needs.ADMIN_KEY else str(access)]
        operation["security"] = [{_SESSION if path == STREAM_PATH else _KEY: roles}]
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
