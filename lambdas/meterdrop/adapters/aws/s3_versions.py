"""The object versions of the upload bucket, page by page. The sweep compares them with the uploads."""

from typing import TYPE_CHECKING

from meterdrop.domain.uploads.objects import ListedVersion, ObjectVersion, VersionCursor, VersionPage

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectVersionsRequestTypeDef


class ObjectVersions:
    """The versions of one bucket. `page_size` is at most 1,000 versions."""

    def __init__(self, client: "S3Client", bucket: str, *, page_size: int = 1_000) -> None:
        """List `bucket`."""
        self._client = client
        self._bucket = bucket
        self._page_size = page_size

    def page(self, place: VersionCursor) -> VersionPage:
        """List all versions under one prefix, without delete markers."""
        request: ListObjectVersionsRequestTypeDef = {
            "Bucket": self._bucket,
            "Prefix": place.prefix,
            "MaxKeys": self._page_size,
        }
        if place.key:
            request["KeyMarker"] = place.key
        if place.version_id:
            request["VersionIdMarker"] = place.version_id
        response = self._client.list_object_versions(**request)
        versions = [
            ListedVersion(
                ObjectVersion(self._bucket, found["Key"], found["VersionId"]),
                found["Size"],
                int(found["LastModified"].timestamp()),
            )
            for found in response.get("Versions", [])
        ]
        if not response["IsTruncated"]:
            return VersionPage(versions, None)
        return VersionPage(
            versions, VersionCursor(place.prefix, response["NextKeyMarker"], response.get("NextVersionIdMarker", ""))
        )
