"""Who may touch what, as a whole: a permission more or less fails here."""

from fnmatch import fnmatchcase

from aws_cdk.assertions import Template

from meterdrop.adapters.metering.usage_items import (
    lists_prefix,
    partition,
    rollup_partition,
    stamps_partition,
)
from meterdrop.adapters.uploads.matched_rows import matched_key
from meterdrop.adapters.uploads.outbox import outbox_item
from meterdrop.adapters.uploads.retries import retry_item
from meterdrop.adapters.uploads.sweep_cursor import SWEEP_ID
from meterdrop.domain.metering.contributions import Month
from meterdrop.domain.uploads.status_event import status_event
from meterdrop.domain.uploads.transitions import Retry
from tests.infra.conftest import Synthesize
from tests.support.template import function, logical_id, permissions, resources, statements, statements_of, text, texts
from tests.unit.adapters.test_uploads import FULL

READ_OBJECT = {"s3:GetObject", "s3:GetObjectVersion"}
DEFAULT_BUS = "arn:AWS::Partition:events:AWS::Region:AWS::AccountId:event-bus/default"
WRITE_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
"""Beside each function's log the one thing that needs every resource: X-Ray has none to name."""


def role_of(template: Template, handler: str) -> str:
    """Give the logical id of a function's role."""
    return text(function(template, handler)["Role"])


TAKE_MESSAGES = {
    "sqs:ReceiveMessage",
    "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibility",
    "sqs:GetQueueAttributes",
}


def queue(template: Template) -> str:
    """Give the logical id of the queue of notifications."""
    (name,) = [
        name for name, found in resources(template, "AWS::SQS::Queue").items() if "RedrivePolicy" in found["Properties"]
    ]
    return name


def dead_letters(template: Template) -> str:
    """Give the logical id of the dead-letter queue."""
    (name,) = set(resources(template, "AWS::SQS::Queue")) - {queue(template)}
    return name


def ingest_permissions(template: Template) -> dict[str, set[str]]:
    """Say all that the ingest function may do on AWS."""
    logs = resources(template, "AWS::Logs::LogGroup")
    return {
        logical_id(logs, "Ingest"): WRITE_LOG,
        queue(template): TAKE_MESSAGES | {"sqs:SendMessage"},
        dead_letters(template): {"sqs:SendMessage"},
        "*": TRACE,
        "UploadBucket": {"s3:ListBucket", "s3:ListBucketVersions"},
        "UploadBucket/uploads/*": READ_OBJECT,
        "UploadBucket/validate/*": READ_OBJECT,
        "UploadBucket/customers/*": READ_OBJECT,
        "UploadBucket/errors/*": {"s3:PutObject", "s3:DeleteObject"},
        "UploadBucket/statements/*": {*READ_OBJECT, "s3:PutObject"},
        "UploadBucket/reports/*": {"s3:GetObject", "s3:PutObject"},
        "EventsTable": {"dynamodb:PartiQLInsert", "dynamodb:PartiQLDelete", "dynamodb:BatchGetItem"},
        "UploadsTable": {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
        },
        "UploadsTable/index/*": {"dynamodb:Query"},
        DEFAULT_BUS: {"events:PutEvents"},
        "UsageTable": {"dynamodb:BatchWriteItem", "dynamodb:Query", "dynamodb:BatchGetItem"},
        "CatalogTable": {
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:BatchGetItem",
            "dynamodb:PartiQLInsert",
            "dynamodb:PartiQLUpdate",
        },
    }


def test_ingest_may_do_this_and_nothing_else(template: Template) -> None:
    """The ingest function's role is exactly what one upload needs."""
    assert permissions(template, role_of(template, "ingest")) == ingest_permissions(template)


def recover_permissions(template: Template) -> dict[str, set[str]]:
    """Say all that the function of the dead letters may do on AWS."""
    logs = resources(template, "AWS::Logs::LogGroup")
    return {
        logical_id(logs, "Recover"): WRITE_LOG,
        "*": TRACE,
        queue(template): {"sqs:SendMessage"},
        dead_letters(template): TAKE_MESSAGES,
        "UploadBucket": {"s3:ListBucket", "s3:ListBucketVersions"},
        "UploadBucket/uploads/*": READ_OBJECT,
        "UploadBucket/validate/*": READ_OBJECT,
        "UploadBucket/customers/*": READ_OBJECT,
        "UploadBucket/errors/*": {"s3:PutObject", "s3:DeleteObject"},
        "EventsTable": {"dynamodb:PartiQLDelete", "dynamodb:BatchGetItem"},
        "UploadsTable": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
        DEFAULT_BUS: {"events:PutEvents"},
        "UsageTable": {"dynamodb:BatchWriteItem", "dynamodb:Query"},
    }


def test_recover_may_do_this_and_nothing_else(template: Template) -> None:
    """The function of the dead letters takes back and says so; it stores no event and reads no catalog."""
    assert permissions(template, role_of(template, "recover")) == recover_permissions(template)


def test_the_sweep_may_do_this_and_nothing_else(template: Template) -> None:
    """The sweep reprocesses uploads, and else writes nothing but messages, announcements and its own mark."""
    logs = resources(template, "AWS::Logs::LogGroup")
    assert permissions(template, role_of(template, "sweep")) == {
        logical_id(logs, "Sweep"): WRITE_LOG,
        "*": TRACE,
        queue(template): {"sqs:SendMessage", "sqs:GetQueueAttributes"},
        "UploadBucket": {"s3:ListBucket", "s3:ListBucketVersions"},
        "UploadBucket/uploads/*": READ_OBJECT,
        "UploadBucket/validate/*": READ_OBJECT,
        "UploadBucket/customers/*": READ_OBJECT,
        "UploadsTable": {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
        },
        "UploadsTable/index/*": {"dynamodb:Query"},
        "EventsTable": {"dynamodb:BatchGetItem"},
        "UsageTable": {"dynamodb:BatchGetItem"},
        "CatalogTable": {"dynamodb:Query"},
        DEFAULT_BUS: {"events:PutEvents"},
    }
    updating = [
        one
        for one in statements(template)
        if texts(one["Action"]) == ["dynamodb:UpdateItem"] and texts(one["Resource"]) == ["UploadsTable"]
    ]
    assert [one["Condition"]["ForAllValues:StringLike"] for one in updating] == [{"dynamodb:LeadingKeys": [SWEEP_ID]}]


def test_a_condition_on_keys_is_not_met_by_a_call_without_keys(template: Template) -> None:
    """`ForAllValues` holds for no value at all, so each such condition has a second one."""
    conditions = [
        one["Condition"] for one in statements(template) if "ForAllValues:StringLike" in one.get("Condition", {})
    ]
    assert len(conditions) >= 10
    assert [{"dynamodb:LeadingKeys": "false"}] * len(conditions) == [each.get("Null") for each in conditions]


def test_the_api_may_do_this_and_nothing_else(template: Template) -> None:
    """The API function's role is exactly what its routes and signed URLs need."""
    logs = resources(template, "AWS::Logs::LogGroup")
    assert permissions(template, role_of(template, "api")) == {
        logical_id(logs, "Api"): WRITE_LOG,
        logical_id(logs, "AuditTrail"): WRITE_LOG,
        queue(template): {"sqs:SendMessage"},
        "UploadBucket": {"s3:ListBucket", "s3:ListBucketVersions"},
        "*": TRACE,
        "UploadBucket/uploads/*": {*READ_OBJECT, "s3:PutObject"},
        "UploadBucket/validate/*": {*READ_OBJECT, "s3:PutObject"},
        "UploadBucket/customers/*": {*READ_OBJECT, "s3:PutObject"},
        "UploadBucket/errors/*": {"s3:GetObjectVersion"},
        "UploadBucket/statements/*": {"s3:GetObjectVersion"},
        "UploadBucket/reports/*": {*READ_OBJECT, "s3:PutObject"},
        "UploadsTable": {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:ConditionCheckItem",
            "dynamodb:PutItem",
        },
        "EventsTable": {"dynamodb:BatchGetItem", "dynamodb:PutItem"},
        "UsageTable": {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem"},
        "UploadsTable/index/*": {"dynamodb:Query"},
        "CatalogTable": {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:Scan",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:ConditionCheckItem",
        },
        "CatalogTable/index/*": {"dynamodb:Query"},
        "KeysTable": {"dynamodb:GetItem", "dynamodb:Scan"},
        "IdempotencyTable": {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
        },
    }


def test_of_stored_responses_the_api_reads_none(template: Template) -> None:
    """A response is returned by the failed write of its request. No other request can read it."""
    patterns = [
        (*texts(one["Action"]), *texts(one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]))
        for one in statements_of(template, role_of(template, "api"))
        if "IdempotencyTable" in texts(one.get("Resource", [])) and "dynamodb:PutItem" not in texts(one["Action"])
    ]
    assert [("dynamodb:GetItem", "session#*"), ("dynamodb:BatchGetItem", "key_use#*")] == patterns


def test_of_usage_the_api_replaces_only_rollups(template: Template) -> None:
    """The API writes many usage items at once only where each can be made again: it could delete them too."""
    [patterns] = [
        one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for one in statements_of(template, role_of(template, "api"))
        if "UsageTable" in texts(one.get("Resource", [])) and "dynamodb:BatchWriteItem" in texts(one["Action"])
    ]
    [pattern] = texts(patterns)
    of_all = Month("mtr_a", None, "2024-09")
    for of in (of_all, of_all._replace(customer="cus_1")):
        assert fnmatchcase(rollup_partition(of), pattern)
        assert not any(fnmatchcase(other, pattern) for other in (partition(of), lists_prefix(of) + "0"))
    assert not fnmatchcase(stamps_partition("mtr_a"), pattern)


def test_no_upload_is_deleted(template: Template) -> None:
    """Whatever deletes in the table of uploads is bound to these items: no status is ever lost."""
    deleting = {
        function: [
            pattern
            for one in statements_of(template, role_of(template, function))
            if "UploadsTable" in texts(one.get("Resource", [])) and "dynamodb:DeleteItem" in texts(one["Action"])
            for pattern in one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        ]
        for function in ("ingest", "recover", "sweep", "api")
    }
    assert {
        "ingest": ["matched#*", "outbox#*"],
        "recover": ["matched#*", "outbox#*"],
        "sweep": ["retry#*", "outbox#*"],
        "api": [],
    } == deleting
    assert fnmatchcase(retry_item(Retry(FULL.id, 1, 0))["id"]["S"], "retry#*")
    assert fnmatchcase(outbox_item(status_event(FULL))["id"]["S"], "outbox#*")
    assert fnmatchcase(matched_key(FULL.id, 0)["id"]["S"], "matched#*")


def test_no_function_makes_or_changes_api_keys(template: Template, local_template: Template) -> None:
    """The API reads their table, also on the emulator, and no other function has any permission on it."""
    for each in (template, local_template):
        found = {
            (role, action)
            for role in resources(each, "AWS::IAM::Role")
            for one in statements_of(each, role)
            if "KeysTable" in texts(one.get("Resource", []))
            for action in texts(one["Action"])
        }
        assert {(role_of(each, "api"), f"dynamodb:{name}") for name in ("GetItem", "Scan")} == found


def test_the_emulator_adds_one_permission_and_no_other(local_template: Template) -> None:
    """The stack that the integration tests deploy has the same roles, but for how the emulator judges PartiQL."""
    assert permissions(local_template, role_of(local_template, "ingest")) == {
        **ingest_permissions(local_template),
        "*": {*TRACE, "dynamodb:BatchExecuteStatement"},
    }
    assert permissions(local_template, role_of(local_template, "recover")) == {
        **recover_permissions(local_template),
        "*": {*TRACE, "dynamodb:BatchExecuteStatement"},
    }


def test_without_tracing_nothing_may_be_traced(synthesize: Synthesize) -> None:
    """The permissions come and go with the setting."""
    untraced = synthesize(tracing=False)
    assert [role for role in resources(untraced, "AWS::IAM::Role") if "*" in permissions(untraced, role)] == []


def test_every_function_has_a_role_of_its_own(template: Template) -> None:
    """No two functions share a role, no role is without a function, and none has a policy from elsewhere."""
    roles = resources(template, "AWS::IAM::Role")
    used = [text(found["Properties"]["Role"]) for found in resources(template, "AWS::Lambda::Function").values()]
    assert sorted(used) == sorted(roles)
    assert [role for role in roles.values() if {"ManagedPolicyArns", "Policies"} & role["Properties"].keys()] == []


def test_only_lambda_takes_on_the_roles(template: Template) -> None:
    """Nobody else may assume a function's role."""
    trusted = [
        statement["Principal"]
        for role in resources(template, "AWS::IAM::Role").values()
        for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    ]
    assert trusted == [{"Service": "lambda.amazonaws.com"}] * 4


def test_nothing_allowed_holds_a_wildcard_action(template: Template, local_template: Template) -> None:
    """No statement that allows has a `*` in an action."""
    allowing = [one for one in [*statements(template), *statements(local_template)] if one["Effect"] == "Allow"]
    assert [one for one in allowing if any("*" in action for action in texts(one["Action"]))] == []


def test_nothing_allowed_is_for_every_resource_or_everybody(template: Template) -> None:
    """No statement that allows is for resource `*`, but for traces, and none for principal `*`."""
    allowing = [one for one in statements(template) if one["Effect"] == "Allow"]
    everywhere = [one for one in allowing if "*" in texts(one.get("Resource", []))]
    assert [set(one["Action"]) for one in everywhere] == [TRACE] * 4
    assert [one for one in allowing if one.get("Principal") in ("*", {"AWS": "*"})] == []
