"""What the routes read from, made at first use: a request pays only for the clients it needs."""

from functools import cache

from meterdrop import settings
from meterdrop.adapters.api_keys import ApiKeyTable
from meterdrop.adapters.meters import MeterTable
from meterdrop.adapters.presigned import PresignedBucket
from meterdrop.adapters.upload_list import UploadList


@cache
def api_keys() -> ApiKeyTable:
    """Give the API keys."""
    return ApiKeyTable(settings.dynamodb(), settings.read().catalog_table)


@cache
def meters() -> MeterTable:
    """Give the meters."""
    return MeterTable(settings.dynamodb(), settings.read().catalog_table)


@cache
def uploads() -> UploadList:
    """Give the uploads."""
    return UploadList(settings.dynamodb(), settings.read().uploads_table)


@cache
def bucket() -> PresignedBucket:
    """Give the bucket, as people outside reach it."""
    return PresignedBucket(settings.presigning_s3(), settings.read().upload_bucket)
