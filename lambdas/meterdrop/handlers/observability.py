"""Logs and metrics for CloudWatch (embedded metric format).

The only dimension is the function's name. Metrics and log fields of exceptions hold no key, no ID and no cell value.
Namespace and service come from the environment, as Powertools reads it.
"""

import traceback
from http import HTTPStatus
from typing import TypedDict

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import ClientError

from meterdrop.adapters.dynamodb.errors import AwsError
from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Upload

_BY_STATUS = {
    Status.SUCCEEDED: "UploadsSucceeded",
    Status.SUCCEEDED_WITH_ERRORS: "UploadsSucceededWithErrors",
    Status.FAILED: "UploadsFailed",
}
logger = Logger()
metrics = Metrics()


def count_upload(upload: Upload, seconds: float) -> None:
    """Count an upload that reached a final status, its rows, and the seconds of its last attempt."""
    counts = upload.counts
    if upload.status in _BY_STATUS:
        _count(_BY_STATUS[upload.status])
    _count("RowsStored", 0 if upload.dry_run else counts.success)
    _count("RowsRefused", counts.error)
    _count("RowsDuplicate", counts.duplicate)
    metrics.add_metric("ProcessingTime", MetricUnit.Milliseconds, round(seconds * 1000))


def count_attempt(failures: int) -> None:
    """Count an attempt by the failures in a row that its message has now: 0 if it didn't fail."""
    _count("Retries", int(failures > 0))
    _count("ConsecutiveFailures", failures)


def count_given_up(upload: Upload) -> None:
    """Count an upload that recover finished: 1 if it failed, 0 if it had only its revert left to complete."""
    _count("UploadsGivenUp", int(upload.status is Status.FAILED))


def count_stuck(number: int) -> None:
    """Count what a sweep found waiting; 0 shows that a sweep ran to its end."""
    _count("UploadsStuck", number)


def count_differing(number: int) -> None:
    """Count uploads whose events or usage a recount found to differ from their status."""
    _count("AuditDifferences", number)


def count_request(status: int, *, unaudited: int = 0) -> None:
    """Count a request to the API, and whether its status is 401, or 5xx because something is broken.

    `unaudited` is the number of its lines that the audit trail didn't take.

    503 doesn't count as broken: an upload is changing the usage that the request reads.
    """
    is_broken = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.SERVICE_UNAVAILABLE
    _count("Requests", 1)
    _count("RequestsBroken", int(is_broken))
    _count("RequestsWithoutKey", int(status == HTTPStatus.UNAUTHORIZED))
    _count("AuditLinesMissed", unaudited)


def _count(name: str, number: int = 1) -> None:
    metrics.add_metric(name, MetricUnit.Count, number)


class ErrorFields(TypedDict):
    """The log fields of an exception."""

    error: str
    code: str | None
    operation: str | None
    where: list[str]


def error_fields(error: BaseException) -> ErrorFields:
    """Return the log fields of an exception; its message, which may quote a file, isn't one."""
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
