"""Settings and clients: the one module that reads the environment. Wrong settings fail at the first start."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakSet

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import HTTPClientError

from meterdrop.adapters.aws.eventbridge import EventsClient
from meterdrop.adapters.deadline import check_deadline
from meterdrop.adapters.dynamodb.backoff import retry_conflict
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from meterdrop.domain.metering.partners import Partners, read_partners

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

CONNECT_TIMEOUT = 2
READ_TIMEOUT = 5
ATTEMPTS = 3
# Seconds that one try of a call can take, and one call. A lease outlives its attempt by more.
LONGEST_TRY = CONNECT_TIMEOUT + READ_TIMEOUT
LONGEST_CALL = LONGEST_TRY * ATTEMPTS
_CLIENT = Config(
    connect_timeout=CONNECT_TIMEOUT,
    read_timeout=READ_TIMEOUT,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    # S3 compares the checksum of every error file, and botocore that of every file that it reads. This is the default,
    # but an environment variable could change it.
    request_checksum_calculation="when_supported",
    response_checksum_validation="when_supported",
)


_clients: WeakSet[Any] = WeakSet()
"""The clients of this process that send, each with the method `close`."""


class ConfigurationError(Exception):
    """A missing or invalid environment variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a function, which the stack passes as environment variables."""

    upload_bucket: str
    events_table: str
    uploads_table: str
    usage_table: str
    catalog_table: str
    idempotency_table: str
    keys_table: str | None
    queue_url: str | None
    dead_letter_queue_url: str | None
    upload_queue_url: str | None
    max_event_age_days: int | None
    public_s3_endpoint: str | None
    bucket_origin: str | None
    audit_log_group: str | None
    control_prefixes: tuple[str, ...]
    event_bus: str | None
    """The event bus, None for the account's default bus."""
    origin_secret_hashes: tuple[str, ...]
    partners: Partners


_REQUIRED = ("UPLOAD_BUCKET", "EVENTS_TABLE", "UPLOADS_TABLE", "USAGE_TABLE", "CATALOG_TABLE", "IDEMPOTENCY_TABLE")


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings; raises ConfigurationError with the names of missing or invalid variables."""
    missing = [name for name in _REQUIRED if not environment.get(name)]
    if missing:
        raise ConfigurationError(f"Missing environment variables: {', '.join(missing)}. Deploy the stack again.")
    age = environment.get("MAX_EVENT_AGE_DAYS", "")
    if age and not (age.isascii() and age.isdigit() and int(age) > 0):
        raise ConfigurationError(
            f"Invalid MAX_EVENT_AGE_DAYS: {age!r}. Must be a whole number of days above 0, or empty. Correct the "
            "setting maxEventAgeDays and deploy the stack again."
        )
    return Settings(
        upload_bucket=environment["UPLOAD_BUCKET"],
        events_table=environment["EVENTS_TABLE"],
        uploads_table=environment["UPLOADS_TABLE"],
        usage_table=environment["USAGE_TABLE"],
        catalog_table=environment["CATALOG_TABLE"],
        idempotency_table=environment["IDEMPOTENCY_TABLE"],
        keys_table=environment.get("KEYS_TABLE") or None,
        queue_url=environment.get("QUEUE_URL") or None,
        upload_queue_url=environment.get("UPLOAD_QUEUE_URL") or None,
        dead_letter_queue_url=environment.get("DEAD_LETTER_QUEUE_URL") or None,
        max_event_age_days=int(age) if age else None,
        public_s3_endpoint=environment.get("PUBLIC_S3_ENDPOINT") or None,
        bucket_origin=environment.get("BUCKET_ORIGIN") or None,
        audit_log_group=environment.get("AUDIT_LOG_GROUP") or None,
        control_prefixes=tuple(filter(None, environment.get("REQUIRE_CONTROL", "").split(","))),
        event_bus=environment.get("EVENT_BUS") or None,
        origin_secret_hashes=tuple(filter(None, environment.get("ORIGIN_SECRET_HASHES", "").split(","))),
        partners=read_partners(environment.get("PARTNERS") or "{}"),
    )


def keys_table(config: Settings) -> str:
    """Return the table of API keys; raises ConfigurationError if the function has none."""
    if config.keys_table is None:
        raise ConfigurationError("Missing environment variable: KEYS_TABLE. Deploy the stack again.")
    return config.keys_table


def queue_url(config: Settings) -> str:
    """Return the queue's URL; raises ConfigurationError if the function has none."""
    if config.queue_url is None:
        raise ConfigurationError("Missing environment variable: QUEUE_URL. Deploy the stack again.")
    return config.queue_url


def bucket_origin(config: Settings) -> str:
    """Return the bucket's scheme and host for browsers; raises ConfigurationError if the function has none."""
    if config.bucket_origin is None:
        raise ConfigurationError("Missing environment variable: BUCKET_ORIGIN. Deploy the stack again.")
    return config.bucket_origin


def audit_log_group(config: Settings) -> str:
    """Return the log group of the audit trail; raises ConfigurationError if the function has none."""
    if config.audit_log_group is None:
        raise ConfigurationError("Missing environment variable: AUDIT_LOG_GROUP. Deploy the stack again.")
    return config.audit_log_group


def dead_letter_queue_url(config: Settings) -> str:
    """Return the dead-letter queue's URL; raises ConfigurationError if the function has none."""
    if config.dead_letter_queue_url is None:
        raise ConfigurationError("Missing environment variable: DEAD_LETTER_QUEUE_URL. Deploy the stack again.")
    return config.dead_letter_queue_url


def page_folder() -> Path:
    """Return the folder of the built page; only the deployed package has it."""
    return Path(__file__).parent / "page"


def close_connections() -> None:
    """Close the kept connections of all clients. The clients stay usable."""
    for client in _clients:
        client.close()


def _sending(client: Any) -> Any:  # noqa: ANN401  the client of any service
    """Return a client that closes its kept connections after one of them breaks, so that one try fails at most."""

    def close_after_break(caught_exception: Exception | None, **_: object) -> None:
        if isinstance(caught_exception, HTTPClientError):
            client.close()

    client.meta.events.register("needs-retry", close_after_break)
    _clients.add(client)
    return client


@cache
def dynamodb() -> "DynamoDBClient":
    """Make the DynamoDB client."""
    client: DynamoDBClient = _sending(boto3.client("dynamodb", config=_CLIENT))
    client.meta.events.register("before-send", check_deadline)
    on_needs_retry: Any = retry_conflict  # the type stubs know no result of event handlers
    client.meta.events.register("needs-retry", on_needs_retry)
    return client


@cache
def json_client(connections: int) -> JsonClient:
    """Make the DynamoDB client for calls for which boto3's is too slow. It keeps at most `connections` open."""
    client = JsonClient(_dynamodb_endpoint(), connections=connections)
    _clients.add(client)
    return client


@cache
def s3() -> "S3Client":
    """Make the S3 client."""
    client: S3Client = _sending(boto3.client("s3", config=_CLIENT))
    client.meta.events.register("before-send", check_deadline)
    return client


@cache
def sqs() -> "SQSClient":
    """Make the SQS client. Only messages have a deadline: after it, visibility decides when the next attempt begins."""
    client: SQSClient = _sending(boto3.client("sqs", config=_CLIENT))
    client.meta.events.register("before-send.sqs.SendMessage", check_deadline)
    return client


@cache
def events() -> EventsClient:
    """Make the EventBridge client."""
    client: Any = _sending(boto3.client("events", config=_CLIENT))
    client.meta.events.register("before-send", check_deadline)
    made: EventsClient = client
    return made


@cache
def logs() -> "CloudWatchLogsClient":
    """Make the CloudWatch Logs client. While that service is down, each write waits for two short tries of a call."""
    short = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})
    client: CloudWatchLogsClient = _sending(boto3.client("logs", config=_CLIENT.merge(short)))
    client.meta.events.register("before-send", check_deadline)
    return client


@cache
def presigning_s3() -> "S3Client":
    """Make the S3 client for presigned URLs: signed for one region (v4), with an address that people can reach."""
    endpoint = from_environment().public_s3_endpoint
    # By default, boto3 uses the global host name for some regions. That name redirects for new buckets, and the page's
    # content security policy blocks it.
    style: Literal["path", "virtual"] = "path" if endpoint else "virtual"
    config = _CLIENT.merge(
        Config(signature_version="s3v4", s3={"addressing_style": style, "us_east_1_regional_endpoint": "regional"})
    )
    client: S3Client = boto3.client("s3", endpoint_url=endpoint, config=config)
    return client


def _dynamodb_endpoint() -> Endpoint:
    meta = dynamodb().meta
    # The client has just used the default session. A new one takes 6 ms.
    session = boto3.DEFAULT_SESSION or boto3.Session()
    credentials = session.get_credentials()
    if credentials is None:
        raise ConfigurationError("The function has no AWS credentials. Check its execution role.")
    # By name: the first parameter is the total time.
    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
    return Endpoint(meta.endpoint_url, meta.region_name, credentials, timeout)
