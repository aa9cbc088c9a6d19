"""The data of a stack: what CloudFormation keeps, what it can't delete, and what a stack that is gone has left."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from infra.settings import DATA_TAG
from tools.setup.trouble import Trouble
from tools.stack.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_GONE = {
    *("NoSuchBucket", "ResourceNotFoundException", "QueueDoesNotExist"),
    *("AWS.SimpleQueueService.NonExistentQueue", "404"),
}
_BUSY_SECONDS = 300  # for which another change of a table is waited for
_Template = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource that holds data: its service, as in its ARN, and its name. The name of a queue is its URL.

    `kept`: whether CloudFormation keeps it when it removes the stack.
    """

    service: str
    name: str
    kept: bool = True


def list_data(cloudformation: "CloudFormationClient", stack: str) -> list[Resource]:
    """List the stack's resources that hold data."""
    # boto3 has parsed the JSON template. Its types don't say so.
    template = cast("_Template", cloudformation.get_template(StackName=stack)["TemplateBody"])["Resources"]
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [
        Resource(
            service,
            one["PhysicalResourceId"],
            kept=template[one["LogicalResourceId"]].get("DeletionPolicy", "").startswith("Retain"),
        )
        for page in pages
        for one in page["StackResourceSummaries"]
        # A resource whose creation failed has no name.
        if (service := _SERVICES.get(one["ResourceType"])) and one.get("PhysicalResourceId")
    ]


def list_tagged(clients: Clients, stack: str) -> list[Resource]:
    """List all resources that stacks of this name have left in the account and region."""
    tagging = clients.other("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources").paginate(TagFilters=[{"Key": DATA_TAG, "Values": [stack]}])
    return list(_from_arns(clients, (one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"])))


def _from_arns(clients: Clients, arns: Iterable[str]) -> Iterator[Resource]:
    for arn in arns:
        service, _, _, name = arn.split(":", 5)[2:]
        try:
            if service == "sqs":
                name = clients.sqs().get_queue_url(QueueName=name)["QueueUrl"]
        except ClientError as error:  # AWS lists a resource for some time after its deletion
            if error.response["Error"]["Code"] not in _GONE:
                raise
            continue
        if service in _DELETIONS:
            yield Resource(service, name.removeprefix("table/").removeprefix("log-group:").removesuffix(":*"))


def delete(clients: Clients, resources: Iterable[Resource]) -> None:
    """Delete resources and their contents; skip those that no longer exist."""
    for resource in resources:
        print(f"  deleting {resource.name}", flush=True)
        _unless_gone(_DELETIONS[resource.service], clients, resource.name)


def empty_bucket(clients: Clients, name: str) -> None:
    """Delete all versions in a bucket, also those that arrive meanwhile; raise Trouble if S3 keeps one."""
    print(f"  emptying {name}", flush=True)
    _unless_gone(_delete_versions, clients, name)


def _unless_gone(deletion: Callable[[Clients, str], None], clients: Clients, name: str) -> None:
    try:
        deletion(clients, name)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise


def _delete_versions(clients: Clients, name: str) -> None:
    s3 = clients.s3()
    doomed: list[ObjectIdentifierTypeDef]
    is_empty = False
    while not is_empty:
        is_empty = True
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if not versions:
                continue
            is_empty = False
            doomed = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions]
            for error in s3.delete_objects(Bucket=name, Delete={"Objects": doomed, "Quiet": True}).get("Errors", []):
                raise Trouble(
                    f"S3 didn't delete {error['Key']!r} from {name}: {error['Code']}. "
                    "Fix the cause, then run the same make again."
                )


def _delete_bucket(clients: Clients, name: str) -> None:
    _delete_versions(clients, name)
    clients.s3().delete_bucket(Bucket=name)


def _delete_table(clients: Clients, name: str) -> None:
    """Take the protection off, and delete the table; wait while it is busy with another change."""
    dynamodb = clients.dynamodb()
    deadline = time.monotonic() + _BUSY_SECONDS
    while (table := dynamodb.describe_table(TableName=name)["Table"])["TableStatus"] != "DELETING":
        try:
            if not table.get("DeletionProtectionEnabled"):
                dynamodb.delete_table(TableName=name)
                return
            dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
        except dynamodb.exceptions.ResourceInUseException:
            if time.monotonic() > deadline:
                raise
        time.sleep(2)


def _delete_log_group(clients: Clients, name: str) -> None:
    clients.logs().delete_log_group(logGroupName=name)


def _delete_queue(clients: Clients, url: str) -> None:
    clients.sqs().delete_queue(QueueUrl=url)


_DELETIONS: dict[str, Callable[[Clients, str], None]] = {
    "s3": _delete_bucket,
    "dynamodb": _delete_table,
    "logs": _delete_log_group,
    "sqs": _delete_queue,
}
_SERVICES = {
    "AWS::S3::Bucket": "s3",
    "AWS::DynamoDB::GlobalTable": "dynamodb",
    "AWS::Logs::LogGroup": "logs",
    "AWS::SQS::Queue": "sqs",
}
