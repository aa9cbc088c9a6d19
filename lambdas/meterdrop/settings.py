"""The one place that reads the environment and makes clients. Bad configuration fails at the first start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import boto3
import urllib3
from botocore.config import Config

from meterdrop.adapters.aws.eventbridge import EventsClient
from meterdrop.adapters.dynamodb.client import Endpoint

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

CONNECT_TIMEOUT = 2
READ_TIMEOUT = 5
ATTEMPTS = 3
# Time-outs times attempts: what one call can last at the most, in seconds. A lease outlives its attempt by more.
LONGEST_CALL = (CONNECT_TIMEOUT + READ_TIMEOUT) * ATTEMPTS
_CLIENT = Config(
    connect_timeout=CONNECT_TIMEOUT,
    read_timeout=READ_TIMEOUT,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)


class ConfigurationError(Exception):
    """The function's environment lacks something or holds something that cannot be."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the stack tells its functions."""

    upload_bucket: str
    events_table: str
    uploads_table: str
    usage_table: str
    catalog_table: str
    idempotency_table: str
    queue_url: str | None
    dead_letter_queue_url: str | None
    max_event_age_days: int | None
    public_s3_endpoint: str | None
    bucket_origin: str | None


_REQUIRED = ("UPLOAD_BUCKET", "EVENTS_TABLE", "UPLOADS_TABLE", "USAGE_TABLE", "CATALOG_TABLE", "IDEMPOTENCY_TABLE")


def read(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; raises ConfigurationError that names every variable that is missing or wrong."""
    missing = [name for name in _REQUIRED if not environment.get(name)]
    if missing:
        raise ConfigurationError(f"The function's environment lacks {', '.join(missing)}; deploy the stack again.")
    age = environment.get("MAX_EVENT_AGE_DAYS", "")
    if age and not (age.isascii() and age.isdigit() and int(age) > 0):
        raise ConfigurationError(f"MAX_EVENT_AGE_DAYS is {age!r}; it takes a whole number of days above 0, or nothing.")
    return Settings(
        upload_bucket=environment["UPLOAD_BUCKET"],
        events_table=environment["EVENTS_TABLE"],
        uploads_table=environment["UPLOADS_TABLE"],
        usage_table=environment["USAGE_TABLE"],
        catalog_table=environment["CATALOG_TABLE"],
        idempotency_table=environment["IDEMPOTENCY_TABLE"],
        queue_url=environment.get("QUEUE_URL") or None,
        dead_letter_queue_url=environment.get("DEAD_LETTER_QUEUE_URL") or None,
        max_event_age_days=int(age) if age else None,
        public_s3_endpoint=environment.get("PUBLIC_S3_ENDPOINT") or None,
        bucket_origin=environment.get("BUCKET_ORIGIN") or None,
    )


def queue_url(read: Settings) -> str:
    """Return the queue's URL, for those that need it; raises ConfigurationError."""
    if read.queue_url is None:
        raise ConfigurationError("The function's environment lacks QUEUE_URL; deploy the stack again.")
    return read.queue_url


def bucket_origin(read: Settings) -> str:
    """Return scheme and host of the bucket as browsers reach it, for the page; raises ConfigurationError."""
    if read.bucket_origin is None:
        raise ConfigurationError("The function's environment lacks BUCKET_ORIGIN; deploy the stack again.")
    return read.bucket_origin


def dead_letter_queue_url(read: Settings) -> str:
    """Return the dead-letter queue's URL, for those that need it; raises ConfigurationError."""
    if read.dead_letter_queue_url is None:
        raise ConfigurationError("The function's environment lacks DEAD_LETTER_QUEUE_URL; deploy the stack again.")
    return read.dead_letter_queue_url


def page_folder() -> Path:
    """Return where the page lies, made ready; only the deployed package has it."""
    return Path(__file__).parent / "page"


@cache
def dynamodb() -> "DynamoDBClient":
    """Make the DynamoDB client."""
    client: DynamoDBClient = boto3.client("dynamodb", config=_CLIENT)
    return client


@cache
def s3() -> "S3Client":
    """Make the S3 client."""
    client: S3Client = boto3.client("s3", config=_CLIENT)
    return client


@cache
def sqs() -> "SQSClient":
    """Make the SQS client."""
    client: SQSClient = boto3.client("sqs", config=_CLIENT)
    return client


@cache
def events() -> EventsClient:
    """Make the EventBridge client."""
    client: EventsClient = boto3.client("events", config=_CLIENT)
    return client


@cache
def presigning_s3() -> "S3Client":
    """Make the S3 client whose URLs go out to people: signed for one region (v4), and for an address they can reach."""
    endpoint = read().public_s3_endpoint
    # Left to itself boto3 takes the global name for some regions, which redirects while a bucket is young, and which
    # the page may not reach.
    style: Literal["path", "virtual"] = "path" if endpoint else "virtual"
    config = _CLIENT.merge(
        Config(signature_version="s3v4", s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional"})
    )
    client: S3Client = boto3.client("s3", endpoint_url=endpoint, config=config)
    return client


@cache
def dynamodb_endpoint() -> Endpoint:
    """Return where DynamoDB is and as whom to speak to it, for calls that botocore's client is too slow for."""
    session = boto3.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise ConfigurationError("The function has no AWS credentials.")
    meta = dynamodb().meta
    # By name: the first of its parameters is the time for everything together.
    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
    return Endpoint(meta.endpoint_url, meta.region_name, credentials, timeout)
