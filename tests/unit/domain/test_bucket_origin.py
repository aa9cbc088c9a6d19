"""What the page is allowed to reach is what presigned URLs name."""

import pytest

from meterdrop import settings
from meterdrop.adapters.aws.s3_presigned import PresignedBucket


@pytest.mark.parametrize(
    ("region", "suffix"),
    [
        ("us-east-1", "amazonaws.com"),
        ("eu-central-1", "amazonaws.com"),
        ("us-gov-west-1", "amazonaws.com"),
        ("cn-north-1", "amazonaws.com.cn"),
    ],
)
def test_presigned_urls_name_the_bucket_in_its_region(
    monkeypatch: pytest.MonkeyPatch, region: str, suffix: str
) -> None:
    """In every region and partition forms and URLs lead to `<bucket>.s3.<region>.<suffix>`, as the CSP has it."""
    environment = {"AWS_DEFAULT_REGION": region, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    names = ("UPLOAD_BUCKET", "EVENTS_TABLE", "UPLOADS_TABLE", "USAGE_TABLE", "CATALOG_TABLE", "IDEMPOTENCY_TABLE")
    for name, value in (environment | dict.fromkeys(names, "x")).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PUBLIC_S3_ENDPOINT", raising=False)
    settings.presigning_s3.cache_clear()
    bucket = PresignedBucket(settings.presigning_s3(), "files")
    settings.presigning_s3.cache_clear()
    origin = f"https://files.s3.{region}.{suffix}/"
    assert origin == bucket.upload_form("uploads/a.csv", {}).url
    assert bucket.download_url("uploads/a.csv", "version", "a.csv").startswith(f"{origin}uploads/a.csv?")
