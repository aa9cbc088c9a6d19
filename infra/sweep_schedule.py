"""When the sweep runs."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.settings import Settings

EVERY = Duration.minutes(15)


def sweep_schedule(scope: Construct, construct_id: str, *, function: lambda_.IFunction, settings: Settings) -> None:
    """Start the sweep every quarter of an hour, unless the settings switch it off."""
    events.Rule(
        scope,
        construct_id,
        description="Meterdrop looks for what no message is under way for",
        schedule=events.Schedule.rate(EVERY),
        enabled=settings.sweep,
        # One that was missed is made good by the next.
        targets=[targets.LambdaFunction(function, retry_attempts=0)],
    )
