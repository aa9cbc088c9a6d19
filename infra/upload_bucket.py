"""The bucket for uploads, error files, statements, and files of usage reports."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.settings import Settings

BUCKET_LOGICAL_ID = "UploadBucket"
"""The logical ID, and with the stack's name the beginning of the bucket's name."""
INPUT_PREFIXES = ("uploads/", "validate/", "customers/")
ERROR_PREFIX = "errors/"
STATEMENT_PREFIX = "statements/"
REPORT_PREFIX = "reports/"
REPORT_DAYS = 7
"""Days for which files of usage reports are kept. A report can be requested again at any time."""


class UploadBucket(Construct):
    """A versioned, private, encrypted bucket. No rule deletes uploaded files: undo and reprocess read them again.

    `origin`: scheme and host of the bucket for browsers.
    """

    def __init__(self, scope: Construct, construct_id: str, *, notify: sqs.Queue, settings: Settings) -> None:
        """Create the bucket. `notify` must accept it already, because S3 sends a test message."""
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=settings.tls_only,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(7)),
                s3.LifecycleRule(
                    prefix=REPORT_PREFIX,
                    expiration=Duration.days(REPORT_DAYS),
                    noncurrent_version_expiration=Duration.days(1),
                ),
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if settings.retain else RemovalPolicy.DESTROY,
        )
        # The host of presigned URLs. For some regions, CloudFormation's attributes have the global name.
        here = Stack.of(self)
        self.origin = (
            settings.public_s3_endpoint or f"https://{self.bucket.bucket_name}.s3.{here.region}.{here.url_suffix}"
        )
        resource = self.bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.override_logical_id(BUCKET_LOGICAL_ID)
        # Set on the resource, because the CDK's method adds a function that can change every bucket of the account.
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            queue_configurations=[_created_under(prefix, notify) for prefix in INPUT_PREFIXES]
        )
        resource.node.add_dependency(notify)

    def allow_origins(self, origins: Sequence[str]) -> None:
        """Let pages of these origins only post files with presigned forms and get files with presigned URLs.

        The exposed version ID tells a page which upload of a key is its own.
        """
        self.bucket.add_cors_rule(
            allowed_origins=list(origins),
            allowed_methods=[s3.HttpMethods.GET, s3.HttpMethods.POST],
            exposed_headers=["x-amz-version-id"],
            max_age=3600,
        )


def _created_under(prefix: str, queue: sqs.Queue) -> s3.CfnBucket.QueueConfigurationProperty:
    """Return a notification for every way to create an object, such as multipart uploads, and for any suffix."""
    return s3.CfnBucket.QueueConfigurationProperty(
        event="s3:ObjectCreated:*",
        queue=queue.queue_arn,
        filter=s3.CfnBucket.NotificationFilterProperty(
            s3_key=s3.CfnBucket.S3KeyFilterProperty(
                rules=[s3.CfnBucket.FilterRuleProperty(name="prefix", value=prefix)]
            )
        ),
    )
