"""The queue on moto."""

import json

from meterdrop.adapters.aws.sqs_queue import Queue
from meterdrop.handlers.sqs import ResumeRequest, parse_message
from tests.unit.adapters.conftest import Aws


def received(aws: Aws) -> list[str]:
    """Receive what shows now; it is hidden for half a minute then."""
    answer = aws.sqs.receive_message(QueueUrl=aws.queue_url, WaitTimeSeconds=0)
    return [message["ReceiptHandle"] for message in answer.get("Messages", [])]


def test_a_message_shows_again(aws: Aws) -> None:
    """At once where no time is to pass, and not before it has passed."""
    queue = Queue(aws.sqs, aws.queue_url)
    aws.sqs.send_message(QueueUrl=aws.queue_url, MessageBody="x")
    [receipt] = received(aws)
    queue.show_again_in(receipt, 100.4)
    assert received(aws) == []
    queue.show_again_in(receipt, 0)
    assert len(received(aws)) == 1


def test_a_time_that_has_passed(aws: Aws) -> None:
    """It is now: SQS takes no negative time."""
    queue = Queue(aws.sqs, aws.queue_url)
    aws.sqs.send_message(QueueUrl=aws.queue_url, MessageBody="x")
    [receipt] = received(aws)
    queue.show_again_in(receipt, -5.0)
    assert len(received(aws)) == 1


def test_a_message_of_our_own(aws: Aws) -> None:
    """It names the upload, in the form that the ingest function reads."""
    upload_id = "upl_" + "a" * 26
    Queue(aws.sqs, aws.queue_url).send(upload_id)
    [message] = aws.sqs.receive_message(QueueUrl=aws.queue_url)["Messages"]
    assert {"upload": upload_id} == json.loads(message["Body"])
    assert [ResumeRequest(upload_id)] == parse_message(message["Body"])
