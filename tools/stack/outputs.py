"""The outputs of a deployed stack."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


@dataclass(frozen=True, slots=True)
class Outputs:
    """The stack's outputs: names and addresses of its resources, and the version of Meterdrop."""

    bucket: str
    api_url: str
    api_id: str
    queue_url: str
    dead_letter_queue_url: str
    events_table: str
    uploads_table: str
    usage_table: str
    catalog_table: str
    keys_table: str
    idempotency_table: str
    audit_log_group: str
    ingest_function: str
    api_function: str
    recover_function: str
    sweep_function: str
    version: str


_NAMES = {
    "bucket": "BucketName",
    "api_url": "ApiUrl",
    "api_id": "ApiId",
    "queue_url": "QueueUrl",
    "dead_letter_queue_url": "DeadLetterQueueUrl",
    "events_table": "EventsTableName",
    "uploads_table": "UploadsTableName",
    "usage_table": "UsageTableName",
    "catalog_table": "CatalogTableName",
    "keys_table": "KeysTableName",
    "idempotency_table": "IdempotencyTableName",
    "audit_log_group": "AuditLogGroupName",
    "ingest_function": "IngestFunctionName",
    "api_function": "ApiFunctionName",
    "recover_function": "RecoverFunctionName",
    "sweep_function": "SweepFunctionName",
    "version": "Version",
}


def stack_name(stage: str) -> str:
    """Return the name of a stage's CloudFormation stack."""
    return f"meterdrop-{stage}"


def read_outputs(cloudformation: "CloudFormationClient", stage: str) -> Outputs:
    """Read the outputs of a stage's stack; raise botocore's errors, or KeyError for a stack of another version."""
    stack = cloudformation.describe_stacks(StackName=stack_name(stage))["Stacks"][0]
    values = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return Outputs(**{name: values[key] for name, key in _NAMES.items()})
