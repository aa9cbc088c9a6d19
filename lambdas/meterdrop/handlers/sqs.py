"""What SQS hands over: a batch of messages, each a notification of S3 or an upload to resume."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple, NotRequired, Protocol, TypedDict
from urllib.parse import unquote_plus

from meterdrop.domain.ids import UPLOAD_ID
from meterdrop.domain.uploads.objects import ObjectVersion

VISIBILITY_MARGIN_SECONDS = 5
"""Seconds that a message stays hidden longer than an attempt can last."""


class Attributes(TypedDict):
    """What SQS counts."""

    ApproximateReceiveCount: str


class Record(TypedDict):
    """One SQS message, of which this is used."""

    messageId: str
    receiptHandle: str
    body: str
    attributes: NotRequired[Attributes]


class Batch(TypedDict):
    """What Lambda hands over from a queue."""

    Records: list[Record]


class Context(Protocol):
    """Lambda's context, of which this is used."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the platform ends the process."""


class Failed(TypedDict):
    """A message to be delivered again."""

    itemIdentifier: str


class SqsBatchResponse(TypedDict):
    """SQS's partial batch response."""

    batchItemFailures: list[Failed]


def process_batch(batch: Batch, context: Context, is_done: Callable[[Record, float], bool]) -> SqsBatchResponse:
    """Take every message; those that are not done are named. `is_done` also gets when the platform ends the process."""
    ends = ending(context)
    failed = [record["messageId"] for record in batch["Records"] if not is_done(record, ends)]
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]}


def ending(context: Context) -> float:
    """Return when the platform ends the process, in epoch seconds."""
    return time.time() + context.get_remaining_time_in_millis() / 1000


def receives(record: Record) -> int:
    """Return how often a message was delivered, this time included."""
    return int(record.get("attributes", {"ApproximateReceiveCount": "1"})["ApproximateReceiveCount"])


class Notification(NamedTuple):
    """One stored object version, and when S3 says it was stored (epoch seconds)."""

    version: ObjectVersion
    at: int


class Resumption(NamedTuple):
    """An upload that is known and on its way, and is to go on."""

    upload_id: str


class UnreadableError(Exception):
    """A message is neither S3's nor ours."""


def parse_message(body: str) -> list[Notification | Resumption]:
    """Read a whole message, as `read_message`; raises UnreadableError, which says nothing of what the body holds."""
    try:
        return list(read_message(body))
    except Exception:  # noqa: BLE001 (whatever is wrong with it, it is no message that could ever be read)
        raise UnreadableError from None


def read_message(body: str) -> Iterator[Notification | Resumption]:
    """Read a message; keys that end in `/` and hold nothing are folders of the S3 console and left out.

    The test message that S3 sends when notifications are set up holds no records. Raises ValueError or KeyError for a
    body that is neither S3's nor ours.
    """
    message = json.loads(body)
    if "upload" in message:
        upload_id = str(message["upload"])
        # Other items lie in the same table.
        if not UPLOAD_ID.fullmatch(upload_id):
            raise ValueError("a message names what is no upload")
        yield Resumption(upload_id)
    for record in message.get("Records", ()):
        stored = record["s3"]["object"]
        # Encoded like a form: a space is a plus sign.
        key = unquote_plus(stored["key"])
        if not record["eventName"].startswith("ObjectCreated:") or (key.endswith("/") and not stored.get("size")):
            continue
        version = ObjectVersion(record["s3"]["bucket"]["name"], key, stored["versionId"], stored.get("sequencer", ""))
        yield Notification(version, int(datetime.fromisoformat(record["eventTime"]).timestamp()))
