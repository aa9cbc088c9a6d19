"""Processes the dead-letter queue: undoes and fails uploads that can't be finished, so that each becomes final.

A message that fails here too stays in the dead-letter queue. The pause before its retry doubles, up to ten minutes.
"""

from meterdrop.handlers import cold_start

# isort: split
import time

from meterdrop.handlers.bootstrap import ingest_dependencies
from meterdrop.handlers.connections import without_stale_connections
from meterdrop.handlers.observability import count_given_up, count_upload, logger, metrics
from meterdrop.handlers.sqs import (
    Batch,
    CloseRequest,
    Context,
    Notification,
    ReportRequest,
    SqsBatchResponse,
    UnreadableMessageError,
    is_exhausted,
    parse_message,
    process,
)
from meterdrop.pipeline.attempt import Attempt, before_recovery


# Explicit, because an environment variable could change the default: an event names files.
@logger.inject_lambda_context(clear_state=True, log_event=False)
@metrics.log_metrics(capture_cold_start_metric=True)
@without_stale_connections
def handler(batch: Batch, context: Context) -> SqsBatchResponse:
    """Process every dead letter of a batch; return those that stay in the dead-letter queue."""
    return process(batch, context, _give_up, _backoff, queue=ingest_dependencies().queue, noun="dead letter")


def _give_up(body: str, attempt: Attempt) -> None:
    ingest, requests = ingest_dependencies().ingest, parse_message(body)
    if not requests:
        # The ingest function sends no such message here. Another sender did, so it isn't Meterdrop's to delete.
        raise UnreadableMessageError
    only_exhausted = is_exhausted(body)
    for request in requests:
        if isinstance(request, CloseRequest):
            # Uploads follow the policy of the period already, so it can't be opened again. The sweep retries the close.
            logger.warning("billing period not closed yet", period=request.period_id)
            continue
        began = time.monotonic()
        if isinstance(request, ReportRequest):
            # It changes nothing, and a client can request it again.
            logger.error("report given up", report=request.report_id)
            continue
        if isinstance(request, Notification):
            upload = ingest.give_up_version(request.version, request.event_time, attempt, only_exhausted=only_exhausted)
        else:
            upload = ingest.give_up(request.upload_id, attempt, only_exhausted=only_exhausted)
        if upload is not None:
            count_upload(upload, time.monotonic() - began)
            count_given_up(upload)
            logger.warning("upload given up: %s", upload.status.value, upload=upload.id)


def _backoff(attempt: Attempt) -> float:
    return before_recovery(attempt.receives)


cold_start.imported()
