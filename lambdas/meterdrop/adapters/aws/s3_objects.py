"""The upload bucket: reads pinned versions of uploaded files and writes error files."""

from contextlib import closing
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from meterdrop.adapters.aws.s3_errors import refuse_archived, translated
from meterdrop.domain.control.declaration import is_declaration
from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.uploads.objects import ObjectFacts, ObjectVersion, UploadedFile, key_id_in

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CSV_CONTENT_TYPE = "text/csv; charset=utf-8"
_DISPOSITION = "attachment"
_WITHOUT_REASON = frozenset({"400", "403"})
"""Codes of a failed HEAD request, whose response has no body and so no reason."""


class ObjectStore:
    """One bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        """Read from and write to `bucket`."""
        self._client = client
        self._bucket = bucket

    def facts(self, version: ObjectVersion) -> ObjectFacts:
        """Return the size and time of a version. Raises ObjectGoneError and ObjectUnreadableError."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=version.key, VersionId=version.version_id)
        except ClientError as error:
            if error.response["Error"]["Code"] in _WITHOUT_REASON:
                self._ask_why(version)
            raise translated(error) from error
        refuse_archived(head)
        metadata = {name.lower(): value for name, value in head["Metadata"].items()}
        return ObjectFacts(head["ContentLength"], int(head["LastModified"].timestamp()), key_id_in(metadata))

    def read(self, version: ObjectVersion) -> UploadedFile:
        """Read a version, at most `SIZE_LIMIT` + 1 bytes. Raises ObjectGoneError and ObjectUnreadableError."""
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=version.key, VersionId=version.version_id)
        except ClientError as error:
            raise translated(error) from error
        # The body's own context manager yields the raw stream, which compares nothing.
        with closing(response["Body"]) as body:
            data = body.read(SIZE_LIMIT + 1)
            if len(data) <= SIZE_LIMIT:
                # Only at the end does botocore compare the length and the checksum, and raise an error.
                body.read(1)
        metadata = {name.lower(): value for name, value in response["Metadata"].items()}
        control = {name: value for name, value in metadata.items() if is_declaration(name)}
        return UploadedFile(data, metadata.get("allow-duplicate", "").lower() == "true", control)

    def write_error_file(self, key: str, data: bytes) -> str:
        """Write a part of an error file and return its version ID."""
        response = self._client.put_object(
            Bucket=self._bucket, Key=key, Body=data, ContentType=CSV_CONTENT_TYPE, ContentDisposition=_DISPOSITION
        )
        return response["VersionId"]

    def delete_error_file(self, key: str) -> None:
        """Delete a part of an error file, if it exists. Its versions stay in the bucket."""
        self._client.delete_object(Bucket=self._bucket, Key=key)

    def _ask_why(self, version: ObjectVersion) -> None:
        """Send a GET request for one byte, and raise the error that S3 returns, if any."""
        try:
            self._client.get_object(
                Bucket=self._bucket, Key=version.key, VersionId=version.version_id, Range="bytes=0-0"
            )["Body"].close()
        except ClientError as error:
            raise translated(error) from error
