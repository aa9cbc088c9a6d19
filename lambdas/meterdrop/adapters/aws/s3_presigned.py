"""Presigned URLs and forms: temporary access to single objects without AWS credentials."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from meterdrop.adapters.aws.s3_objects import CSV_CONTENT_TYPE
from meterdrop.domain.files.decoding import SIZE_LIMIT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LIFETIME = 900
"""Seconds until a presigned URL or form expires."""
_METADATA = "x-amz-meta-"


@dataclass(frozen=True, slots=True)
class UploadForm:
    """A form to post as multipart/form-data: first `fields`, then the file as the last field, `file`."""

    url: str
    fields: Mapping[str, str]
    key: str


class PresignedBucket:
    """A bucket to sign for. Signing makes no call, so a URL can name an object that does not exist."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        """Sign with the credentials of `client`."""
        self._client = client
        self._bucket = bucket

    def download_url(self, key: str, version_id: str, file_name: str) -> str:
        """Return a URL of one version, which browsers save as `file_name`.

        S3 stores the content type that the uploader chose, such as text/html. The response never has it.
        """
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "VersionId": version_id,
                "ResponseContentDisposition": attachment(file_name),
                "ResponseContentType": CSV_CONTENT_TYPE,
            },
            ExpiresIn=LIFETIME,
        )

    def upload_form(self, key: str, metadata: Mapping[str, str]) -> UploadForm:
        """Return a form that stores one file at `key`, with metadata. S3 refuses a file over `SIZE_LIMIT` bytes."""
        fields = {_METADATA + name: value for name, value in metadata.items()}
        form = self._client.generate_presigned_post(
            Bucket=self._bucket,
            Key=key,
            Fields=dict(fields),
            Conditions=[["content-length-range", 0, SIZE_LIMIT], *({name: value} for name, value in fields.items())],
            ExpiresIn=LIFETIME,
        )
        return UploadForm(form["url"], form["fields"], key)


def attachment(file_name: str) -> str:
    """Return the Content-Disposition header (RFC 6266) for a file name with any characters."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in file_name)
    value = f'attachment; filename="{plain}"'
    return value if plain == file_name else f"{value}; filename*=UTF-8''{quote(file_name, safe='')}"
