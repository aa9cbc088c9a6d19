"""Clients of one AWS account: the emulator's or a real one."""

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient


def profile_clients() -> "Clients":
    """Return clients of the current AWS profile. Like in other AWS programs, AWS_REGION overrides its region."""
    return Clients(region=os.environ.get("AWS_REGION") or boto3.Session().region_name)


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients of an account. Without an endpoint and keys, they use the current AWS profile."""

    region: str | None = None
    endpoint_url: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)

    def s3(self) -> "S3Client":
        """Return an S3 client."""
        return self.other("s3")  # type: ignore[no-any-return]

    def dynamodb(self) -> "DynamoDBClient":
        """Return a DynamoDB client."""
        return self.other("dynamodb")  # type: ignore[no-any-return]

    def sqs(self) -> "SQSClient":
        """Return an SQS client."""
        return self.other("sqs")  # type: ignore[no-any-return]

    def cloudformation(self) -> "CloudFormationClient":
        """Return a CloudFormation client."""
        return self.other("cloudformation")  # type: ignore[no-any-return]

    def logs(self) -> "CloudWatchLogsClient":
        """Return a CloudWatch Logs client."""
        return self.other("logs")  # type: ignore[no-any-return]

    def environment(self) -> dict[str, str]:
        """Return the environment variables that lead another program to the same emulator."""
        return {
            "AWS_ENDPOINT_URL": str(self.endpoint_url),
            "AWS_ENDPOINT_URL_S3": str(self.endpoint_url),
            "AWS_REGION": str(self.region),
            "AWS_DEFAULT_REGION": str(self.region),
            "AWS_ACCESS_KEY_ID": str(self.access_key_id),
            "AWS_SECRET_ACCESS_KEY": str(self.secret_access_key),
        }

    def other(self, service: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 - boto3 has no types of its own
        """Return a client of any service, by boto3's name for it."""
        local = self.endpoint_url is not None
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            # A proxy can't reach this machine's loopback address.
            config=Config(proxies={}, s3={"addressing_style": "path"}) if local else None,
        )
