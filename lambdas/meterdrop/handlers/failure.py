"""What may be logged of an exception: where it came from and AWS's code, never its text, which may quote a file."""

import traceback
from typing import TypedDict

from botocore.exceptions import ClientError

from meterdrop.adapters.dynamodb.errors import AwsError


class Described(TypedDict):
    """Fields of a log line."""

    error: str
    code: str | None
    operation: str | None
    where: list[str]


def described(error: BaseException) -> Described:
    """Return the log fields of an exception."""
    code = operation = None
    if isinstance(error, ClientError):
        code, operation = error.response.get("Error", {}).get("Code"), error.operation_name
    elif isinstance(error, AwsError):
        code, operation = error.code, error.operation
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "code": code,
        "operation": operation,
        "where": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames[-6:]],
    }
