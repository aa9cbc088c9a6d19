"""Runs every quarter of an hour, and finds what no message is under way for."""

from meterdrop.handlers import cold_start

# isort: split
from dataclasses import asdict
from functools import cache
from typing import TypedDict

from aws_lambda_powertools import Logger

from meterdrop import settings
from meterdrop.adapters.aws.eventbridge import EventBus
from meterdrop.adapters.aws.s3_versions import ObjectVersions
from meterdrop.adapters.aws.sqs_queue import Queue
from meterdrop.adapters.uploads.outbox import OutboxTable
from meterdrop.adapters.uploads.sweep_cursor import SweepCursorTable
from meterdrop.adapters.uploads.upload_list import KnownUploads
from meterdrop.handlers.observability import count_stuck, error_fields, metrics
from meterdrop.handlers.sqs import Context, ending
from meterdrop.pipeline.attempt import Attempt
from meterdrop.pipeline.publish import publish_unsent
from meterdrop.pipeline.sweep import MIN_AGE_SECONDS, Sweep

logger = Logger()


class SweepInput(TypedDict, total=False):
    """What a person may ask for who starts it by hand; the schedule's event holds none of it."""

    quiet_seconds: int
    """Age from which something is missed, in place of a quarter of an hour."""


# Said, not left to the default, which an environment variable could change.
@logger.inject_lambda_context(clear_state=True, log_event=False)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(asked: SweepInput, context: Context) -> dict[str, int]:
    """Do one slice; the answer says what was found, and is empty where another run is at work."""
    attempt = Attempt(ending(context))
    counts = _Sweeper(attempt).sweep.run(attempt, int(asked.get("quiet_seconds", MIN_AGE_SECONDS)))
    if counts is None:
        logger.info("another sweep is at work")
        count_stuck(0)
        return {}
    count_stuck(counts.found + counts.resumed)
    found = asdict(counts)
    logger.info("swept", **found)
    return found


class _Sweeper:
    """The sweep, its adapters bound to one attempt's time."""

    def __init__(self, attempt: Attempt) -> None:
        config = _settings()
        dynamodb, table = settings.dynamodb(), config.uploads_table
        self._bus = EventBus(settings.events, attempt.check)
        self._outbox = OutboxTable(dynamodb, table, attempt.check)
        self.sweep = Sweep(
            versions=ObjectVersions(settings.s3(), config.upload_bucket),
            uploads=KnownUploads(dynamodb, table),
            cursors=SweepCursorTable(dynamodb, table),
            messages=Queue(settings.sqs(), settings.queue_url(config)),
            publish_unsent=self._send_left,
        )

    def _send_left(self, before: int, after: str | None) -> str | None:
        return publish_unsent(
            self._bus,
            self._outbox,
            before=before,
            after=after,
            on_failed=lambda error: logger.error("announcement refused", **error_fields(error)),
        )


@cache
def _settings() -> settings.Settings:
    return settings.read()


cold_start.imported()
