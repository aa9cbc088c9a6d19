"""The runbook's redrive: what it brings back, and what only reprocessing does. No emulator at hand has a redrive."""

from meterdrop.domain.codes import Status
from tests.alarms.operation import Operation, of_events
from tests.faults.files import USAGE
from tests.support.aws.requests import post

_HOUR = 60


def redrive(operation: Operation) -> None:
    """Move what is visible to the queue, while the trigger of the recover function is disabled."""
    functions = operation.functions
    dead, alive = functions.stack.dead_letter_queue_url, functions.stack.queue_url
    asked = {"QueueUrl": dead, "MaxNumberOfMessages": 10}
    for message in functions.call_service("sqs", "ReceiveMessage", asked)["Messages"]:
        functions.call_service("sqs", "SendMessage", {"QueueUrl": alive, "MessageBody": message["Body"]})
        functions.call_service("sqs", "DeleteMessage", {"QueueUrl": dead, "ReceiptHandle": message["ReceiptHandle"]})


def status_of(operation: Operation, id_: str) -> Status | None:
    """Read the status of an upload, or None where there is no item."""
    upload = operation.queues.upload(id_)
    return None if upload is None else upload.status


def test_an_upload_without_an_item_is_processed(operation: Operation) -> None:
    """S3 denied every call, so that nothing could count its attempts but the queue."""
    with operation.stopped("recover"):
        with operation.refused(lambda call: call.service == "s3", "ingest"):
            id_ = operation.queues.put("uploads/a.csv", USAGE).upload_id
            operation.minutes(_HOUR)
        assert status_of(operation, id_) is None
        redrive(operation)
        operation.minutes(1)
        assert status_of(operation, id_) is Status.SUCCEEDED_WITH_ERRORS


def test_an_upload_with_all_its_attempts_is_given_up_and_reprocessed(operation: Operation) -> None:
    """Its message comes straight back; the recover function must fail it first."""
    with operation.stopped("recover"):
        with operation.refused(of_events, "ingest"):
            id_ = operation.queues.put("uploads/a.csv", USAGE).upload_id
            operation.minutes(_HOUR)
        redrive(operation)
        operation.minutes(1)
        assert len(operation.functions.account.queue(operation.functions.stack.dead_letter_queue_url)) == 1
        assert status_of(operation, id_) is Status.PROCESSING
    operation.minutes(1)
    assert status_of(operation, id_) is Status.FAILED
    post(operation.functions, f"/v1/uploads/{id_}/reprocess", {})
    operation.minutes(1)
    assert status_of(operation, id_) is Status.SUCCEEDED_WITH_ERRORS
