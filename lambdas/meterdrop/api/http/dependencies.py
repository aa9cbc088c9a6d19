"""The adapters of the routes, created at first use: a request pays only for the clients it needs."""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache

from meterdrop import settings
from meterdrop.adapters.access.api_keys import ApiKeyTable
from meterdrop.adapters.access.key_uses import KeyUseTable
from meterdrop.adapters.access.sessions import SessionTable
from meterdrop.adapters.aws.audit_log import AuditLog
from meterdrop.adapters.aws.report_files import ReportFileStore
from meterdrop.adapters.aws.s3_objects import ObjectStore
from meterdrop.adapters.aws.s3_presigned import PresignedBucket
from meterdrop.adapters.aws.s3_statements import StatementStore
from meterdrop.adapters.aws.sqs_queue import Queue
from meterdrop.adapters.catalog.customer_bulk import CustomerTable
from meterdrop.adapters.catalog.customer_table import CustomerChanges, CustomerList
from meterdrop.adapters.catalog.meter_table import MeterTable
from meterdrop.adapters.catalog.meter_writes import MeterChanges
from meterdrop.adapters.catalog.period_table import PeriodTable
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.dynamodb.read_limit import LimitedClient
from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.adapters.metering.single_events import SingleEventTable
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.adapters.uploads.duplicates import Duplicates
from meterdrop.adapters.uploads.upload_list import UploadList
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.pipeline.open_uploads import OpenUploads
from meterdrop.pipeline.requeue import Requeue
from meterdrop.usage.create_event import EventCreation
from meterdrop.usage.event_feed import Feed
from meterdrop.usage.usage_report import UsageReport

_CONNECTIONS = 8


def dynamodb_client() -> JsonClient:
    """Return the DynamoDB client for ready-made JSON."""
    return settings.json_client(_CONNECTIONS)


@cache
def event_reader() -> EventReader:
    """Return the reader of events."""
    return EventReader(dynamodb_client(), settings.from_environment().events_table)


def usage_reader() -> UsageReader:
    """Return the reader of usage for one request, with its limit of reads."""
    return _usage_reader(LimitedClient(dynamodb_client()))


def _usage_reader(json_client: JsonClient) -> UsageReader:
    return UsageReader(json_client, settings.from_environment().usage_table, executor())


def event_feed() -> Feed:
    """Return the feed for one request, with its limit of reads, events included."""
    limited = LimitedClient(dynamodb_client())
    return Feed(_usage_reader(limited), EventReader(limited, settings.from_environment().events_table))


def usage_report() -> UsageReport:
    """Return the usage report of one request."""
    return UsageReport(usage_reader(), event_reader(), executor())


@cache
def report_files() -> ReportFileStore:
    """Return the files of usage reports."""
    return ReportFileStore(settings.s3(), settings.from_environment().upload_bucket)


@cache
def queue() -> Queue:
    """Return the queue of the ingest function."""
    return Queue(settings.sqs(), settings.queue_url(settings.from_environment()))


@cache
def executor() -> Executor:
    """Return threads for calls that don't depend on each other."""
    return ThreadPoolExecutor(_CONNECTIONS)


@cache
def single_events() -> SingleEventTable:
    """Return the table of events that the API creates and cancels."""
    config = settings.from_environment()
    return SingleEventTable(
        dynamodb_client(),
        settings.dynamodb(),
        events=config.events_table,
        usage=config.usage_table,
        uploads=config.uploads_table,
    )


@cache
def event_creation() -> EventCreation:
    """Return the command that creates an event."""
    config = settings.from_environment()
    return EventCreation(
        meters(),
        CustomerTable(dynamodb_client(), config.catalog_table),
        periods(),
        single_events(),
        config.max_event_age_days,
    )


@cache
def api_keys() -> ApiKeyTable:
    """Return the API keys."""
    return ApiKeyTable(settings.dynamodb(), settings.keys_table(settings.from_environment()))


@cache
def key_uses() -> KeyUseTable:
    """Return the last uses of API keys."""
    return KeyUseTable(settings.dynamodb(), settings.from_environment().idempotency_table)


@cache
def audit_log() -> AuditLog:
    """Return the audit trail. Raises ConfigurationError."""
    return AuditLog(settings.logs(), settings.audit_log_group(settings.from_environment()))


@cache
def sessions() -> SessionTable:
    """Return the sessions of API keys."""
    return SessionTable(settings.dynamodb(), settings.from_environment().idempotency_table)


@cache
def meters() -> MeterTable:
    """Return the meters."""
    return MeterTable(settings.dynamodb(), settings.from_environment().catalog_table)


@cache
def periods() -> PeriodTable:
    """Return the billing periods."""
    return PeriodTable(settings.dynamodb(), settings.from_environment().catalog_table)


@cache
def meter_changes() -> MeterChanges:
    """Return the writes of meters."""
    return MeterChanges(settings.dynamodb(), settings.from_environment().catalog_table)


@cache
def customers() -> CustomerList:
    """Return the customers."""
    return CustomerList(settings.dynamodb(), dynamodb_client(), settings.from_environment().catalog_table)


@cache
def customer_changes() -> CustomerChanges:
    """Return the writes of customers."""
    return CustomerChanges(settings.dynamodb(), settings.from_environment().catalog_table, customers())


def partners() -> Sequence[str]:
    """Return the names of the partners."""
    return list(settings.from_environment().partners)


@cache
def uploads() -> UploadList:
    """Return the uploads."""
    return UploadList(settings.dynamodb(), dynamodb_client(), settings.from_environment().uploads_table)


def open_uploads(now: int) -> OpenUploads:
    """Return the uploads that need somebody at `now`, in epoch seconds."""
    return OpenUploads(uploads(), executor(), now)


@cache
def requeue() -> Requeue:
    """Return the command that starts reverts and reprocesses."""
    config = settings.from_environment()
    return Requeue(
        UploadTable(settings.dynamodb(), config.uploads_table),
        ObjectStore(settings.s3(), config.upload_bucket),
        queue(),
        config.upload_bucket,
    )


@cache
def statement_objects() -> StatementStore:
    """Return the statements in the bucket."""
    return StatementStore(settings.s3(), settings.from_environment().upload_bucket)


@cache
def duplicates() -> Duplicates:
    """Return the uploads' duplicates."""
    return Duplicates(settings.dynamodb(), settings.from_environment().uploads_table)


@cache
def presigned_bucket() -> PresignedBucket:
    """Return the bucket's presigned URLs."""
    return PresignedBucket(settings.presigning_s3(), settings.from_environment().upload_bucket)
