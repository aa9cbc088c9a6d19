"""Requests of the HTTP API become answers."""

from typing import TYPE_CHECKING, Any

from meterdrop.api.answering import answer

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Answer one HTTP API event (payload 2.0)."""
    return answer(event, context)
