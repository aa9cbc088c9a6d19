"""Idempotency-Key: a write that is sent again with the same key runs once and has the same response.

This table isn't a system of record: it keeps responses for a day. If you lose it, no event is lost or counted twice.
The first write that has a key imports this module.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyPersistenceLayerError,
    IdempotencyValidationError,
)

from meterdrop import settings
from meterdrop.adapters.aws.s3_presigned import LIFETIME
from meterdrop.api.schemas.errors import ApiError, ErrorCode, idempotency_key_reused

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

LambdaResponse = dict[str, Any]

RESPONSE_LIFETIME_SECONDS = 24 * 60 * 60
"""Seconds for which a response is returned again."""
# An upload form expires: a form that is returned again is valid for at least a minute.
_SHORTER_LIFETIMES = {"/v1/uploads": LIFETIME - 60}
_PREFIX = "write"


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A write with an Idempotency-Key; `caller` is the ID of its API key."""

    caller: str
    key: str
    method: str
    path: str
    query: str
    body: Mapping[str, Any]

    @classmethod
    def from_event(cls, event: Mapping[str, Any], caller: str, key: str) -> "IdempotentRequest":
        """Read a router event. Its body is JSON, so that a form's order makes no difference."""
        http = event["requestContext"]["http"]
        return cls(caller, key, http["method"], event["rawPath"], event["rawQueryString"], json.loads(event["body"]))


def run_once(
    write: Callable[[], LambdaResponse], request: IdempotentRequest, context: "LambdaContext"
) -> LambdaResponse:
    """Return the response of `write`, or the stored one. Raises ApiError 400 or 409, and what `write` raises.

    Errors aren't stored: the same request can succeed once their cause is fixed.
    """

    @idempotent_function(  # type: ignore[untyped-decorator]
        data_keyword_argument="data",
        persistence_store=response_table(_SHORTER_LIFETIMES.get(request.path, RESPONSE_LIFETIME_SECONDS)),
        config=IdempotencyConfig(lambda_context=context, response_hook=_mark_as_replayed),
        key_prefix=_PREFIX,
    )
    def write_once(*, data: dict[str, Any]) -> LambdaResponse:  # noqa: ARG001  Powertools distinguishes requests by it
        return write()

    try:
        response: LambdaResponse = write_once(data=asdict(request))
    except IdempotencyValidationError:
        raise idempotency_key_reused() from None
    except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
        raise ApiError(
            HTTPStatus.CONFLICT,
            ErrorCode.IDEMPOTENCY_KEY_IN_USE,
            "The first request with this Idempotency-Key is still in progress. Send the request again in a moment.",
        ) from None
    except IdempotencyPersistenceLayerError as error:
        raise error.__cause__ or error from None
    return response


def _mark_as_replayed(response: LambdaResponse, idempotent_data: "DataRecord") -> LambdaResponse:  # noqa: ARG001  named as Powertools has them
    response["headers"]["Idempotent-Replayed"] = "true"
    return response


@cache
def response_table(seconds: int) -> DynamoDBPersistenceLayer:
    """Return the table of responses, for those that are stored for these seconds."""
    table = DynamoDBPersistenceLayer(
        table_name=settings.from_environment().idempotency_table, boto3_client=settings.dynamodb()
    )
    config = IdempotencyConfig(
        event_key_jmespath="[caller, key]",
        payload_validation_jmespath="[method, path, query, body]",
        expires_after_seconds=seconds,
        hash_function="sha256",
    )
    table.configure(config, key_prefix=_PREFIX)
    return table
