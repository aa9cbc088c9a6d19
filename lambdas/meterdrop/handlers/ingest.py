"""Takes the messages of the queue: what fails stays there, to be delivered again."""

from meterdrop.handlers import cold_start

# isort: split
import time
from functools import cache

from aws_lambda_powertools import Logger

from meterdrop import settings
from meterdrop.domain.uploads.upload import Upload
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
from meterdrop.pipeline.attempt import Attempt, BusyError, ExhaustedError, after_failure

logger = Logger()


# Said, not left to the default, which an environment variable could change: an event names files.
@logger.inject_lambda_context(clear_state=True, log_event=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(batch: Batch, context: Context) -> SqsBatchResponse:
    """Take every message of a batch; those that could not be finished are named in the answer."""
    return process_batch(batch, context, _is_done)


def _is_done(record: Record, ends: float) -> bool:
    """Try one message, and say when it shows again where it is not done."""
    bootstrap, receipt = _bootstrap(), record["receiptHandle"]
    attempt = Attempt(ends, receives=receives(record))
    try:
        # If this process dies the next attempt comes soon after the lease's end, not after the queue's whole time.
        bootstrap.queue.show_again_in(receipt, ends - time.time() + VISIBILITY_MARGIN_SECONDS)
        try:
            _take(bootstrap, record["body"], attempt)
        except (ExhaustedError, UnreadableError) as error:
            # Acknowledged only after the dead-letter queue has it: a crash in between leaves it in both.
            bootstrap.set_aside(record["body"])
            logger.error("message set aside", **error_fields(error))  # noqa: TRY400 (as below)
    except BusyError as busy:
        logger.info("upload waits: %s", busy, seconds=busy.seconds)
        count_retry(failed=False)
        bootstrap.queue.show_again_in(receipt, busy.seconds + 1)
        return False
    except Exception as error:  # noqa: BLE001 (whatever it is, the queue delivers the message again)
        logger.error("upload tried again later", **error_fields(error))  # noqa: TRY400 (messages may hold what files hold)
        count_retry(failed=True)
        bootstrap.queue.show_again_in(receipt, after_failure(attempt.number or attempt.receives))
        return False
    count_retry(failed=False)
    return True


def _take(bootstrap: Bootstrap, body: str, attempt: Attempt) -> None:
    ingest = bootstrap.ingest(attempt)
    for asked in parse_message(body):
        began = time.monotonic()
        if isinstance(asked, Notification):
            upload = ingest.run(asked.version, asked.at, attempt)
        else:
            upload = ingest.resume(asked.upload_id, attempt)
        if upload is not None:
            count_upload(upload, time.monotonic() - began)
            _tell(upload)


def _tell(upload: Upload) -> None:
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


@cache
def _bootstrap() -> Bootstrap:
    return Bootstrap(settings.read(), logger)


cold_start.imported()
