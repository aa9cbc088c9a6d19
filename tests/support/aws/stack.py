"""The stack's tables, queues and bucket in a test's account, and its functions' settings, as the template has them."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from meterdrop import settings
from tools.emulator.synth import synthesize_for_emulator

_REGION = "us-east-1"
_ACCOUNT = "000000000000"
_NAMES = {
    "EventsTable": "events",
    "UploadsTable": "uploads",
    "UsageTable": "usage",
    "CatalogTable": "catalog",
    "KeysTable": "keys",
    "IdempotencyTable": "idempotency",
    "UploadBucket": "meterdrop-uploads",
}
_AUDIT_LOG_GROUP = "audit"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the stack."""

    timeout: int
    """Seconds."""
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Stack:
    """What was made."""

    bucket: str
    queue_url: str
    dead_letter_queue_url: str
    functions: Mapping[str, Function]
    """By the names of their modules in `handlers`."""
    logical_ids: Mapping[str, str]
    """Of bucket, tables and queues in the template, by their names."""


def deploy() -> Stack:
    """Make what the template describes, by the clients of `settings`."""
    resources = _resources()
    names = dict(_NAMES)
    urls = dict[str, str]()
    # Those that others point at come first.
    for logical_id, queue in sorted(_of(resources, "AWS::SQS::Queue"), key=lambda one: "RedrivePolicy" in one[1]):
        name = "queue" if "RedrivePolicy" in queue else "dead-letters"
        urls[name] = _make_queue(name, queue, names)
        names[logical_id] = urls[name]
    for logical_id, table in _of(resources, "AWS::DynamoDB::GlobalTable"):
        _make_table(names[logical_id], table)
    [audit] = [id_ for id_, _ in _of(resources, "AWS::Logs::LogGroup") if id_.startswith("AuditTrail")]
    names[audit] = _AUDIT_LOG_GROUP
    settings.logs().create_log_group(logGroupName=_AUDIT_LOG_GROUP)
    [(logical_id, bucket)] = _of(resources, "AWS::S3::Bucket")
    _make_bucket(names[logical_id], bucket)
    logical_ids = {name.rpartition("/")[2]: logical_id for logical_id, name in names.items()}
    return Stack(
        names[logical_id], urls["queue"], urls["dead-letters"], dict(_functions(resources, names)), logical_ids
    )


@cache
def _resources() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        made = synthesize_for_emulator("http://localhost:4566", Path(folder))
        template = json.loads((made / "Meterdrop.template.json").read_text(encoding="utf-8"))
    resources: dict[str, Any] = template["Resources"]
    return resources


def _of(resources: Mapping[str, Any], type_: str) -> list[tuple[str, dict[str, Any]]]:
    return [(id_, each.get("Properties", {})) for id_, each in resources.items() if each["Type"] == type_]


def _make_table(name: str, table: dict[str, Any]) -> None:
    taken = ("AttributeDefinitions", "BillingMode", "KeySchema", "GlobalSecondaryIndexes")
    settings.dynamodb().create_table(TableName=name, **{part: table[part] for part in taken if part in table})


def _make_queue(name: str, queue: dict[str, Any], names: Mapping[str, str]) -> str:
    attributes: Any = {part: str(queue[part]) for part in ("MessageRetentionPeriod", "VisibilityTimeout")}
    if "RedrivePolicy" in queue:
        target = queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        arn = f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:{names[target].rpartition('/')[2]}"
        policy = {**queue["RedrivePolicy"], "deadLetterTargetArn": arn}
        attributes["RedrivePolicy"] = json.dumps(policy)
    return settings.sqs().create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]


def _make_bucket(name: str, bucket: dict[str, Any]) -> None:
    s3 = settings.s3()
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=bucket["VersioningConfiguration"])
    s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={
            "QueueConfigurations": [
                {
                    "QueueArn": f"arn:aws:sqs:{_REGION}:{_ACCOUNT}:queue",
                    "Events": [each["Event"]],
                    "Filter": {"Key": {"FilterRules": each["Filter"]["S3Key"]["Rules"]}},
                }
                for each in bucket["NotificationConfiguration"]["QueueConfigurations"]
            ]
        },
    )


def _functions(resources: Mapping[str, Any], names: Mapping[str, str]) -> "list[tuple[str, Function]]":
    found = []
    for _, function in _of(resources, "AWS::Lambda::Function"):
        if str(function["Handler"]).startswith("meterdrop.handlers."):
            variables = function["Environment"]["Variables"]
            environment = {
                name: names[value["Ref"]] if isinstance(value, dict) else value for name, value in variables.items()
            }
            found.append((function["Handler"].split(".")[2], Function(function["Timeout"], environment)))
    return found
