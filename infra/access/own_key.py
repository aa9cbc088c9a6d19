"""The owner's KMS key (`kmsKeyArn`), which encrypts all stored data instead of keys that AWS owns or manages.

The stack can't change the policy of an imported key. The runbook has the statements that it needs.
"""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.settings import Settings

_ID = "OwnKey"
# DynamoDB requires these of a principal that reads and writes. S3 and SQS require fewer.
_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")


def own_key(scope: Construct, settings: Settings) -> kms.IKey | None:
    """Return the key of the settings, the same for the whole stack; None if there is none."""
    if not settings.kms_key_arn:
        return None
    stack = Stack.of(scope)
    found = cast("kms.IKey | None", stack.node.try_find_child(_ID))
    return found or kms.Key.from_key_arn(stack, _ID, settings.kms_key_arn)


def use_of_own_key(settings: Settings) -> list[iam.PolicyStatement]:
    """Return the statement that a function needs: the use of the key through the services with encrypted data."""
    if not settings.kms_key_arn:
        return []
    services = _via("dynamodb", "s3", "sqs")
    return [
        iam.PolicyStatement(
            actions=list(_USE),
            resources=[settings.kms_key_arn],
            conditions={"StringEquals": {"kms:ViaService": services}},
        )
    ]


def use_by_partner(settings: Settings, bucket_arn: str) -> list[iam.PolicyStatement]:
    """Return the statement that a partner needs: the use of the key through S3, for objects of the bucket."""
    if not settings.kms_key_arn:
        return []
    return [
        iam.PolicyStatement(
            actions=["kms:Decrypt", "kms:GenerateDataKey"],
            resources=[settings.kms_key_arn],
            conditions={
                "StringEquals": {"kms:ViaService": _via("s3")},
                "StringLike": {"kms:EncryptionContext:aws:s3:arn": [bucket_arn, f"{bucket_arn}/*"]},
            },
        )
    ]


def _via(*services: str) -> Sequence[str]:
    return [f"{service}.{Aws.REGION}.{Aws.URL_SUFFIX}" for service in services]
