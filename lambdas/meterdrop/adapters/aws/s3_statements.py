"""The statements in the upload bucket: written once, and read by version."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from meterdrop.adapters.aws.s3_objects import CSV_CONTENT_TYPE

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_EXISTS = "PreconditionFailed"


class StatementStore:
    """The statements of one bucket."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        """Read from and write to `bucket`."""
        self._client = client
        self._bucket = bucket

    def write_once(self, key: str, data: bytes) -> tuple[str, bytes]:
        """Write an object unless there is one. Returns the version ID and the bytes of the one that is there then."""
        try:
            response = self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=data,
                ContentType=CSV_CONTENT_TYPE,
                ContentDisposition="attachment",
                IfNoneMatch="*",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != _EXISTS:
                raise
            # An earlier attempt wrote it, or this call did and its response was lost.
            stored = self._client.get_object(Bucket=self._bucket, Key=key)
            return stored["VersionId"], stored["Body"].read()
        return response["VersionId"], data

    def read(self, key: str, version_id: str, part: range | None = None) -> bytes:
        """Return the bytes of a version, or some of them."""
        if part is None:
            return self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version_id)["Body"].read()
        wanted = f"bytes={part.start}-{part.stop - 1}"
        response = self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version_id, Range=wanted)
        data = response["Body"].read()
        # HTTP lets a server ignore the range, as the emulator does for versions.
        return data if "ContentRange" in response else data[part.start : part.stop]
