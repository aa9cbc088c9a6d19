"""The owner's KMS key: everything that stores data has it, and nobody can use it otherwise."""

import json
import re
from typing import Any

import pytest
from aws_cdk.assertions import Template

from tests.infra.conftest import PROJECT, Synthesize
from tests.support.template import permissions, resources, statements_of, texts

KEY = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
FUNCTIONS = ("Ingest", "Recover", "Sweep", "Api")


@pytest.fixture(scope="module")
def encrypted(synthesize: Synthesize) -> Template:
    """Give the stack of an owner with a key, and with all that a key has to do with."""
    return synthesize(kmsKeyArn=KEY, alarmEmail="ops@example.com", notifyEmail="billing@example.com", partners=["acme"])


def keys(template: Template) -> dict[str, set[str]]:
    """Give the keys of all resources that store data, by type."""
    paths: dict[str, tuple[str | int, ...]] = {
        "AWS::DynamoDB::GlobalTable": ("Replicas", 0, "SSESpecification", "KMSMasterKeyId"),
        "AWS::S3::Bucket": (
            *("BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault"),
            "KMSMasterKeyID",
        ),
        "AWS::SQS::Queue": ("KmsMasterKeyId",),
        "AWS::Logs::LogGroup": ("KmsKeyId",),
        "AWS::SNS::Topic": ("KmsMasterKeyId",),
    }
    return {
        type_: {str(value_at(one["Properties"], path)) for one in resources(template, type_).values()}
        for type_, path in paths.items()
    }


def value_at(found: Any, path: tuple[str | int, ...]) -> Any:
    """Follow a path of names and positions; give None where it ends before."""
    for step in path:
        found = found[step] if isinstance(step, int) else (found or {}).get(step)
    return found


def test_all_data_has_the_key(encrypted: Template) -> None:
    """Tables, bucket, queues, logs, and topics; and the bucket asks KMS once for many objects."""
    assert set(map(tuple, keys(encrypted).values())) == {(KEY,)}
    (bucket,) = resources(encrypted, "AWS::S3::Bucket").values()
    (rule,) = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["BucketKeyEnabled"] is True
    assert all(
        one["Properties"]["SSESpecification"]["SSEEnabled"]
        for one in resources(encrypted, "AWS::DynamoDB::GlobalTable").values()
    )


def test_without_a_key_the_data_has_those_of_aws(template: Template) -> None:
    """Nothing names a key, and no role may use one."""
    assert set().union(*keys(template).values()) == {"None"}
    assert "kms:" not in json.dumps(template.to_json())


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_uses_the_key_only_through_the_services(encrypted: Template, function: str) -> None:
    """What it reads and writes there is limited by its other permissions."""
    (role,) = (name for name in resources(encrypted, "AWS::IAM::Role") if name.startswith(f"{function}Role"))
    (use,) = (one for one in statements_of(encrypted, role) if "kms:Decrypt" in one["Action"])
    assert permissions(encrypted, role)[KEY] == {
        *("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
    }
    assert texts(use["Condition"]["StringEquals"]["kms:ViaService"]) == [
        f"{service}.AWS::Region.AWS::URLSuffix" for service in ("dynamodb", "s3", "sqs")
    ]


def test_a_partner_uses_the_key_for_objects_of_the_bucket(encrypted: Template) -> None:
    """To put files and to read error files; other data of the stack has the same key."""
    (policy,) = resources(encrypted, "AWS::IAM::ManagedPolicy").values()
    (use,) = (one for one in policy["Properties"]["PolicyDocument"]["Statement"] if one["Resource"] == KEY)
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    condition: dict[str, Any] = use["Condition"]
    assert texts(condition["StringEquals"]["kms:ViaService"]) == ["s3.AWS::Region.AWS::URLSuffix"]
    assert texts(condition["StringLike"]["kms:EncryptionContext:aws:s3:arn"]) == ["UploadBucket", "UploadBucket/*"]


def test_the_runbook_lets_the_services_use_the_key(encrypted: Template) -> None:
    """Each service that the stack lets send to an encrypted queue or topic, and the logs."""
    runbook = (PROJECT / "docs/runbook.md").read_text(encoding="utf-8")
    section = runbook.partition("## Use your own KMS key")[2].partition("\n## ")[0]
    policy = re.search(r"```json\n(.*?)```", section, re.DOTALL)
    assert policy is not None
    allowed = {statement["Principal"]["Service"] for statement in json.loads(policy[1])}
    sending = {
        statement["Principal"]["Service"]
        for type_ in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
        for one in resources(encrypted, type_).values()
        for statement in one["Properties"]["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    }
    assert allowed == sending | {"logs.REGION.amazonaws.com"}
