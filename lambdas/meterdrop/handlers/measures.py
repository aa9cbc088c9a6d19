"""What CloudWatch counts: the metrics of the dashboard and the alarms, as lines of the log (embedded metric format).

Beside the function's name no dimension: no key, no id and nothing of a file is ever in them. Namespace and service come
from the environment, as Powertools reads it.
"""

from http import HTTPStatus

from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Upload

_BY_STATUS = {
    Status.SUCCEEDED: "UploadsSucceeded",
    Status.SUCCEEDED_WITH_ERRORS: "UploadsSucceededWithErrors",
    Status.FAILED: "UploadsFailed",
}

metrics = Metrics()


def count_upload(upload: Upload, seconds: float) -> None:
    """Count an upload that reached a final status, its rows, and how long the attempt took that brought it there."""
    counts = upload.counts
    if upload.status in _BY_STATUS:
        _count(_BY_STATUS[upload.status])
    _count("RowsStored", 0 if upload.dry_run else counts.success)
    _count("RowsRefused", counts.error)
    _count("RowsDuplicate", counts.duplicate)
    metrics.add_metric("ProcessingTime", MetricUnit.Milliseconds, round(seconds * 1000))


def count_retry(*, failed: bool) -> None:
    """Count an attempt: 1 where it failed and is to be made again, 0 where not."""
    _count("Retries", int(failed))


def count_stuck(uploads: int) -> None:
    """Count uploads in a passing state that nobody holds; 0 is a figure too, which shows that somebody looked."""
    _count("UploadsStuck", uploads)


def count_answer(status: int) -> None:
    """Count a request to the API, and whether it broke or came with a wrong key or none."""
    _count("Requests", 1)
    _count("RequestsBroken", int(status >= HTTPStatus.INTERNAL_SERVER_ERROR))
    _count("RequestsWithoutKey", int(status == HTTPStatus.UNAUTHORIZED))


def _count(name: str, number: int = 1) -> None:
    metrics.add_metric(name, MetricUnit.Count, number)
