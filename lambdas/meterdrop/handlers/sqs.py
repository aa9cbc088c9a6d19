"""SQS batches: the messages in them, and how each one is handled, acknowledged or retried."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple, NotRequired, Protocol, TypedDict
from urllib.parse import unquote_plus

from meterdrop.adapters import deadline
from meterdrop.domain.ids import PERIOD_ID, REPORT_ID, UPLOAD_ID
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.handlers.observability import count_attempt, error_fields, logger
from meterdrop.pipeline.attempt import Attempt, BusyError

VISIBILITY_MARGIN_SECONDS = 5
"""Seconds for which a message stays hidden after its attempt must have ended."""
_EXHAUSTED = "exhausted"


class Attributes(TypedDict):
    """The attributes of an SQS message that Meterdrop reads."""

    ApproximateReceiveCount: str


class Record(TypedDict):
    """The fields of an SQS message that Meterdrop reads."""

    messageId: str
    receiptHandle: str
    body: str
    attributes: NotRequired[Attributes]


class Batch(TypedDict):
    """The event that Lambda passes for messages of a queue."""

    Records: list[Record]


class Context(Protocol):
    """The part of Lambda's context that Meterdrop reads."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until Lambda ends the process."""


class Queue(Protocol):
    """The queue that a batch comes from."""

    def show_again_in(self, receipt: str, seconds: float) -> None:
        """Hide a message for these seconds, from now on."""


class BatchItemFailure(TypedDict):
    """A message that SQS delivers again."""

    itemIdentifier: str


class SqsBatchResponse(TypedDict):
    """SQS's partial batch response."""

    batchItemFailures: list[BatchItemFailure]


def process(  # noqa: PLR0913  all that the functions behind queues differ in
    batch: Batch,
    context: Context,
    handle: Callable[[str, Attempt], None],
    backoff: Callable[[Attempt], float],
    *,
    queue: Queue,
    noun: str,
) -> SqsBatchResponse:
    """Handle every message of a batch; return those that SQS delivers again.

    `handle` takes a message's body. If it raises, SQS delivers the message again after a pause: the seconds of a
    BusyError, or those that `backoff` returns. `noun` names the message in the log.
    """
    ends = invocation_end(context)

    def is_done(record: Record) -> bool:
        attempt, receipt = Attempt(ends, receives=receive_count(record)), record["receiptHandle"]
        try:
            # If this process dies the next attempt comes soon after the lease's end, not after the queue's whole time.
            queue.show_again_in(receipt, ends - time.time() + VISIBILITY_MARGIN_SECONDS)
            with deadline.deadline(attempt.check):
                handle(record["body"], attempt)
        except BusyError as busy:
            logger.info("%s waits: %s", noun, busy, seconds=busy.seconds)
            count_attempt(0)
            queue.show_again_in(receipt, busy.seconds + 1)
            return False
        except Exception as error:  # noqa: BLE001 (whatever it is, the queue delivers the message again)
            seconds = backoff(attempt)
            logger.error(
                "%s retried later", noun, message_id=record["messageId"], seconds=seconds, **error_fields(error)
            )
            count_attempt(attempt.tries)
            queue.show_again_in(receipt, seconds)
            return False
        count_attempt(0)
        return True

    failed = [record["messageId"] for record in batch["Records"] if not is_done(record)]
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}


def invocation_end(context: Context) -> float:
    """Return when Lambda ends the process, in epoch seconds."""
    return time.time() + context.get_remaining_time_in_millis() / 1000


def receive_count(record: Record) -> int:
    """Return how often SQS delivered a message, this time included."""
    return int(record.get("attributes", {"ApproximateReceiveCount": "1"})["ApproximateReceiveCount"])


class Notification(NamedTuple):
    """An S3 notification: a stored object version, and the event's time in epoch seconds."""

    version: ObjectVersion
    event_time: int


class ResumeRequest(NamedTuple):
    """A message of Meterdrop's own: resume an upload that isn't final."""

    upload_id: str


class CloseRequest(NamedTuple):
    """A message of Meterdrop's own: close a billing period."""

    period_id: str


class ReportRequest(NamedTuple):
    """A message of Meterdrop's own: write the file of a usage report."""

    report_id: str


Request = Notification | ResumeRequest | ReportRequest | CloseRequest


class UnreadableMessageError(Exception):
    """A message that neither S3 nor Meterdrop sends."""


def parse_message(body: str) -> list[Request]:
    """Parse a message; raises UnreadableMessageError, which holds nothing of the body.

    Empty objects whose key ends in `/` are folders of the S3 console: they are left out. The test message that S3 sends
    when notifications are set up holds no records.
    """
    try:
        return list(_iter_requests(json.loads(body)))
    except Exception:  # noqa: BLE001 (whatever is wrong with it, a retry reads the same)
        raise UnreadableMessageError from None


def exhausted(body: str) -> str:
    """Return the dead letter of a message whose upload has no attempts left: the message, marked as such."""
    return json.dumps({**json.loads(body), _EXHAUSTED: True})


def is_exhausted(body: str) -> bool:
    """Return whether a dead letter is one that `exhausted` made. SQS and people send others."""
    return bool(json.loads(body).get(_EXHAUSTED))


def _iter_requests(message: dict[str, Any]) -> Iterator[Request]:
    if "upload" in message:
        upload_id = str(message["upload"])
        # The uploads table also holds other items.
        if not UPLOAD_ID.fullmatch(upload_id):
            raise ValueError("not an upload's id")
        yield ResumeRequest(upload_id)
    if "report" in message:
        report_id = str(message["report"])
        if not REPORT_ID.fullmatch(report_id):
            raise ValueError("not a report's id")
        yield ReportRequest(report_id)
    if "period" in message:
        period_id = str(message["period"])
        if not PERIOD_ID.fullmatch(period_id):
            raise ValueError("not a billing period's id")
        yield CloseRequest(period_id)
    for record in message.get("Records", ()):
        stored = record["s3"]["object"]
        # Encoded like a form: a space is a plus sign.
        key = unquote_plus(stored["key"])
        if not record["eventName"].startswith("ObjectCreated:") or (key.endswith("/") and not stored.get("size")):
            continue
        version = ObjectVersion(record["s3"]["bucket"]["name"], key, stored["versionId"], stored.get("sequencer", ""))
        yield Notification(version, int(datetime.fromisoformat(record["eventTime"]).timestamp()))
