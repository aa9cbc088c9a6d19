"""The queue that notifications come from: when a message shows again."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LONGEST = 43_200  # seconds; SQS takes no more


class Queue:
    """Moves the moment at which a message that was not acknowledged is delivered again."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        """Take the queue's URL."""
        self._client = client
        self._url = url

    def show_again_in(self, receipt: str, seconds: float) -> None:
        """Hide the message for that long from now."""
        timeout = min(max(0, round(seconds)), _LONGEST)
        self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=receipt, VisibilityTimeout=timeout)
