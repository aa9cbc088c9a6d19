"""The data that remains after a stack's removal. It is deleted only on request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from botocore.exceptions import ClientError

from tools.stack.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef

_GONE = {
    *("NoSuchBucket", "ResourceNotFoundException", "QueueDoesNotExist"),
    *("AWS.SimpleQueueService.NonExistentQueue", "404"),
}
_Template = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource with its CloudFormation type and physical name."""

    type: str
    name: str


def list_retained(cloudformation: "CloudFormationClient", stack: str) -> list[Resource]:
    """List the stack's resources that hold data and that CloudFormation keeps."""
    # boto3 has parsed the JSON template. Its types don't say so.
    template = cast("_Template", cloudformation.get_template(StackName=stack)["TemplateBody"])
    kept = {name for name, one in template["Resources"].items() if one.get("DeletionPolicy", "").startswith("Retain")}
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    return [
        Resource(one["ResourceType"], one["PhysicalResourceId"])
        for one in resources
        if one["LogicalResourceId"] in kept and one["ResourceType"] in _DELETIONS
    ]


def delete_retained(clients: Clients, resources: list[Resource]) -> None:
    """Delete resources and their contents; skip those that no longer exist."""
    for resource in resources:
        print(f"  deleting {resource.name}", flush=True)
        try:
            _DELETIONS[resource.type](clients, resource.name)
        except ClientError as error:
            if error.response["Error"]["Code"] not in _GONE:
                raise


def _delete_bucket(clients: Clients, name: str) -> None:
    s3 = clients.s3()
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if versions:
            doomed: list[ObjectIdentifierTypeDef] = [
                {"Key": one["Key"], "VersionId": one["VersionId"]} for one in versions
            ]
            s3.delete_objects(Bucket=name, Delete={"Objects": doomed, "Quiet": True})
    s3.delete_bucket(Bucket=name)


def _delete_table(clients: Clients, name: str) -> None:
    dynamodb = clients.dynamodb()
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    dynamodb.delete_table(TableName=name)


def _delete_log_group(clients: Clients, name: str) -> None:
    clients.logs().delete_log_group(logGroupName=name)


def _delete_queue(clients: Clients, address: str) -> None:
    clients.sqs().delete_queue(QueueUrl=address)


_DELETIONS: dict[str, Callable[[Clients, str], None]] = {
    "AWS::S3::Bucket": _delete_bucket,
    "AWS::DynamoDB::GlobalTable": _delete_table,
    "AWS::Logs::LogGroup": _delete_log_group,
    "AWS::SQS::Queue": _delete_queue,
}
