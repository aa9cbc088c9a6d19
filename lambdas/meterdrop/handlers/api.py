"""Responds to requests of the HTTP API."""

from meterdrop.handlers import cold_start

# isort: split
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import correlation_paths

from meterdrop.api.dispatch import dispatch, logger
from meterdrop.handlers.connections import without_stale_connections
from meterdrop.handlers.observability import count_request, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


# Explicit, because an environment variable could change the default: an event holds the API key.
@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True, log_event=False)
@metrics.log_metrics(capture_cold_start_metric=True)
@without_stale_connections
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Return the response to an HTTP API event (payload format 2.0)."""
    response = dispatch(event, context)
    count_request(response["statusCode"])
    return response


cold_start.imported()
