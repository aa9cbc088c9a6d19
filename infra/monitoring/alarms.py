"""The alarms. Each description has the meaning and a link to the runbook."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.monitoring.metrics import Metrics

# An attempt takes at most ten minutes, and a failed one is retried within 30 seconds. By then, several have failed.
_OLD_MESSAGE_SECONDS = 30 * 60
_RETRIES = 5
# The service dimension of the sweep's metrics.
SWEEP = "sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """An alarm if `metric` is at least `threshold` in each of `periods` consecutive periods of five minutes."""

    name: str
    metric: cloudwatch.IMetric
    meaning: str
    section: str
    threshold: int = 1
    periods: int = 1


class Alarms(Construct):
    """The alarms. They notify `topic`, if there is one, when they start and when they end."""

    def __init__(
        self, scope: Construct, construct_id: str, *, metrics: Metrics, topic: sns.ITopic | None = None
    ) -> None:
        """Create one alarm for each rule."""
        super().__init__(scope, construct_id)
        self.alarms = [self._alarm(rule) for rule in _rules(metrics)]
        for alarm in self.alarms if topic else ():
            action = actions.SnsAction(topic)  # type: ignore[arg-type]  # the loop runs only with a topic
            alarm.add_alarm_action(action)
            alarm.add_ok_action(action)

    def _alarm(self, rule: _Rule) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            rule.name,
            metric=rule.metric,
            alarm_description=f"{rule.meaning} What to do: docs/runbook.md#{rule.section}",
            threshold=rule.threshold,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=rule.periods,
            # CloudWatch has no data for idle resources.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _rules(metrics: Metrics) -> Sequence[_Rule]:
    return [
        _Rule(
            name="DeadLetters",
            metric=metrics.dead_letter_count(),
            meaning="Notifications of uploads are in the dead-letter queue after too many failed attempts.",
            section="dead-letters",
        ),
        _Rule(
            name="OldMessage",
            metric=metrics.oldest_message_age(),
            threshold=_OLD_MESSAGE_SECONDS,
            meaning="An upload has been waiting for half an hour.",
            section="old-message",
        ),
        _Rule(
            name="UploadsStuck",
            metric=metrics.own_metric("UploadsStuck", SWEEP, "Maximum"),
            periods=2,
            meaning="Uploads have no final status, and no function is processing them.",
            section="uploads-stuck",
        ),
        _Rule(
            name="IngestErrors",
            metric=metrics.function_metric("ingest", "Errors"),
            meaning="The ingest function crashed, ran out of memory, or timed out.",
            section="ingest-errors",
        ),
        # After these two functions, nothing else processes or reports an upload.
        _Rule(
            name="RecoverErrors",
            metric=metrics.function_metric("recover", "Errors"),
            meaning="The recover function, which processes dead letters, crashed, ran out of memory, or timed out.",
            section="recover-errors",
        ),
        _Rule(
            name="SweepErrors",
            metric=metrics.function_metric("sweep", "Errors"),
            meaning="The sweep for missed files and stalled uploads crashed, ran out of memory, or timed out.",
            section="sweep-errors",
        ),
        _Rule(
            name="IngestRetries",
            metric=metrics.own_metric("Retries", "ingest"),
            threshold=_RETRIES,
            periods=2,
            meaning="Attempts to process uploads keep failing.",
            section="ingest-retries",
        ),
        _Rule(
            name="ApiErrors",
            metric=metrics.api_metric("5xx"),
            meaning="The API returned 5xx responses.",
            section="api-errors",
        ),
        *_throttles(metrics),
    ]


def _throttles(metrics: Metrics) -> Iterator[_Rule]:
    """Yield one rule for each function, and two for each table. Alarms over sums cost the same and have less detail.

    Throttled calls are retried. Short throttling is normal while an on-demand table scales, but not 15 minutes of it.
    """
    for function in metrics.functions:
        yield _Rule(
            name=f"Throttled-{function}",
            metric=metrics.function_metric(function, "Throttles"),
            periods=3,
            meaning=f"Lambda throttles the {function} function.",
            section="throttled-functions",
        )
    for table in metrics.tables:
        for kind in ("Read", "Write"):
            yield _Rule(
                name=f"Throttled{kind}s-{table}",
                metric=metrics.table_metric(table, f"{kind}ThrottleEvents"),
                periods=3,
                meaning=f"DynamoDB throttles {kind.lower()}s of the {table} table.",
                section="throttled-tables",
            )
