"""Idempotency-Key: a write sent again under the same key is done once, and answered the same again.

A courtesy to clients, not the ledger: answers are forgotten after a day, what was counted never is. Imported by the
first write that carries a key.
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
from meterdrop.api.schemas.errors import ApiError, ErrorCode, key_reused

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

LambdaResponse = dict[str, Any]

REMEMBERED = 24 * 60 * 60
"""Seconds for which an answer is given again."""
# A form to upload with is good for a while only: given again, it is so for a minute at least.
_REMEMBERED_LESS = {"/v1/uploads": LIFETIME - 60}
_PREFIX = "write"


@dataclass(frozen=True, slots=True)
class Named:
    """A write under an Idempotency-Key: who named it so (the hash of an API key), and what it was."""

    caller: str
    key: str
    method: str
    path: str
    query: str
    body: Mapping[str, Any]

    @classmethod
    def of(cls, event: Mapping[str, Any], caller: str, key: str) -> "Named":
        """Name what is in a routed event: its body is JSON, so that a form says the same in any order."""
        http = event["requestContext"]["http"]
        return cls(caller, key, http["method"], event["rawPath"], event["rawQueryString"], json.loads(event["body"]))


def once(write: Callable[[], LambdaResponse], named: Named, context: "LambdaContext") -> LambdaResponse:
    """Return the answer of `write`, or the one it gave before. Raises ApiError 400 or 409, and what `write` raises.

    What raises is not remembered: the same again may succeed once its reason is gone.
    """

    @idempotent_function(  # type: ignore[untyped-decorator]
        data_keyword_argument="named",
        persistence_store=answers(_REMEMBERED_LESS.get(named.path, REMEMBERED)),
        config=IdempotencyConfig(lambda_context=context, response_hook=_mark),
        key_prefix=_PREFIX,
    )
    def write_once(*, named: dict[str, Any]) -> LambdaResponse:  # noqa: ARG001  Powertools tells requests apart by it
        return write()

    try:
        response: LambdaResponse = write_once(named=asdict(named))
    except IdempotencyValidationError:
        raise key_reused() from None
    except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
        raise ApiError(
            HTTPStatus.CONFLICT,
            ErrorCode.IDEMPOTENCY_KEY_IN_USE,
            "A request with this Idempotency-Key is still being answered. Try again in a moment.",
        ) from None
    except IdempotencyPersistenceLayerError as error:
        raise error.__cause__ or error from None
    return response


def _mark(response: LambdaResponse, idempotent_data: "DataRecord") -> LambdaResponse:  # noqa: ARG001  named as Powertools has them
    response["headers"]["Idempotent-Replayed"] = "true"
    return response


@cache
def answers(seconds: int) -> DynamoDBPersistenceLayer:
    """Give the table of answers, for such as are kept for so long."""
    table = DynamoDBPersistenceLayer(table_name=settings.read().idempotency_table, boto3_client=settings.dynamodb())
    config = IdempotencyConfig(
        event_key_jmespath="[caller, key]",
        payload_validation_jmespath="[method, path, query, body]",
        expires_after_seconds=seconds,
        hash_function="sha256",
    )
    table.configure(config, key_prefix=_PREFIX)
    return table
