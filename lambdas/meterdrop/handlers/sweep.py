"""Runs every 15 minutes to find missed files, stalled uploads and unsent status events."""

from meterdrop.handlers import cold_start

# isort: split
from dataclasses import asdict
from functools import cache
from typing import TypedDict

from meterdrop import settings
from meterdrop.adapters.aws.eventbridge import EventBus
from meterdrop.adapters.aws.s3_objects import ObjectStore
from meterdrop.adapters.aws.s3_versions import ObjectVersions
from meterdrop.adapters.aws.sqs_queue import Queue
from meterdrop.adapters.catalog.period_table import PeriodTable
from meterdrop.adapters.deadline import deadline
from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.adapters.metering.partner_events import PartnerReads
from meterdrop.adapters.metering.usage_table import UsageTable
from meterdrop.adapters.uploads.claims import SharedClaimTable
from meterdrop.adapters.uploads.outbox import OutboxTable
from meterdrop.adapters.uploads.retries import RetryTable
from meterdrop.adapters.uploads.sweep_cursor import SweepCursorTable
from meterdrop.adapters.uploads.upload_list import KnownUploads
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.handlers.connections import without_stale_connections
from meterdrop.handlers.observability import count_differing, count_stuck, error_fields, logger, metrics
from meterdrop.handlers.sqs import Context, invocation_end
from meterdrop.pipeline.attempt import Attempt
from meterdrop.pipeline.publish import publish_unsent
from meterdrop.pipeline.recount import Recount
from meterdrop.pipeline.requeue import Requeue
from meterdrop.pipeline.retry import AutomaticRuns
from meterdrop.pipeline.sweep import MIN_AGE_SECONDS, Sweep


class SweepInput(TypedDict, total=False):
    """The input of a sweep that you start manually; the schedule's event has none of it."""

    quiet_seconds: int
    """The age in seconds from which a file is missed or an upload is stalled; the default is 15 minutes."""


# Explicit, because an environment variable could change the default.
@logger.inject_lambda_context(clear_state=True, log_event=False)
@metrics.log_metrics(capture_cold_start_metric=True)
@without_stale_connections
def handler(sweep_input: SweepInput, context: Context) -> dict[str, int]:
    """Sweep a part of the versions and uploads; return the counts, or nothing if another sweep is running."""
    attempt = Attempt(invocation_end(context))
    sweeper = _Sweeper()
    with deadline(attempt.check):
        counts = sweeper.sweep.run(attempt, int(sweep_input.get("quiet_seconds", MIN_AGE_SECONDS)))
    if counts is None:
        logger.info("another sweep is running")
        return {}
    count_stuck(counts.found + counts.resumed + sweeper.unpublished)
    count_differing(counts.differing)
    fields = asdict(counts)
    logger.info("sweep done", **fields)
    return fields


class _Sweeper:
    """The sweep and its adapters."""

    def __init__(self) -> None:
        self.unpublished = 0
        """Status events that the event bus did not accept."""
        config = _settings()
        dynamodb, table = settings.dynamodb(), config.uploads_table
        json_client = settings.json_client(1)
        self._bus = EventBus(settings.events, config.event_bus)
        self._outbox = OutboxTable(dynamodb, table)
        uploads, queue = KnownUploads(dynamodb, json_client, table), Queue(settings.sqs(), settings.queue_url(config))
        objects = ObjectStore(settings.s3(), config.upload_bucket)
        self.sweep = Sweep(
            versions=ObjectVersions(settings.s3(), config.upload_bucket),
            uploads=uploads,
            periods=PeriodTable(dynamodb, config.catalog_table),
            cursors=SweepCursorTable(dynamodb, table),
            messages=queue,
            publish_unsent=self._publish_unsent,
            automatic_runs=AutomaticRuns(
                retries=RetryTable(dynamodb, table),
                uploads=uploads,
                claims=SharedClaimTable(dynamodb, table),
                requeue=Requeue(UploadTable(dynamodb, table), objects, queue, config.upload_bucket),
                on_done=lambda upload_id, result: logger.info("automatic run: %s", result, upload=upload_id),
            ),
            recount=Recount(
                known=uploads,
                uploads=UploadTable(dynamodb, table),
                objects=objects,
                events=lambda upload: PartnerReads(EventReader(json_client, config.events_table), upload.partner),
                usage=lambda upload: UsageTable(
                    json_client, config.usage_table, upload.id, upload.created, upload.partner
                ),
                bucket=config.upload_bucket,
                on_difference=_log_difference,
            ),
        )

    def _publish_unsent(self, before: int, after: str | None) -> str | None:
        return publish_unsent(
            self._bus,
            self._outbox,
            before=before,
            after=after,
            on_failed=self._not_published,
        )

    def _not_published(self, error: Exception) -> None:
        self.unpublished += 1
        logger.error("status event not published", **error_fields(error))


def _log_difference(upload_id: str, what: str, count: int) -> None:
    logger.error("audit difference: %s", what, upload=upload_id, count=count)


@cache
def _settings() -> settings.Settings:
    return settings.from_environment()


cold_start.imported()
