"""Log groups with a retention, because the log groups that AWS creates keep all logs forever."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.access.own_key import own_key
from infra.settings import LOG_RETENTIONS, Settings

_RETENTION = dict(
    zip(LOG_RETENTIONS, (days for days in logs.RetentionDays if days != logs.RetentionDays.INFINITE), strict=True)
)


def log_group(
    scope: Construct, construct_id: str, settings: Settings, *, name: str | None = None, days: int | None = None
) -> logs.LogGroup:
    """Create a log group with the retention and removal policy of the settings; AWS names it unless `name` does.

    `days` is the retention of a log that has another one.
    """
    return logs.LogGroup(
        scope,
        construct_id,
        log_group_name=name,
        retention=_RETENTION[days or settings.log_retention_days],
        encryption_key=own_key(scope, settings),
        removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if settings.retain else RemovalPolicy.DESTROY,
    )
