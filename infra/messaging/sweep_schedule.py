"""The schedule of the sweep."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.settings import Settings

EVERY = Duration.minutes(15)


def sweep_schedule(scope: Construct, construct_id: str, *, function: lambda_.IFunction, settings: Settings) -> None:
    """Run the sweep every 15 minutes, unless the settings turn it off."""
    events.Rule(
        scope,
        construct_id,
        description="Meterdrop looks for missed files and stalled uploads",
        schedule=events.Schedule.rate(EVERY),
        enabled=settings.sweep,
        # No retries, because the next run makes up for a missed one.
        targets=[targets.LambdaFunction(function, retry_attempts=0)],
    )
