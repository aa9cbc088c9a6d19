"""Takes the dead letters: uploads that cannot be finished are undone and failed, so that none stays on its way.

What cannot be given up either stays in the dead-letter queue and is tried again, ever more rarely.
"""

from meterdrop.handlers import cold_start

# isort: split
import time
from functools import cache

from aws_lambda_powertools import Logger

from meterdrop import settings
from meterdrop.handlers.bootstrap import Bootstrap
from meterdrop.handlers.observability import count_retry, count_upload, error_fields, metrics
from meterdrop.handlers.sqs import (
    VISIBILITY_MARGIN_SECONDS,
    Batch,
    Context,
    Notification,
    Record,
    SqsBatchResponse,
    UnreadableError,
    parse_message,
    process_batch,
    receives,
)
from meterdrop.pipeline.attempt import Attempt, BusyError, before_recovery

logger = Logger()


# Said, not left to the default, which an environment variable could change: an event names files.
@logger.inject_lambda_context(clear_state=True, log_event=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(batch: Batch, context: Context) -> SqsBatchResponse:
    """Take every dead letter of a batch; those that have to stay are named in the answer."""
    return process_batch(batch, context, _is_done)


def _is_done(record: Record, ends: float) -> bool:
    """Try one dead letter, and say when it shows again where it has to stay."""
    bootstrap, receipt = _bootstrap(), record["receiptHandle"]
    attempt = Attempt(ends, receives=receives(record))
    try:
        bootstrap.queue.show_again_in(receipt, ends - time.time() + VISIBILITY_MARGIN_SECONDS)
        _give_up(bootstrap, record["body"], attempt)
    except BusyError as busy:
        logger.info("dead letter waits: %s", busy, seconds=busy.seconds)
        count_retry(failed=False)
        bootstrap.queue.show_again_in(receipt, busy.seconds + 1)
        return False
    except Exception as error:  # noqa: BLE001 (whatever it is, the message stays)
        seconds = before_recovery(attempt.receives)
        count_retry(failed=True)
        logger.error(  # noqa: TRY400 (messages may hold what files hold)
            "dead letter stays", message_id=record["messageId"], seconds=seconds, **error_fields(error)
        )
        bootstrap.queue.show_again_in(receipt, seconds)
        return False
    count_retry(failed=False)
    return True


def _give_up(bootstrap: Bootstrap, body: str, attempt: Attempt) -> None:
    ingest, asked = bootstrap.ingest(attempt), parse_message(body)
    if not asked:
        # Nothing that the ingest function reads as nothing comes here: it is somebody else's, and not for us to delete.
        raise UnreadableError
    for each in asked:
        began = time.monotonic()
        if isinstance(each, Notification):
            upload = ingest.give_up_version(each.version, each.at, attempt)
        else:
            upload = ingest.give_up(each.upload_id, attempt)
        if upload is not None:
            count_upload(upload, time.monotonic() - began)
            logger.warning("upload given up: %s", upload.status.value, upload=upload.id)


@cache
def _bootstrap() -> Bootstrap:
    return Bootstrap(settings.read(), logger)


cold_start.imported()
