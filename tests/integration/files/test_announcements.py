"""The outside hears of every final status: by a rule of the event bus, as the function under its own role tells it."""

import json
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from meterdrop.adapters.aws.eventbridge import EventBus
from meterdrop.adapters.uploads.outbox import OutboxTable
from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.publish import publish_unsent
from tests.integration.access.test_permissions import wait_for_refusal, without
from tests.support.integration.dropping import PATIENCE, Dropping
from tools.emulator.web import get, post
from tools.stack.local_stack import LocalStack

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
CUSTOMER = "cus_QMJJtcu70R1x46"


@dataclass
class Listener:
    """A queue that a rule of the test fills, as a program of the owner would have it."""

    stack: LocalStack
    queue_url: str
    heard: list[dict[str, Any]] = field(default_factory=list)

    def of(self, upload: Upload, number: int = 1) -> list[dict[str, Any]]:
        """Wait for so many announcements of an upload, then a moment for one too many."""
        gives_up = time.monotonic() + PATIENCE
        while len(self._found(upload)) < number:
            assert time.monotonic() < gives_up, f"too little was heard of {upload.key}: {self._found(upload)}"
            self._listen(1)
        self._listen(1)
        return self._found(upload)

    def _found(self, upload: Upload) -> list[dict[str, Any]]:
        return [event for event in self.heard if event["detail"]["id"] == upload.id]

    def _listen(self, seconds: int) -> None:
        answer = self.stack.clients.sqs().receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=seconds
        )
        self.heard += (json.loads(message["Body"]) for message in answer.get("Messages", []))


@pytest.fixture
def listener(stack: LocalStack) -> Iterator[Listener]:
    """Make a queue and the rule of docs/events.md that sends every announcement there."""
    sqs, bus, name = stack.clients.sqs(), stack.clients.other("events"), f"heard-{uuid.uuid4().hex[:8]}"
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    bus.put_rule(Name=name, EventPattern=json.dumps({"source": ["meterdrop"]}))
    bus.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn}])
    yield Listener(stack, url)
    bus.remove_targets(Rule=name, Ids=["queue"])
    bus.delete_rule(Name=name)
    sqs.delete_queue(QueueUrl=url)


@pytest.mark.parametrize(
    ("key", "body", "type_"),
    [
        ("uploads/heard/März & more.csv", f"{HEADER}2024-09-25,cpu_usage,{CUSTOMER},77001\n", "upload.succeeded"),
        (
            "validate/heard.csv",
            f'{HEADER}2024-09-25,cpu_usage,{CUSTOMER},77002\n"45559",cpu_usage,{CUSTOMER},1\n',
            "upload.succeeded_with_errors",
        ),
        ("uploads/heard/failed.csv", "no,columns\nof,ours\n", "upload.failed"),
        ("customers/heard.csv", "id,name\ncus_heard,Ada\n", "upload.succeeded"),
    ],
)
def test_a_final_status_is_heard_of(stack: LocalStack, listener: Listener, key: str, body: str, type_: str) -> None:
    """Once, with the upload as the API shows it; and nothing is left to be sent."""
    upload = Dropping(stack).drop(key, body.encode())
    (event,) = listener.of(upload)
    shown = json.loads(get(f"{stack.api_url}/v1/uploads/{upload.id}", bearer=stack.read_key).body)

    assert ("meterdrop", type_) == (event["source"], event["detail-type"])
    assert {**shown, **{name: event["detail"][name] for name in ("email", "event_id")}, "trimmed": []} == event[
        "detail"
    ]
    assert [] == _unsent(stack, upload)


def test_a_revert_is_heard_of(stack: LocalStack, listener: Listener) -> None:
    """As a final status of its own, with an id of its own."""
    body = f"{HEADER}2024-09-25,cpu_usage,{CUSTOMER},77004\n"
    upload = Dropping(stack).drop("uploads/heard/reverted.csv", body.encode())
    answer = post(f"{stack.api_url}/v1/uploads/{upload.id}/revert", {}, bearer=stack.secret_key)
    told, again = listener.of(upload, 2)

    assert 202 == answer.status
    assert ["upload.succeeded", "upload.reverted"] == [told["detail-type"], again["detail-type"]]
    assert ["succeeded", "reverted"] == [told["detail"]["status"], again["detail"]["status"]]
    assert told["detail"]["event_id"] != again["detail"]["event_id"]
    assert [] == _unsent(stack, upload)


def test_what_could_not_be_told_is_told_later(stack: LocalStack, listener: Listener) -> None:
    """Without the permission to tell it an upload is final all the same; its announcement waits and is sent once."""
    with without(stack, "events:PutEvents"):
        upload = Dropping(stack).drop(
            "uploads/heard/later.csv", f"{HEADER}2024-09-25,cpu_usage,{CUSTOMER},77003\n".encode()
        )
        wait_for_refusal(stack, "events:PutEvents")
    waiting = _unsent(stack, upload, seconds=0)
    clients, failed = stack.clients, list[Exception]()
    outbox = OutboxTable(clients.dynamodb(), stack.outputs.uploads_table)
    bus = EventBus(lambda: clients.other("events"))
    publish_unsent(bus, outbox, before=int(time.time()) + 1, after=None, on_failed=failed.append)
    (event,) = listener.of(upload)

    assert Status.SUCCEEDED is upload.status
    assert 1 == len(waiting)
    assert (upload.id, []) == (event["detail"]["id"], failed)
    assert [] == _unsent(stack, upload)


def _unsent(stack: LocalStack, upload: Upload, seconds: float = 5) -> list[Any]:
    """Return what the outbox holds of an upload; what was sent leaves it a moment after."""
    gives_up = time.monotonic() + seconds
    while True:
        answer = stack.clients.dynamodb().query(
            TableName=stack.outputs.uploads_table,
            IndexName="by_month",
            KeyConditionExpression="#month = :month",
            ExpressionAttributeNames={"#month": "month"},
            ExpressionAttributeValues={":month": {"S": "outbox"}},
        )
        left = [item for item in answer["Items"] if upload.id in item["id"]["S"]]
        if not left or time.monotonic() > gives_up:
            return left
        time.sleep(0.1)
