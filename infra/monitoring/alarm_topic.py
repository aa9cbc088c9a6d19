"""The topic that sends alarms by email."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.access.own_key import own_key
from infra.settings import Settings


class AlarmTopic(Construct):
    """A topic. CloudWatch alarms of this account can publish to it over TLS."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        """Subscribe the address of the settings. AWS sends it an email to confirm the subscription."""
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=settings.tls_only, master_key=own_key(self, settings))
        # A custom policy replaces the default one, which allows the account's alarms.
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
        self.topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
