"""What the routes read from, made at first use: a request pays only for the clients it needs."""

from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache

from meterdrop import settings
from meterdrop.adapters.aws.s3_objects import ObjectStore
from meterdrop.adapters.aws.s3_presigned import PresignedBucket
from meterdrop.adapters.aws.sqs_queue import Queue
from meterdrop.adapters.catalog.api_keys import ApiKeyTable
from meterdrop.adapters.catalog.customer_bulk import CustomerTable
from meterdrop.adapters.catalog.customer_table import CustomerChanges, CustomerList
from meterdrop.adapters.catalog.meter_table import MeterTable
from meterdrop.adapters.catalog.meter_writes import MeterChanges
from meterdrop.adapters.dynamodb.client import JsonClient
from meterdrop.adapters.metering.event_table import EventReader
from meterdrop.adapters.metering.single_events import SingleEventTable
from meterdrop.adapters.metering.usage_reader import UsageReader
from meterdrop.adapters.uploads.duplicates import Duplicates
from meterdrop.adapters.uploads.upload_list import UploadList
from meterdrop.adapters.uploads.upload_table import UploadTable
from meterdrop.pipeline.requeue import Requeue
from meterdrop.usage.create_event import EventCreation

_CONNECTIONS = 8


@cache
def dynamodb_client() -> JsonClient:
    """Give DynamoDB as ready-made JSON."""
    return JsonClient(settings.dynamodb_endpoint(), connections=_CONNECTIONS, before_call=_go_on)


@cache
def event_reader() -> EventReader:
    """Give the events."""
    return EventReader(dynamodb_client(), settings.read().events_table)


@cache
def usage_reader() -> UsageReader:
    """Give what is contributed to usage."""
    return UsageReader(dynamodb_client(), settings.read().usage_table, readers())


@cache
def readers() -> Executor:
    """Give threads to read on where many calls do not depend on each other."""
    return ThreadPoolExecutor(_CONNECTIONS)


@cache
def single_events() -> SingleEventTable:
    """Give the events to add to and to cancel."""
    config = settings.read()
    return SingleEventTable(
        dynamodb_client(),
        settings.dynamodb(),
        events=config.events_table,
        usage=config.usage_table,
        uploads=config.uploads_table,
    )


@cache
def event_creation() -> EventCreation:
    """Give what adds events by hand."""
    config = settings.read()
    return EventCreation(
        meters(), CustomerTable(dynamodb_client(), config.catalog_table), single_events(), config.max_event_age_days
    )


@cache
def api_keys() -> ApiKeyTable:
    """Give the API keys."""
    return ApiKeyTable(settings.dynamodb(), settings.read().catalog_table)


@cache
def meters() -> MeterTable:
    """Give the meters."""
    return MeterTable(settings.dynamodb(), settings.read().catalog_table)


@cache
def meter_changes() -> MeterChanges:
    """Give the meters, to be written."""
    return MeterChanges(settings.dynamodb(), settings.read().catalog_table)


@cache
def customers() -> CustomerList:
    """Give the customers."""
    return CustomerList(settings.dynamodb(), settings.read().catalog_table)


@cache
def customer_changes() -> CustomerChanges:
    """Give the customers, to be written."""
    return CustomerChanges(settings.dynamodb(), settings.read().catalog_table)


@cache
def uploads() -> UploadList:
    """Give the uploads."""
    return UploadList(settings.dynamodb(), settings.read().uploads_table)


@cache
def requeue() -> Requeue:
    """Give what begins reverts and reprocesses."""
    config = settings.read()
    return Requeue(
        UploadTable(settings.dynamodb(), config.uploads_table, _go_on),
        ObjectStore(settings.s3(), config.upload_bucket, _go_on),
        Queue(settings.sqs(), settings.queue_url(config)),
        config.upload_bucket,
    )


@cache
def duplicates() -> Duplicates:
    """Give which uploads have duplicates of which."""
    return Duplicates(settings.dynamodb(), settings.read().uploads_table, _go_on)


@cache
def bucket() -> PresignedBucket:
    """Give the bucket, as people outside reach it."""
    return PresignedBucket(settings.presigning_s3(), settings.read().upload_bucket)


def _go_on() -> None:
    """Let every call begin: the gateway ends a request that takes too long."""
