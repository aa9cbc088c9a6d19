"""Errors of AWS calls. They propagate, so that the queue retries the message."""


class AwsError(Exception):
    """An AWS call that failed, with no retry left or useful. Contains the error code but never the request."""

    def __init__(self, operation: str, code: str) -> None:
        """Store the name of the operation and the AWS error code."""
        super().__init__(f"{operation}: {code}")
        self.operation = operation
        self.code = code
