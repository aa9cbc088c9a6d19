"""SQS in front of the functions: hands messages over one by one, and deletes those that are acknowledged."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from meterdrop.adapters.uploads.upload_items import from_item
from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.keys import input_prefix
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Upload
from meterdrop.handlers.sqs import CloseRequest, Notification, ReportRequest, parse_message
from tests.support.aws.functions import Functions
from tests.support.aws.messages import DiedError

_deserialize = TypeDeserializer().deserialize
_BETWEEN_SWEEPS = 1_000  # seconds; longer than what it finds has to be left alone
_SWEEPS = 6
_PASSING = frozenset({"pending", "processing", "reverting"})
_FOREVER = 20 * 86_400


class AcknowledgedTooEarlyError(AssertionError):
    """A message was deleted, though its upload is not final and no other message leads to it."""


@dataclass(slots=True)
class Delivery:
    """One message, handed over once."""

    function: str
    event: dict[str, Any]

    @property
    def body(self) -> str:
        """What was sent."""
        body: str = self.event["Records"][0]["body"]
        return body


@dataclass(slots=True)
class Queues:
    """The queue with `ingest` behind it and the dead letters with `recover`."""

    functions: Functions
    deliveries: list[Delivery] = field(default_factory=list)
    """All that were handed over so far."""
    stopped: set[str] = field(default_factory=set)
    """Functions whose trigger is disabled."""
    on_begin: Callable[[Delivery], None] = lambda _: None
    on_end: Callable[[Delivery, bool], None] = lambda _, __: None
    """Called before and after each invocation, with whether it is done: the message is then deleted."""
    before_acknowledging: Callable[[Delivery], None] = lambda _: None
    """May raise DiedError: the function is done, and SQS never hears of it."""

    def deliver(self) -> int:
        """Hand over every message that shows, once; returns how many did."""
        return sum(
            self._deliver(url, function)
            for url, function in (
                (self.functions.stack.queue_url, "ingest"),
                (self.functions.stack.dead_letter_queue_url, "recover"),
            )
            if function not in self.stopped
        )

    def deliver_first(self) -> None:
        """Hand over the first message of the queue alone."""
        self._deliver(self.functions.stack.queue_url, "ingest", most=1)

    def deliver_first_dead_letter(self) -> None:
        """Hand over the first dead letter alone."""
        self._deliver(self.functions.stack.dead_letter_queue_url, "recover", most=1)

    def drain(self) -> None:
        """Hand over until no message is left, letting the time pass that they are hidden for."""
        began = self.functions.account.clock.now
        while (shows_at := self.next_shows_at()) is not None:
            self.functions.account.clock.now = max(self.functions.account.clock.now, shows_at)
            self.deliver()
            assert self.functions.account.clock.now < began + _FOREVER, "the queue is never drained"

    def record(self) -> None:
        """Drain, with the sweep run by its schedule as long as there is something for it to find."""
        self.drain()
        for _ in range(_SWEEPS):
            if not self._is_something_left():
                return
            self.functions.account.clock.now += _BETWEEN_SWEEPS
            self.sweep()
            self.drain()
        raise AssertionError("the sweep leaves something again and again")

    def sweep(self) -> None:
        """Run the sweep once, whatever becomes of it."""
        with suppress(Exception, DiedError):
            self.functions.call("sweep", {})

    def next_shows_at(self) -> float | None:
        """Return when the next message shows, or None where there is none."""
        return min((message["visible_at"] for message in self.messages()), default=None)

    def messages(self) -> list[dict[str, Any]]:
        """Return all messages, hidden ones too, as MiniStack keeps them."""
        return self.functions.account.messages()

    def _deliver(self, url: str, function: str, most: int | None = None) -> int:
        asked = {"QueueUrl": url, "MaxNumberOfMessages": most or 10, "AttributeNames": ["ApproximateReceiveCount"]}
        received: list[dict[str, Any]] = []
        while got := self.functions.call_service("sqs", "ReceiveMessage", asked).get("Messages"):
            received += got
            if len(received) == most:
                break
        for message in received:
            self.hand_over(function, url, message)
        return len(received)

    def hand_over(self, function: str, url: str, message: Any) -> bool:
        """Hand one message over; says whether it is done."""
        delivery = Delivery(
            function,
            {
                "Records": [
                    {
                        "messageId": message["MessageId"],
                        "receiptHandle": message["ReceiptHandle"],
                        "body": message["Body"],
                        "attributes": message["Attributes"],
                    }
                ]
            },
        )
        self.deliveries.append(delivery)
        self.on_begin(delivery)
        is_done = self._is_done(delivery)
        self.on_end(delivery, is_done)
        if not is_done:
            return False
        asked = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
        self.functions.call_service("sqs", "DeleteMessage", asked)
        self._check_acknowledged(delivery)
        return True

    def _is_done(self, delivery: Delivery) -> bool:
        try:
            if self.functions.call(delivery.function, delivery.event)["batchItemFailures"]:
                return False
            self.before_acknowledging(delivery)
        except (Exception, DiedError):  # noqa: BLE001 (whatever a function raises, Lambda gives the message back)
            return False
        return True

    def _check_acknowledged(self, delivery: Delivery) -> None:
        for asked in parse_message(delivery.body):
            if isinstance(asked, CloseRequest):
                # The sweep retries what recover leaves, because recover can close no period.
                if delivery.function == "ingest" and self._is_closing(asked) and not self._leads_to(asked.period_id):
                    raise AcknowledgedTooEarlyError(f"{asked.period_id} is closing")
                continue
            if isinstance(asked, ReportRequest):
                continue  # a report changes nothing
            id_ = asked.version.upload_id if isinstance(asked, Notification) else asked.upload_id
            upload = self.upload(id_)
            if isinstance(asked, Notification) and upload is not None and upload.status is Status.REVERTING:
                continue  # S3's messages leave a revert alone: it has one of its own, or the sweep finds it
            if (upload is None or not upload.is_final) and not self._leads_to(id_):
                raise AcknowledgedTooEarlyError(f"{id_} is {upload and upload.status.value}")

    def _is_closing(self, asked: CloseRequest) -> bool:
        periods = [item for item in self.functions.items("catalog") if item["sk"] == asked.period_id]
        return any(item["status"] == "closing" for item in periods)

    def _leads_to(self, upload_id: str) -> bool:
        bodies = [message["body"] for message in self.messages()]
        return any(
            (each.version.upload_id if isinstance(each, Notification) else each[0]) == upload_id
            for body in bodies
            for each in parse_message(body)
            if not isinstance(each, ReportRequest)
        )

    def _is_something_left(self) -> bool:
        asked = {"TableName": "uploads", "ConsistentRead": True}
        items = self.functions.call_service("dynamodb", "Scan", asked)["Items"]
        known = {item["id"]["S"] for item in items}
        stored = [each for each in self.functions.account.versions() if input_prefix(each.key)]
        return (
            any(each.upload_id not in known for each in stored)
            or any(id_.startswith("outbox#") for id_ in known)
            or any(item["id"]["S"].startswith("retry#") and self._is_due(item) for item in items)
            or any(item.get("status", {}).get("S") in _PASSING for item in items)
            or any(item.get("status") == "closing" for item in self.functions.items("catalog"))
        )

    def _is_due(self, retry: dict[str, Any]) -> bool:
        return int(retry["created_id"]["S"].partition("#")[0]) <= self.functions.account.clock.now

    def upload(self, upload_id: str) -> Upload | None:
        """Read an upload."""
        item = self.functions.call_service(
            "dynamodb", "GetItem", {"TableName": "uploads", "Key": {"id": {"S": upload_id}}}
        )
        return from_item({name: _deserialize(value) for name, value in item["Item"].items()}) if item else None

    def put(
        self, key: str, data: bytes, *, allow_duplicate: bool = False, control: Mapping[str, str] | None = None
    ) -> ObjectVersion:
        """Drop a file, with the metadata that declares its control totals; S3 tells the queue of it."""
        bucket = self.functions.stack.bucket
        metadata = {"x-amz-meta-allow-duplicate": "true"} if allow_duplicate else {}
        metadata |= {f"x-amz-meta-{name}": value for name, value in (control or {}).items()}
        return ObjectVersion(bucket, key, self.functions.store(bucket, key, data, metadata))

    def send(self, body: dict[str, Any]) -> None:
        """Put a message on the queue, as others than S3 do."""
        asked = {"QueueUrl": self.functions.stack.queue_url, "MessageBody": json.dumps(body)}
        self.functions.call_service("sqs", "SendMessage", asked)

    def send_again(self) -> None:
        """Put the message that was handed over last on the queue once more, as SQS may deliver it."""
        self.send(json.loads(self.deliveries[-1].body))

    def delete(self, key: str) -> None:
        """Delete an object as users do: its versions stay."""
        self.functions.remove(self.functions.stack.bucket, key)

    def hide_messages(self, seconds: float) -> None:
        """Let all messages show so much later, as SQS may deliver them in any order."""
        for message in self.messages():
            message["visible_at"] += seconds
