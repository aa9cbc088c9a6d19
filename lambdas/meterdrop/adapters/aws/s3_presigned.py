"""Lets people reach single objects of the bucket for a while, without credentials of their own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from meterdrop.domain.files.decoding import SIZE_LIMIT

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LIFETIME = 900
"""Seconds that a presigned URL or form is good for."""
ALLOW_DUPLICATE = "x-amz-meta-allow-duplicate"


@dataclass(frozen=True, slots=True)
class UploadForm:
    """Where a file is posted to as multipart/form-data: these fields first, the file as the last one, `file`."""

    url: str
    fields: Mapping[str, str]
    key: str


class PresignedBucket:
    """A bucket; signing asks nobody, so whether the object is there shows only when the URL is used."""

    def __init__(self, client: "S3Client", bucket: str) -> None:
        """Sign with the credentials of `client`."""
        self._client = client
        self._bucket = bucket

    def download_url(self, key: str, version_id: str, file_name: str) -> str:
        """Return a URL of this very version, which browsers save as `file_name`."""
        return self._client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": self._bucket,
                "Key": key,
                "VersionId": version_id,
                "ResponseContentDisposition": attachment(file_name),
            },
            ExpiresIn=LIFETIME,
        )

    def upload_form(self, key: str, *, allow_duplicate: bool) -> UploadForm:
        """Return a form that stores one file at `key`; S3 itself refuses one over the limit."""
        marks = {ALLOW_DUPLICATE: "true"} if allow_duplicate else {}
        form = self._client.generate_presigned_post(
            Bucket=self._bucket,
            Key=key,
            Fields=dict(marks),
            Conditions=[["content-length-range", 0, SIZE_LIMIT], *({name: value} for name, value in marks.items())],
            ExpiresIn=LIFETIME,
        )
        return UploadForm(form["url"], form["fields"], key)


def attachment(file_name: str) -> str:
    """Return the Content-Disposition (RFC 6266) for a name of any characters."""
    plain = "".join(char if char.isascii() and char.isprintable() and char not in '"\\' else "_" for char in file_name)
    value = f'attachment; filename="{plain}"'
    return value if plain == file_name else f"{value}; filename*=UTF-8''{quote(file_name, safe='')}"
