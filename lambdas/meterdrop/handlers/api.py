"""Requests of the HTTP API become answers."""

from meterdrop.handlers import cold_start

# isort: split
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import correlation_paths

from meterdrop.api.dispatch import dispatch, logger
from meterdrop.handlers.observability import count_request, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


# Said, not left to the default, which an environment variable could change: an event holds the API key.
@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True, log_event=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer one HTTP API event (payload 2.0)."""
    given = dispatch(event, context)
    count_request(given["statusCode"])
    return given


cold_start.imported()
