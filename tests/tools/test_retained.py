"""Deleting the data of a stack that is gone."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from tools.stack.clients import Clients
from tools.stack.retained import Resource, delete_retained


@pytest.fixture
def clients() -> Iterator[Clients]:
    """Make clients of an empty account."""
    with mock_aws():
        yield Clients(region="us-east-1")


def test_a_bucket_goes_with_all_versions(clients: Clients) -> None:
    """Old versions and delete markers do not hold it back."""
    s3 = clients.s3()
    s3.create_bucket(Bucket="files")
    s3.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
    for _ in range(3):
        s3.put_object(Bucket="files", Key="a", Body=b"x")
    s3.delete_object(Bucket="files", Key="a")

    delete_retained(clients, [Resource("AWS::S3::Bucket", "files")])

    assert s3.list_buckets()["Buckets"] == []


def test_a_protected_table_goes(clients: Clients) -> None:
    """Its deletion protection is taken off first."""
    dynamodb = clients.dynamodb()
    dynamodb.create_table(
        TableName="events",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
    )

    delete_retained(clients, [Resource("AWS::DynamoDB::GlobalTable", "events")])

    assert dynamodb.list_tables()["TableNames"] == []


def test_what_is_gone_already_is_passed_over(clients: Clients) -> None:
    """A deletion that was broken off goes on where it was."""
    queue = boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="left")["QueueUrl"]

    delete_retained(
        clients,
        [
            Resource("AWS::S3::Bucket", "absent"),
            Resource("AWS::DynamoDB::GlobalTable", "absent"),
            Resource("AWS::SQS::Queue", queue),
            Resource("AWS::SQS::Queue", queue),
        ],
    )

    assert "QueueUrls" not in clients.sqs().list_queues()
