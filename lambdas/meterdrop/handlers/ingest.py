"""Processes the messages of the queue. If one fails, SQS delivers it again."""

from meterdrop.handlers import cold_start

# isort: split
import time

from meterdrop.domain.metering.report_file import ReportFile, ReportStatus
from meterdrop.domain.uploads.upload import Upload
from meterdrop.handlers.bootstrap import ingest_dependencies
from meterdrop.handlers.connections import without_stale_connections
from meterdrop.handlers.observability import count_upload, error_fields, logger, metrics
from meterdrop.handlers.sqs import (
    Batch,
    CloseRequest,
    Context,
    Notification,
    ReportRequest,
    SqsBatchResponse,
    UnreadableMessageError,
    exhausted,
    parse_message,
    process,
)
from meterdrop.pipeline.attempt import MARGIN, Attempt, ExhaustedError, after_failure

_WRITE_SECONDS = 60
"""Seconds at the end of an attempt that are kept for the writes of a report's file."""


# Explicit, because an environment variable could change the default: an event names files.
@logger.inject_lambda_context(clear_state=True, log_event=False)
@metrics.log_metrics(capture_cold_start_metric=True)
@without_stale_connections
def handler(batch: Batch, context: Context) -> SqsBatchResponse:
    """Process every message of a batch; return those that SQS delivers again."""
    return process(batch, context, _process, _backoff, queue=ingest_dependencies().queue, noun="upload")


def _process(body: str, attempt: Attempt) -> None:
    try:
        _ingest(body, attempt)
    except (ExhaustedError, UnreadableMessageError) as error:
        # Acknowledged only after the dead-letter queue has it: a crash in between leaves it in both.
        ingest_dependencies().send_to_dead_letters(exhausted(body) if isinstance(error, ExhaustedError) else body)
        logger.error("message sent to the dead-letter queue", **error_fields(error))


def _ingest(body: str, attempt: Attempt) -> None:
    ingest = ingest_dependencies().ingest
    for request in parse_message(body):
        began = time.monotonic()
        if isinstance(request, CloseRequest):
            _close(request, attempt)
            continue
        if isinstance(request, ReportRequest):
            _write_report(request.report_id, attempt)
            continue
        if isinstance(request, Notification):
            upload = ingest.run(request.version, request.event_time, attempt)
        else:
            upload = ingest.resume(request.upload_id, attempt)
        if upload is not None:
            count_upload(upload, time.monotonic() - began)
            _log_upload(upload)


def _close(request: CloseRequest, attempt: Attempt) -> None:
    statement = ingest_dependencies().closing.run(request.period_id, attempt)
    if statement is not None:
        logger.info(
            "billing period closed", period=statement.period, statement=statement.number, lines=statement.line_count
        )


def _write_report(report_id: str, attempt: Attempt) -> None:
    job = ingest_dependencies().report_job()
    file = job.run(report_id, receives=attempt.receives, ends=attempt.ends - MARGIN - _WRITE_SECONDS)
    if file is not None:
        _log_report(file)


def _backoff(attempt: Attempt) -> float:
    return after_failure(attempt.tries)


def _log_upload(upload: Upload) -> None:
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


def _log_report(file: ReportFile) -> None:
    log = logger.info if file.status is ReportStatus.SUCCEEDED else logger.error
    log("report %s", file.status.value, report=file.id, failure=file.failure, lines=file.line_count)


cold_start.imported()
