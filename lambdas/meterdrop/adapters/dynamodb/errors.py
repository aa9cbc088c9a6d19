"""What AWS could not or would not do. Every one of these propagates to the queue's retry."""


class AwsError(Exception):
    """AWS refused a call, or did not answer it often enough. Holds the code and never what was sent."""

    def __init__(self, operation: str, code: str) -> None:
        """Hold the operation's name and AWS's error code."""
        super().__init__(f"{operation}: {code}")
        self.operation = operation
        self.code = code
