"""Emails about uploads that need attention: failed uploads, and uploads with refused rows."""

from aws_cdk import Fn, RemovalPolicy
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.access.own_key import own_key
from infra.messaging.event_bus import EventBus
from infra.settings import Settings

SOURCE = "meterdrop"
# The template has each value as JSON of its own, with quotes. Inside a text, EventBridge wouldn't escape the value, and
# messages quote cells. The texts of `email` are short and without links, because the sender of a file chose them.
_PATHS = {
    "status": "$.detail.status",
    "file": "$.detail.email.file",
    "key": "$.detail.email.key",
    "rows": "$.detail.row_count",
    "counted": "$.detail.success_count",
    "duplicates": "$.detail.duplicate_count",
    "refused": "$.detail.error_count",
    "reason": "$.detail.email.reason",
    "errors": "$.detail.email.errors",
    "upload": "$.detail.id",
}
_ENDS = ("errors", "upload")


class Notifications(Construct):
    """A topic that sends emails to the address of the settings. The owner confirms it by a link in the first email."""

    def __init__(self, scope: Construct, construct_id: str, *, bus: EventBus, settings: Settings) -> None:
        """Create the topic and its two rules on a bus. Their names are in `rule_names` by their construct IDs."""
        super().__init__(scope, construct_id)
        self._bus = bus
        self.topic = sns.Topic(
            self,
            "Topic",
            display_name="Meterdrop",
            enforce_ssl=settings.tls_only,
            master_key=own_key(self, settings),
        )
        self.topic.apply_removal_policy(RemovalPolicy.DESTROY)
        self.topic.add_subscription(subscriptions.EmailSubscription(settings.notify_email))
        rules = [
            self._rule("Failed", "upload.failed", ("status", "file", "key", "reason")),
            self._rule(
                "SucceededWithErrors",
                "upload.succeeded_with_errors",
                ("status", "file", "key", "rows", "counted", "duplicates", "refused"),
            ),
        ]
        # On another bus than the default one, a reference to a rule is "<bus>|<rule>".
        self.rule_names = {
            rule.node.id: Fn.select(1, Fn.split("|", rule.ref)) if bus.name else rule.ref for rule in rules
        }
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"ArnEquals": {"aws:SourceArn": [rule.attr_arn for rule in rules]}},
            )
        )

    def _rule(self, construct_id: str, detail_type: str, names: tuple[str, ...]) -> events.CfnRule:
        shown = (*names, *_ENDS)
        lines = ",\n".join(f'  "{name}": <{name}>' for name in shown)
        return events.CfnRule(
            self,
            construct_id,
            event_bus_name=self._bus.rule_bus(),
            description=f"Email about every {detail_type} of Meterdrop",
            event_pattern={"source": [SOURCE], "detail-type": [detail_type]},
            targets=[
                events.CfnRule.TargetProperty(
                    id="Topic",
                    arn=self.topic.topic_arn,
                    input_transformer=events.CfnRule.InputTransformerProperty(
                        input_paths_map={name: _PATHS[name] for name in shown},
                        input_template=f"{{\n{lines}\n}}",
                    ),
                )
            ],
        )
