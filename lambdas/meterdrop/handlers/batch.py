"""A batch of SQS messages: each is taken on its own, and the queue hears which are to be delivered again."""

import time
from collections.abc import Callable
from typing import NotRequired, Protocol, TypedDict

LATER = 5
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


class Answer(TypedDict):
    """SQS's partial batch response."""

    batchItemFailures: list[Failed]


def take(batch: Batch, context: Context, is_done: Callable[[Record, float], bool]) -> Answer:
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
