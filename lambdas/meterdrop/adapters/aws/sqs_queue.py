"""The upload queue: message visibility, and the messages that Meterdrop sends itself."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote_plus

from meterdrop.domain.uploads.objects import ObjectVersion

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LONGEST = 43_200  # seconds; the maximum of SQS


class Queue:
    """The upload queue. Changes when SQS delivers a message again, and sends messages."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        """Use the queue at `url`."""
        self._client = client
        self._url = url

    def show_again_in(self, receipt: str, seconds: float) -> None:
        """Hide a message for `seconds` from now, at most 12 hours."""
        timeout = min(max(0, round(seconds)), _LONGEST)
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=timeout)

    def send(self, upload_id: str) -> None:
        """Send a message that resumes an upload in progress. A repeated message has no further effect."""
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps({"upload": upload_id}))

    def send_period(self, period_id: str) -> None:
        """Send a message that closes a billing period. A repeated message has no further effect."""
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps({"period": period_id}))

    def send_report(self, report_id: str) -> None:
        """Send a message that writes the file of a report. A message after its end has no effect."""
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps({"report": report_id}))

    def send_found(self, version: ObjectVersion, size: int, at: int) -> None:
        """Send the notification of an object version that S3 did not send, with `at` (epoch seconds) as event time."""
        record = {
            "eventSource": "meterdrop:sweep",
            "eventName": "ObjectCreated:Found",
            "eventTime": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "s3": {
                "bucket": {"name": version.bucket},
                "object": {"key": quote_plus(version.key), "size": size, "versionId": version.version_id},
            },
        }
        self.pass_on(json.dumps({"Records": [record]}))

    def pass_on(self, body: str) -> None:
        """Send a message with this body, unchanged."""
        self._client.send_message(QueueUrl=self._url, MessageBody=body)

    def waiting(self) -> int:
        """Return the approximate number of visible messages. Messages that wait for a retry are not counted."""
        names: list[Literal["ApproximateNumberOfMessages"]] = ["ApproximateNumberOfMessages"]
        response = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)
        return int(response["Attributes"]["ApproximateNumberOfMessages"])
