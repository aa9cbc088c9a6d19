"""What adapters talk to in tests: moto where it is faithful, else a small DynamoDB over HTTP."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Literal

import boto3
import pytest
import urllib3
from botocore.credentials import Credentials
from moto import mock_aws
from moto.core.models import MockAWS

from meterdrop.adapters.deadline import deadline
from meterdrop.adapters.dynamodb import backoff
from meterdrop.adapters.dynamodb.client import Endpoint, JsonClient
from tests.support.dynamodb.small_dynamodb import SmallDynamoDb, running

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

BUCKET = "meterdrop-uploads"
REGION: Literal["eu-central-1"] = "eu-central-1"


@dataclass(slots=True)
class Calls:
    """Stands for an attempt's deadline: counts the calls that were announced, and refuses them once time is up."""

    count: int = 0
    is_over: bool = False

    def __call__(self) -> None:
        """Announce a call."""
        if self.is_over:
            raise TimeoutError
        self.count += 1


@dataclass(frozen=True, slots=True)
class Aws:
    """An account of moto's with a bucket, the tables of uploads, keys and catalog, and a queue."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    sqs: "SQSClient"
    queue_url: str


@pytest.fixture(scope="module")
def _moto() -> Iterator[MockAWS]:
    """Start moto and make clients once a module: they take longer than the tests."""
    with mock_aws() as moto:
        yield moto


@pytest.fixture(scope="module")
def _clients(_moto: MockAWS) -> "tuple[DynamoDBClient, S3Client, SQSClient]":
    return (
        boto3.client("dynamodb", region_name=REGION),
        boto3.client("s3", region_name=REGION),
        boto3.client("sqs", region_name=REGION),
    )


@pytest.fixture
def aws(_moto: MockAWS, _clients: "tuple[DynamoDBClient, S3Client, SQSClient]") -> Aws:
    """Make the account, empty."""
    _moto.reset()
    dynamodb, s3, sqs = _clients
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    _make_table(dynamodb, "uploads", "id")
    _make_table(dynamodb, "catalog", "pk", "sk")
    _make_table(dynamodb, "keys", "id")
    return Aws(dynamodb, s3, sqs, sqs.create_queue(QueueName="uploads")["QueueUrl"])


def _make_table(client: "DynamoDBClient", name: str, partition: str, sort: str | None = None) -> None:
    names = [partition] if sort is None else [partition, sort]
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in names],
        KeySchema=[
            {"AttributeName": each, "KeyType": "RANGE" if place else "HASH"} for place, each in enumerate(names)
        ],
    )


@pytest.fixture
def calls() -> Calls:
    """Make what adapters announce their calls to."""
    return Calls()


@dataclass(frozen=True, slots=True)
class Wired:
    """A wire to a small DynamoDB, and the pauses that were made between tries, in seconds."""

    json_client: JsonClient
    database: SmallDynamoDb
    pauses: list[float] = field(default_factory=list)


@pytest.fixture
def wired(calls: Calls, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wired]:
    """Run a small DynamoDB, to which pauses take no time."""
    database, pauses = SmallDynamoDb(), list[float]()
    sleep: Callable[[float], None] = pauses.append
    monkeypatch.setattr(backoff, "time", SimpleNamespace(sleep=sleep))
    with running(database) as url:
        endpoint = Endpoint(
            url, "eu-central-1", Credentials("AKIAEXAMPLE", "example"), urllib3.Timeout(connect=2, read=2)
        )
        json_client = JsonClient(endpoint, connections=4)
        with deadline(calls):
            yield Wired(json_client, database, pauses)
        json_client.close()  # a process never does; a test that leaves connections open is warned of
