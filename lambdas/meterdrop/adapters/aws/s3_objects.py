"""The upload bucket: dropped files are read by their pinned version, error files are written."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from meterdrop.adapters.aws.s3_errors import refuse_archived, translated
from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.uploads.objects import ObjectFacts, ObjectVersion, UploadedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

_CONTENT_TYPE = "text/csv; charset=utf-8"
_DISPOSITION = "attachment"
_WITHOUT_REASON = frozenset({"400", "403"})
"""What HEAD answers, which has no body, in place of a reason."""


class ObjectStore:
    """One bucket; `before_call` runs before every call and raises where there is no time for one."""

    def __init__(self, client: "S3Client", bucket: str, before_call: "Callable[[], None]") -> None:
        """Read from and write to `bucket`."""
        self._client = client
        self._bucket = bucket
        self._before_call = before_call

    def facts(self, version: ObjectVersion) -> ObjectFacts:
        """Return what S3 knows of a version; raises ObjectGoneError and ObjectUnreadableError."""
        self._before_call()
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=version.key, VersionId=version.version_id)
        except ClientError as error:
            if error.response["Error"]["Code"] in _WITHOUT_REASON:
                self._ask_why(version)
            raise translated(error) from error
        refuse_archived(head)
        return ObjectFacts(head["ContentLength"], int(head["LastModified"].timestamp()))

    def read(self, version: ObjectVersion) -> UploadedFile:
        """Read a version, at most one byte past the limit; raises ObjectGoneError and ObjectUnreadableError."""
        self._before_call()
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=version.key, VersionId=version.version_id)
        except ClientError as error:
            raise translated(error) from error
        with response["Body"] as body:
            data = body.read(SIZE_LIMIT + 1)
        if len(data) < min(response["ContentLength"], SIZE_LIMIT + 1):
            raise ConnectionError("S3 ended the object's body before its length.")
        return UploadedFile(data, response["Metadata"].get("allow-duplicate", "").lower() == "true")

    def write_error_file(self, key: str, data: bytes) -> str:
        """Write a part of an error file; returns its VersionId."""
        self._before_call()
        response = self._client.put_object(
            Bucket=self._bucket, Key=key, Body=data, ContentType=_CONTENT_TYPE, ContentDisposition=_DISPOSITION
        )
        return response["VersionId"]

    def delete_error_file(self, key: str) -> None:
        """Remove a part of an error file, if there is one; its versions stay."""
        self._before_call()
        self._client.delete_object(Bucket=self._bucket, Key=key)

    def _ask_why(self, version: ObjectVersion) -> None:
        """Raise what a GET of one byte is refused for, where there is a reason."""
        self._before_call()
        try:
            self._client.get_object(
                Bucket=self._bucket, Key=version.key, VersionId=version.version_id, Range="bytes=0-0"
            )["Body"].close()
        except ClientError as error:
            raise translated(error) from error
