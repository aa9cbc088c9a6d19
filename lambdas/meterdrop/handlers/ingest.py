"""Takes S3 notifications from the queue: what fails stays there, to be delivered again."""

import random
import time
from functools import cache
from typing import Protocol, TypedDict

from aws_lambda_powertools import Logger

from meterdrop import settings
from meterdrop.handlers.failure import described
from meterdrop.handlers.notification import notifications
from meterdrop.handlers.wiring import Wiring
from meterdrop.pipeline.attempt import Attempt, BusyError

_RETRY = (5, 30)  # seconds after which a failed attempt is made again
_LATER = 5  # seconds that a message stays hidden longer than an attempt can last

logger = Logger()


class Record(TypedDict):
    """One SQS message, of which this is used."""

    messageId: str
    receiptHandle: str
    body: str


class Batch(TypedDict):
    """What Lambda hands over from the queue."""

    Records: list[Record]


class Context(Protocol):
    """Lambda's context, of which this is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the platform ends the process."""


class Failed(TypedDict):
    """A message to be delivered again."""

    itemIdentifier: str


class Answer(TypedDict):
    """SQS's partial batch response."""

    batchItemFailures: list[Failed]


def handler(batch: Batch, context: Context) -> Answer:
    """Take every message of a batch; those that could not be finished are named in the answer."""
    ends = time.time() + context.get_remaining_time_in_millis() / 1000
    failed = [record["messageId"] for record in batch["Records"] if not _is_done(record, ends)]
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}


def _is_done(record: Record, ends: float) -> bool:
    """Try one message, and say when it shows again where it is not done."""
    wiring, receipt = _wiring(), record["receiptHandle"]
    try:
        # If this process dies the next attempt comes soon after the lease's end, not after the queue's whole time.
        wiring.queue.show_again_in(receipt, ends - time.time() + _LATER)
        for version, at in notifications(record["body"]):
            attempt = Attempt(ends)
            upload = wiring.ingest(attempt).run(version, at, attempt)
            if upload is not None:
                counts = upload.counts
                logger.info(
                    "upload %s",
                    upload.status.value,
                    upload=upload.id,
                    failure=upload.failure and upload.failure.code.value,
                    rows=counts.row,
                    successes=counts.success,
                    duplicates=counts.duplicate,
                    errors=counts.error,
                )
    except BusyError as busy:
        logger.info("upload waits: %s", busy, seconds=busy.seconds)
        wiring.queue.show_again_in(receipt, busy.seconds + 1)
        return False
    except Exception as error:  # noqa: BLE001 (whatever it is, the queue delivers the message again)
        logger.error("upload tried again later", **described(error))  # noqa: TRY400 (messages may hold what files hold)
        wiring.queue.show_again_in(receipt, random.uniform(*_RETRY))  # noqa: S311 (not for secrets)
        return False
    return True


@cache
def _wiring() -> Wiring:
    return Wiring(settings.read(), logger)
