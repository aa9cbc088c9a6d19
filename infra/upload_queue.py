"""The queue between the bucket and the ingest function, and where it leaves what cannot be handled."""

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.settings import Settings

# Attempts are counted in the upload itself, by progress; the queue's own count is only the backstop, and the most that
# SQS takes: a file that waits for another one is received once a minute in the end, as long as that one has trouble.
MAX_RECEIVES = 1000


class UploadQueue(Construct):
    """`queue` takes the bucket's notifications; `dead_letters` keeps those received `MAX_RECEIVES` times."""

    def __init__(self, scope: Construct, construct_id: str, *, handled_within: Duration, settings: Settings) -> None:
        """`handled_within`: the timeout of the functions that read the queues."""
        super().__init__(scope, construct_id)
        visibility = Duration.seconds(6 * handled_within.to_seconds())
        removal = RemovalPolicy.RETAIN if settings.retain else RemovalPolicy.DESTROY
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=settings.tls_only,
            # The most that SQS takes; and no further queue behind this one, so that nothing leaves it before that.
            retention_period=Duration.days(14),
            visibility_timeout=visibility,
            removal_policy=removal,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=settings.tls_only,
            # A message moved to the dead-letter queue keeps its age: that queue must keep it longer.
            retention_period=Duration.days(4),
            visibility_timeout=visibility,
            dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=MAX_RECEIVES, queue=self.dead_letters),
            removal_policy=RemovalPolicy.DESTROY,
        )

    def accept_buckets_of_this_account(self) -> None:
        """Let S3 send notifications.

        Of any bucket of this account: naming the one would make the bucket wait for this policy and the policy for
        the bucket, whose name CloudFormation makes.
        """
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("s3.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
