"""The bucket for uploads, error files, statements, and files of usage reports."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.access.own_key import own_key
from infra.settings import Settings

BUCKET_LOGICAL_ID = "UploadBucket"
"""The logical ID, and with the stack's name the beginning of the bucket's name."""
CUSTOMER_PREFIX = "customers/"
INPUT_PREFIXES = ("uploads/", "validate/", CUSTOMER_PREFIX)
ERROR_PREFIX = "errors/"
STATEMENT_PREFIX = "statements/"
REPORT_PREFIX = "reports/"
TOO_LARGE_BYTES = 5_242_880
"""Larger files are refused (`SIZE_LIMIT` of the domain), so none of them has an event, and no undo reads them."""
TOO_LARGE_DAYS = 30
"""Days for which the owner pays for a file that is too large. Nothing limits what a partner's AWS credentials put."""
REPORT_DAYS = 7
"""Days for which files of usage reports are kept. A report can be requested again at any time."""
REPLACED_CUSTOMERS_DAYS = 7
"""Days for which a replaced file of customers is kept. Until then, it is processed, also after an outage."""


class UploadBucket(Construct):
    """A versioned, private, encrypted bucket. No rule deletes files that may count: undo and reprocess read them.

    `origin`: scheme and host of the bucket for browsers.
    """

    def __init__(self, scope: Construct, construct_id: str, *, notify: sqs.Queue, settings: Settings) -> None:
        """Create the bucket. `notify` must accept it already, because S3 sends a test message."""
        super().__init__(scope, construct_id)
        key = own_key(self, settings)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            versioned=True,
            encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
            encryption_key=key,
            # Without it, each object is a request to KMS, which costs more than the object.
            bucket_key_enabled=True if key else None,
            enforce_ssl=settings.tls_only,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[
                s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(7)),
                _expire(REPORT_PREFIX, REPORT_DAYS, 1),
                *(_expire(prefix, TOO_LARGE_DAYS, 1, larger_than=TOO_LARGE_BYTES) for prefix in INPUT_PREFIXES),
                *_expire_by_setting(CUSTOMER_PREFIX, settings.customers_retention_days, REPLACED_CUSTOMERS_DAYS),
                *_expire_by_setting(ERROR_PREFIX, settings.error_retention_days, 1),
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if settings.retain else RemovalPolicy.DESTROY,
        )
        if not settings.local:  # the emulator has no such condition key
            self._refuse_archived()
        # The host of presigned URLs. For some regions, CloudFormation's attributes have the global name.
        here = Stack.of(self)
        self.origin = (
            settings.public_s3_endpoint or f"https://{self.bucket.bucket_name}.s3.{here.region}.{here.url_suffix}"
        )
        resource = self.bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.override_logical_id(BUCKET_LOGICAL_ID)
        # Only the client has the key of such an object. The CDK has no property for this.
        resource.add_property_override(
            "BucketEncryption.ServerSideEncryptionConfiguration.0.BlockedEncryptionTypes", {"EncryptionType": ["SSE-C"]}
        )
        # Set on the resource, because the CDK's method adds a function that can change every bucket of the account.
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            queue_configurations=[_created_under(prefix, notify) for prefix in INPUT_PREFIXES]
        )
        resource.node.add_dependency(notify)

    def _refuse_archived(self) -> None:
        """Refuse uploads to classes whose objects can't be read before somebody restores them."""
        self.bucket.add_to_resource_policy(
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[self.bucket.arn_for_objects(f"{prefix}*") for prefix in INPUT_PREFIXES],
                conditions={"StringEquals": {"s3:x-amz-storage-class": ["GLACIER", "DEEP_ARCHIVE"]}},
            )
        )

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


def _expire_by_setting(prefix: str, days: int | None, replaced_days: int) -> list[s3.LifecycleRule]:
    return [] if days is None else [_expire(prefix, days, replaced_days)]


def _expire(prefix: str, days: int, replaced_days: int, larger_than: int | None = None) -> s3.LifecycleRule:
    """Return a rule that deletes objects, and versions that were replaced or expired, after so many days."""
    return s3.LifecycleRule(
        prefix=prefix,
        object_size_greater_than=larger_than,
        expiration=Duration.days(days),
        noncurrent_version_expiration=Duration.days(replaced_days),
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
