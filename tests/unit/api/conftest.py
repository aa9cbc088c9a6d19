"""The API function on moto."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from meterdrop import settings
from meterdrop.api.http import dependencies, idempotency, static_files
from meterdrop.domain.access.permissions import PRESETS
from tests.support.api.client import Api
from tests.support.api.moto_wire import MotoClient
from tests.support.api.store import AUDIT_LOG_GROUP, BUCKET, READ_KEY, SECRET_KEY, Store, take_messages

_ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "example",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "UPLOAD_BUCKET": BUCKET,
    "EVENTS_TABLE": "events",
    "UPLOADS_TABLE": "uploads",
    "USAGE_TABLE": "usage",
    "CATALOG_TABLE": "catalog",
    "KEYS_TABLE": "keys",
    "IDEMPOTENCY_TABLE": "idempotency",
    "AUDIT_LOG_GROUP": AUDIT_LOG_GROUP,
    "BUCKET_ORIGIN": f"https://{BUCKET}.s3.eu-central-1.amazonaws.com",
    "POWERTOOLS_SERVICE_NAME": "meterdrop",
}
_CACHED = (
    settings.dynamodb,
    settings.s3,
    settings.sqs,
    settings.presigning_s3,
    settings.json_client,
    settings.logs,
    dependencies.single_events,
    dependencies.event_creation,
    dependencies.event_reader,
    dependencies.api_keys,
    dependencies.key_uses,
    dependencies.sessions,
    dependencies.audit_log,
    dependencies.meters,
    dependencies.meter_changes,
    dependencies.customers,
    dependencies.customer_changes,
    dependencies.uploads,
    dependencies.requeue,
    dependencies.duplicates,
    dependencies.queue,
    dependencies.report_files,
    dependencies.presigned_bucket,
    idempotency.response_table,
    static_files.static_page,
)


@pytest.fixture(scope="module")
def _aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setattr(settings, "page_folder", lambda: _empty_page(tmp_path_factory.mktemp("page")))
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        for name, value in _ENVIRONMENT.items():
            patch.setenv(name, value)
        forget()
        boto3.client("s3").create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        boto3.client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        boto3.client("logs").create_log_group(logGroupName=AUDIT_LOG_GROUP)
        patch.setenv("QUEUE_URL", boto3.client("sqs").create_queue(QueueName="uploads")["QueueUrl"])
        patch.setattr(dependencies, "dynamodb_client", lambda: MotoClient(settings.dynamodb()))
        yield
    forget()


def _empty_page(folder: Path) -> Path:
    """Make what a deployment packs, without anything in it."""
    (folder / "page.json").write_text('{"digest": "0", "inline": [], "types": {}}')
    (folder / "index.html.gz").write_bytes(gzip.compress(b"<!doctype html>"))
    return folder


def forget() -> None:
    """Let go of the clients, which remember the environment they were made in."""
    for cached in _CACHED:
        cached.cache_clear()


@pytest.fixture
def store(_aws: None) -> Iterator[Store]:
    """Tables with the two keys in them."""
    dependencies.key_uses.cache_clear()  # it remembers which uses are stored
    store = Store(boto3.client("dynamodb"))
    store.put_key(SECRET_KEY)
    store.put_key(READ_KEY, PRESETS["read"])
    yield store
    for table in ("catalog", "keys", "uploads", "idempotency", "events", "usage"):
        store.client.delete_table(TableName=table)


@pytest.fixture
def api(store: Store) -> Api:
    """Make the API on those tables."""
    assert store
    return Api()


@pytest.fixture
def empty_queue(store: Store) -> Iterator[None]:
    """Begin and end without messages."""
    assert store
    take_messages()
    yield
    take_messages()
