"""The files of usage reports in the bucket: for each report its state as JSON, and its content as CSV.

A lifecycle rule of the bucket deletes both after some days.
"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from meterdrop.adapters.dynamodb.items import UnknownFormError
from meterdrop.domain.ids import REPORT_ID
from meterdrop.domain.metering.report_file import ReportFailure, ReportFile, ReportStatus

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

FORM = 1
"""The version of the form of a state."""
_PREFIX = "reports/"
_CSV = "text/csv; charset=utf-8"


class ReportFileStore:
    """The files of reports in one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        """Read from and write to `bucket`."""
        self._client = client
        self._bucket = bucket

    def find(self, id_: str) -> ReportFile | None:
        """Return the current state of a report's file, or None. Raises UnknownFormError."""
        if not REPORT_ID.fullmatch(id_):
            return None
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=_state_key(id_))
        except self._client.exceptions.NoSuchKey:
            return None
        return _from_json(response["Body"].read())

    def save(self, file: ReportFile) -> None:
        """Store the state of a report's file."""
        self._client.put_object(
            Bucket=self._bucket, Key=_state_key(file.id), Body=_to_json(file), ContentType="application/json"
        )

    def write(self, id_: str, data: bytes) -> str:
        """Store the content of a report's file, and return its version ID."""
        response = self._client.put_object(
            Bucket=self._bucket,
            Key=report_key(id_),
            Body=data,
            ContentType=_CSV,
            ContentDisposition="attachment",
        )
        return response["VersionId"]


def report_key(id_: str) -> str:
    """Return the key of a report's content."""
    return f"{_PREFIX}{id_}.csv"


def _state_key(id_: str) -> str:
    return f"{_PREFIX}{id_}.json"


def _to_json(file: ReportFile) -> bytes:
    return json.dumps({"form": FORM, **asdict(file)}).encode()


def _from_json(data: bytes) -> ReportFile:
    fields = json.loads(data)
    form = fields.pop("form", None)
    if form != FORM:
        raise UnknownFormError(
            f'The report "{fields.get("id")}" has the form {form}. This version of Meterdrop reads only form {FORM}. '
            "Deploy the version that wrote it, or request the report again."
        )
    failure = fields["failure"]
    return ReportFile(
        **{
            **fields,
            "meters": tuple(fields["meters"]),
            "status": ReportStatus(fields["status"]),
            "failure": None if failure is None else ReportFailure(failure),
        }
    )
