"""The function of the HTTP API. It responds with an error in Stripe's shape to each request that fails.

If it didn't respond, API Gateway would, in a shape of its own. Stripe's client for Node takes that for a success.
So this module needs only the standard library, and everything else may fail, even to be imported.
"""

from meterdrop.handlers import cold_start

# isort: split
import json
import os
import time
import traceback
from contextlib import suppress
from typing import Any

from meterdrop.api.http.error_page import for_browser

with suppress(Exception):  # a request tries again, and responds with the error
    import meterdrop.handlers.requests  # noqa: F401  before the first request, when Lambda gives more processor time


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401  Lambda's context
    """Return the response to an HTTP API event (payload format 2.0)."""
    try:
        from meterdrop.handlers.requests import respond  # noqa: PLC0415  may fail

        response: dict[str, Any] = respond(event, context)
    except Exception as error:  # noqa: BLE001  logged, counted, and returned as a 500
        request = event["requestContext"]
        _record(request["requestId"], error)
        is_repeatable = request["http"]["method"] != "POST" or "idempotency-key" in event.get("headers", {})
        response = _error_response(request["requestId"], is_repeatable=is_repeatable)
    return for_browser(response, event.get("headers", {}))


def _error_response(request_id: str, *, is_repeatable: bool) -> dict[str, Any]:
    message = (
        "Meterdrop couldn't complete the request because of a service error. Send the request again. "
        f"If the error persists, search the function's log for request {request_id}."
    )
    error = {"type": "api_error", "code": "internal_error", "message": message}
    return {
        "statusCode": 500,
        "headers": {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            "Request-Id": request_id,
            "Stripe-Should-Retry": str(is_repeatable).lower(),
            "X-Content-Type-Options": "nosniff",
        },
        "body": json.dumps({"error": error}),
        "isBase64Encoded": False,
    }


def _record(request_id: str, error: Exception) -> None:
    """Write a log line that counts a broken request (embedded metric format), without the error's message."""
    names = ("Requests", "RequestsBroken")
    directive = {
        "Namespace": os.environ.get("POWERTOOLS_METRICS_NAMESPACE", ""),
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name, "Unit": "Count"} for name in names],
    }
    line = {
        "level": "ERROR",
        "message": "request failed",
        "request_id": request_id,
        "error": type(error).__qualname__,
        "frames": [f"{each.filename}:{each.lineno} {each.name}" for each in traceback.extract_tb(error.__traceback__)],
        "service": os.environ.get("POWERTOOLS_SERVICE_NAME", ""),
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        **dict.fromkeys(names, 1),
    }
    print(json.dumps(line), flush=True)  # noqa: T201  Lambda's log


cold_start.imported()
