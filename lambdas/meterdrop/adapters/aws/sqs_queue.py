"""The queue that notifications come from: when a message shows again, and messages of our own."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote_plus

from meterdrop.domain.uploads.objects import ObjectVersion

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LONGEST = 43_200  # seconds; SQS takes no more


class Queue:
    """Moves the moment at which a message that was not acknowledged is delivered again, and sends messages."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        """Take the queue's URL."""
        self._client = client
        self._url = url

    def show_again_in(self, receipt: str, seconds: float) -> None:
        """Hide the message for that long from now."""
        timeout = min(max(0, round(seconds)), _LONGEST)
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=timeout)

    def send(self, upload_id: str) -> None:
        """Ask for an upload that is on its way to go on; asked twice, it does so once."""
        self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps({"upload": upload_id}))

    def send_found(self, version: ObjectVersion, size: int, at: int) -> None:
        """Tell of an object version as S3 does, for S3 has not; `at` (epoch seconds) stands for the time of that."""
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
        """Send a message as it was received."""
        self._client.send_message(QueueUrl=self._url, MessageBody=body)

    def waiting(self) -> int:
        """Return how many messages have not had their turn, about; those that were tried and wait do not count."""
        names: list[Literal["ApproximateNumberOfMessages"]] = ["ApproximateNumberOfMessages"]
        response = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)
        return int(response["Attributes"]["ApproximateNumberOfMessages"])
