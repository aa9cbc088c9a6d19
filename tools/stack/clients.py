"""Clients of one AWS account, be it the emulator's or a real one."""

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


def of_the_profile() -> "Clients":
    """Make clients of the current AWS profile; AWS_REGION counts, as with every other program of AWS."""
    return Clients(region=os.environ.get("AWS_REGION") or boto3.Session().region_name)


@dataclass(frozen=True, slots=True)
class Clients:
    """Makes clients; without an endpoint and keys those of the current AWS profile."""

    region: str | None = None
    endpoint_url: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)

    def s3(self) -> "S3Client":
        """Make an S3 client."""
        return self.other("s3")  # type: ignore[no-any-return]

    def dynamodb(self) -> "DynamoDBClient":
        """Make a DynamoDB client."""
        return self.other("dynamodb")  # type: ignore[no-any-return]

    def sqs(self) -> "SQSClient":
        """Make an SQS client."""
        return self.other("sqs")  # type: ignore[no-any-return]

    def cloudformation(self) -> "CloudFormationClient":
        """Make a CloudFormation client."""
        return self.other("cloudformation")  # type: ignore[no-any-return]

    def logs(self) -> "CloudWatchLogsClient":
        """Make a CloudWatch Logs client."""
        return self.other("logs")  # type: ignore[no-any-return]

    def environment(self) -> dict[str, str]:
        """Give what leads another program to the same account, where this is the emulator's."""
        return {
            "AWS_ENDPOINT_URL": str(self.endpoint_url),
            "AWS_ENDPOINT_URL_S3": str(self.endpoint_url),
            "AWS_REGION": str(self.region),
            "AWS_DEFAULT_REGION": str(self.region),
            "AWS_ACCESS_KEY_ID": str(self.access_key_id),
            "AWS_SECRET_ACCESS_KEY": str(self.secret_access_key),
        }

    def other(self, service: str):  # type: ignore[no-untyped-def]  # noqa: ANN201 - boto3 has no types of its own
        """Make a client of any service, by boto3's name for it."""
        local = self.endpoint_url is not None
        return boto3.client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint_url,
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            # Nobody's proxy knows the way to this machine's loopback address.
            config=Config(proxies={}, s3={"addressing_style": "path"}) if local else None,
        )
