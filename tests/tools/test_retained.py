"""Deleting the data of a stack: what it keeps, what it left behind, and a bucket that has to be empty first."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from infra.settings import DATA_TAG
from tools.setup.trouble import Trouble
from tools.stack.clients import Clients
from tools.stack.retained import Resource, delete, empty_bucket, list_data, list_tagged

STACK = "meterdrop-prod"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.now = 0.0

    def monotonic(self) -> float:
        """Tell the time in seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    """Make clients of an empty account."""
    monkeypatch.setattr("tools.stack.retained.time", Clock())
    with mock_aws():
        boto3.setup_default_session(region_name="us-east-1")
        yield Clients(region="us-east-1")
        boto3.DEFAULT_SESSION = None


def make_table(clients: Clients, **options: Any) -> None:
    """Make a protected table."""
    clients.dynamodb().create_table(
        TableName="events",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        DeletionProtectionEnabled=True,
        **options,
    )


def make_bucket(clients: Clients, versions: int) -> None:
    """Make a bucket with versions of one key and a delete marker."""
    s3 = clients.s3()
    s3.create_bucket(Bucket="files")
    s3.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
    for _ in range(versions):
        s3.put_object(Bucket="files", Key="a", Body=b"x")
    s3.delete_object(Bucket="files", Key="a")


def on(event: str, handler: Callable[..., Any]) -> None:
    """Register a handler for an event of every client that is made from now on."""
    assert boto3.DEFAULT_SESSION
    boto3.DEFAULT_SESSION.events.register(event, handler)


def respond(event: str, times: int, status: int, parsed: dict[str, Any]) -> None:
    """Let the first calls of an operation, such as `s3.DeleteObjects`, get a response that moto never gives."""
    left = iter(range(times))

    def instead(**_: object) -> Any:
        return (SimpleNamespace(status_code=status), parsed) if next(left, None) is not None else None

    on(f"before-call.{event}", instead)


BUSY = {"Error": {"Code": "ResourceInUseException", "Message": "not now"}}


def test_the_stack_tells_what_holds_data_and_what_of_it_stays() -> None:
    """From every page of its resources: whether CloudFormation keeps it. Topics hold none; some have no name yet."""
    cloudformation = Clients(region="us-east-1", access_key_id="x", secret_access_key="x").cloudformation()
    policies = {"Files": "RetainExceptOnCreate", "Logs": "Retain", "Events": "Delete", "Topic": "Retain", "Dead": None}
    template = {"Resources": {name: {"DeletionPolicy": policy} if policy else {} for name, policy in policies.items()}}
    kinds = ("S3::Bucket", "Logs::LogGroup", "DynamoDB::GlobalTable", "SNS::Topic", "SQS::Queue")
    summaries = [
        {
            "LogicalResourceId": name,
            "PhysicalResourceId": name.lower(),
            "ResourceType": f"AWS::{kind}",
            "LastUpdatedTimestamp": datetime.now(UTC),
            "ResourceStatus": "CREATE_COMPLETE",
        }
        for name, kind in zip(policies, kinds, strict=True)
    ]
    failed = {**summaries[0], "ResourceStatus": "CREATE_FAILED"}
    del failed["PhysicalResourceId"]
    with Stubber(cloudformation) as stub:  # moto's stacks need a large package more
        stub.add_response("get_template", {"TemplateBody": json.dumps(template)}, {"StackName": STACK})
        for page, token in ((summaries[:2], "more"), ([*summaries[2:], failed], None)):
            answer = {"StackResourceSummaries": page} | ({"NextToken": token} if token else {})
            stub.add_response("list_stack_resources", answer)
        found = list_data(cloudformation, STACK)

    assert found == [
        Resource("s3", "files"),
        Resource("logs", "logs"),
        Resource("dynamodb", "events", kept=False),
        Resource("sqs", "dead", kept=False),
    ]


def test_what_a_stack_left_is_found_by_its_tag_and_deleted(clients: Clients) -> None:
    """Whatever is tagged with the name of the stack that is gone, and nothing of another stack."""
    mine, other = ({DATA_TAG: STACK}, {DATA_TAG: f"{STACK}-2"})
    make_bucket(clients, 1)
    for bucket, stack in (("files", STACK), ("others", "meterdrop-dev")):
        clients.s3().create_bucket(Bucket=bucket)
        clients.s3().put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": [{"Key": DATA_TAG, "Value": stack}]})
    make_table(clients, Tags=[{"Key": DATA_TAG, "Value": STACK}])
    clients.logs().create_log_group(logGroupName="/a/log", tags=mine)
    clients.sqs().create_queue(QueueName="dead", tags=mine)
    clients.sqs().create_queue(QueueName="alive", tags=other)

    left = list_tagged(clients, STACK)
    assert {(one.service, one.name.rpartition("/")[2]) for one in left} == {
        *(("s3", "files"), ("dynamodb", "events"), ("logs", "log"), ("sqs", "dead"))
    }
    delete(clients, left)

    assert list_tagged(clients, STACK) == []
    assert [bucket["Name"] for bucket in clients.s3().list_buckets()["Buckets"]] == ["others"]
    assert clients.logs().describe_log_groups()["logGroups"] == []
    assert clients.sqs().list_queues()["QueueUrls"] == [clients.sqs().get_queue_url(QueueName="alive")["QueueUrl"]]


def test_a_bucket_goes_with_all_versions(clients: Clients) -> None:
    """Old versions and delete markers do not hold it back."""
    make_bucket(clients, 3)

    delete(clients, [Resource("s3", "files")])

    assert clients.s3().list_buckets()["Buckets"] == []


def test_a_version_that_arrives_meanwhile_goes_too(clients: Clients) -> None:
    """A bucket is empty when a whole listing says so."""
    make_bucket(clients, 1)
    s3, arriving = clients.s3(), iter(["late", "later"])

    def arrive(**_: object) -> None:
        if key := next(arriving, None):
            s3.put_object(Bucket="files", Key=key, Body=b"x")

    on("after-call.s3.ListObjectVersions", arrive)
    empty_bucket(clients, "files")

    assert next(arriving, None) is None
    assert "Versions" not in s3.list_object_versions(Bucket="files")


def test_a_version_that_s3_does_not_delete_is_named(clients: Clients) -> None:
    """S3 says so in a response of status 200; to list it again and again would never end."""
    make_bucket(clients, 1)
    respond("s3.DeleteObjects", 1, 200, {"Errors": [{"Key": "a", "Code": "AccessDenied", "Message": "Access Denied"}]})
    with pytest.raises(Trouble, match=r"^S3 didn't delete 'a' from files: AccessDenied\. Fix the cause, then run"):
        empty_bucket(clients, "files")


def test_a_protected_table_goes(clients: Clients) -> None:
    """Its deletion protection is taken off first."""
    make_table(clients)

    delete(clients, [Resource("dynamodb", "events")])

    assert clients.dynamodb().list_tables()["TableNames"] == []


@pytest.mark.parametrize("operation", ["UpdateTable", "DeleteTable"])
def test_a_table_that_is_being_updated_is_tried_again(clients: Clients, operation: str) -> None:
    """It may be ACTIVE for a moment after its protection was taken off, and busy then."""
    make_table(clients)
    respond(f"dynamodb.{operation}", 3, 400, BUSY)

    delete(clients, [Resource("dynamodb", "events")])

    assert clients.dynamodb().list_tables()["TableNames"] == []


def test_a_table_that_stays_busy_is_not_tried_for_ever(clients: Clients) -> None:
    """AWS's own error says which table it is."""
    make_table(clients)
    respond("dynamodb.DeleteTable", 10_000, 400, BUSY)

    with pytest.raises(ClientError, match="ResourceInUseException"):
        delete(clients, [Resource("dynamodb", "events")])


def test_what_is_gone_already_is_passed_over(clients: Clients) -> None:
    """A deletion that was broken off goes on where it was."""
    queue = boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="left")["QueueUrl"]

    delete(
        clients,
        [
            *(Resource("s3", "absent"), Resource("dynamodb", "absent"), Resource("logs", "absent")),
            *(Resource("sqs", queue), Resource("sqs", queue)),
        ],
    )
    empty_bucket(clients, "absent")

    assert "QueueUrls" not in clients.sqs().list_queues()
