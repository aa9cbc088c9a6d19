"""The queue between the bucket and the ingest function, and its dead-letter queue."""

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.access.own_key import own_key
from infra.settings import Settings

# The upload item counts the attempts without progress. This count is only a safeguard, so it is the maximum of SQS.
# While a file waits for another file, SQS delivers its message about once per minute.
MAX_RECEIVES = 1000
# Each attempt begins with a visibility of its own. Until then, Lambda can retry a throttled invocation for this time.
# AWS advises six timeouts for functions that set none. A function that can't start would then be tried once an hour.
_UNTIL_STARTED = Duration.minutes(5)


class UploadQueue(Construct):
    """The queue of the bucket's notifications. `dead_letters` gets those received `MAX_RECEIVES` times."""

    def __init__(self, scope: Construct, construct_id: str, *, handled_within: Duration, settings: Settings) -> None:
        """Create the queues; `handled_within` is the timeout of the functions that read them."""
        super().__init__(scope, construct_id)
        visibility = handled_within.plus(_UNTIL_STARTED)
        key = own_key(self, settings)
        encryption = sqs.QueueEncryption.KMS if key else sqs.QueueEncryption.SQS_MANAGED
        removal = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if settings.retain else RemovalPolicy.DESTROY
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=encryption,
            encryption_master_key=key,
            enforce_ssl=settings.tls_only,
            # The maximum of SQS. This queue has no dead-letter queue, so messages stay until then.
            retention_period=Duration.days(14),
            visibility_timeout=visibility,
            removal_policy=removal,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=encryption,
            encryption_master_key=key,
            enforce_ssl=settings.tls_only,
            # A message keeps its age in the dead-letter queue, so that queue must have a longer retention.
            retention_period=Duration.days(4),
            visibility_timeout=visibility,
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=MAX_RECEIVES, queue=self.dead_letters),
            removal_policy=RemovalPolicy.DESTROY,
        )

    def accept_notifications(self, bucket_logical_id: str) -> None:
        """Let S3 send notifications of the stack's own bucket.

        The bucket's name would be a circular dependency: the bucket needs this policy, and the policy its name.
        CloudFormation generates the name from the stack's name and the logical ID, with a random end.
        """
        bucket = f"arn:{Aws.PARTITION}:s3:::{Stack.of(self).stack_name}-{bucket_logical_id.lower()}-*"
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("s3.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                    "ArnLike": {"aws:SourceArn": bucket},
                },
            )
        )
