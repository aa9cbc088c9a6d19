"""The requests of the HTTP API, with logs, metrics, and a deadline. `api` imports this module."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.logging import correlation_paths

from meterdrop import settings
from meterdrop.adapters.deadline import deadline
from meterdrop.api.dispatch import described_route, dispatch, logger
from meterdrop.handlers.connections import without_stale_connections
from meterdrop.handlers.observability import count_request, metrics
from meterdrop.pipeline.attempt import OutOfTimeError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

_MARGIN_SECONDS = settings.LONGEST_TRY + 1
"""Seconds before Lambda ends the process in which no call starts: one try of a call, and the response.

If Lambda ended the process, the gateway would respond, in a shape of its own.
"""


# Explicit, because an environment variable could change the default: an event holds the API key.
@logger.inject_lambda_context(correlation_id_path=correlation_paths.API_GATEWAY_HTTP, clear_state=True, log_event=False)
@metrics.log_metrics(capture_cold_start_metric=True)
@without_stale_connections
def respond(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Return the response to an HTTP API event (payload format 2.0)."""
    unaudited: list[None] = []
    with deadline(_time_check(context)):
        response = dispatch(event, context, lambda: unaudited.append(None))
    count_request(response["statusCode"], unaudited=len(unaudited))
    context_of = event["requestContext"]
    metrics.add_metadata("request_id", context_of["requestId"])
    metrics.add_metadata("method", context_of["http"]["method"])
    metrics.add_metadata("route", described_route(event))
    return response


def _time_check(context: "LambdaContext") -> Callable[[], None]:
    def check() -> None:
        if context.get_remaining_time_in_millis() < _MARGIN_SECONDS * 1000:
            raise OutOfTimeError

    return check
