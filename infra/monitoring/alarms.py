"""The alarms. Each description has the meaning and a link to the runbook."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.monitoring.metrics import Metrics

# An attempt takes at most ten minutes, and a failed one is retried within 30 seconds. By then, several have failed.
_OLD_MESSAGE_SECONDS = 30 * 60
# After 30, an upload is given up.
_FAILURES_IN_A_ROW = 5
# The pauses between tries double: later tries don't fit into one period, so the alarm doesn't go on and off.
_RECOVER_FAILURES = 3
# More than one a second, about 0.20 dollars a day.
_REQUESTS_WITHOUT_KEY = 1_000
# A function that can't start leaves its message hidden for 15 minutes, so the next failure comes as much later.
_ERRORS_MINUTES = 30
# The service dimensions of these functions' metrics.
RECOVER = "recover"
SWEEP = "sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """An alarm if the sum of `metrics` is at least `threshold` in `datapoints` of the last `periods` periods.

    Several metrics must have their points together: nothing says what CloudWatch adds up if one has none at all.
    With `is_below`, it is an alarm if the sum is below `threshold`. By default, all periods count.
    """

    name: str
    metrics: Sequence[cloudwatch.Metric]
    meaning: str
    section: str
    threshold: int = 1
    minutes: int = 15
    periods: int = 1
    datapoints: int | None = None
    is_below: bool = False


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
        using = {f"m{number}": metric for number, metric in enumerate(rule.metrics)}
        return cloudwatch.Alarm(
            self,
            rule.name,
            metric=cloudwatch.MathExpression(
                # Idle resources have no data. CloudWatch would look further back for points, for an unknown time, and
                # leaves alarms on DynamoDB's metrics in their state. With zeros, an alarm depends only on its periods.
                expression=" + ".join(f"FILL({name}, 0)" for name in using),
                using_metrics=using,
                period=Duration.minutes(rule.minutes),
                label=rule.name,
            ),
            alarm_description=f"{rule.meaning} What to do: docs/runbook.md#{rule.section}",
            threshold=rule.threshold,
            comparison_operator=(
                cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
                if rule.is_below
                else cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            evaluation_periods=rule.periods,
            datapoints_to_alarm=rule.datapoints or rule.periods,
            treat_missing_data=(
                cloudwatch.TreatMissingData.BREACHING if rule.is_below else cloudwatch.TreatMissingData.NOT_BREACHING
            ),
        )


def _rules(metrics: Metrics) -> Iterator[_Rule]:
    yield from _uploads(metrics)
    yield from _functions(metrics)
    yield from _api(metrics)
    yield from _throttles(metrics)


def _uploads(metrics: Metrics) -> Iterator[_Rule]:
    yield _Rule(
        name="UploadsGivenUp",
        metrics=[metrics.own_metric("UploadsGivenUp", RECOVER)],
        minutes=60,
        meaning="Uploads failed with internal_error after too many attempts. Their rows are not counted.",
        section="uploads-given-up",
    )
    yield _Rule(
        name="DeadLetters",
        metrics=metrics.dead_letter_counts(),
        minutes=5,
        periods=6,
        meaning="For half an hour, the recover function has not been able to process a dead letter.",
        section="dead-letters",
    )
    yield _Rule(
        name="OldMessage",
        metrics=[metrics.oldest_message_age()],
        minutes=5,
        threshold=_OLD_MESSAGE_SECONDS,
        meaning="An upload has been waiting for half an hour.",
        section="old-message",
    )
    yield _Rule(
        name="IngestRetries",
        metrics=[metrics.own_metric("ConsecutiveFailures", "ingest", "Maximum")],
        threshold=_FAILURES_IN_A_ROW,
        meaning="Attempts to process an upload keep failing.",
        section="ingest-retries",
    )
    yield _Rule(
        name="RecoverRetries",
        metrics=[metrics.own_metric("Retries", RECOVER)],
        threshold=_RECOVER_FAILURES,
        meaning="Attempts to process dead letters fail.",
        section="recover-retries",
    )
    # Two runs within an hour: a file that one run finds is processed before the next. A run may take up to three turns
    # to get through a large bucket.
    yield _Rule(
        name="UploadsStuck",
        metrics=[metrics.own_metric("UploadsStuck", SWEEP, "Maximum")],
        periods=4,
        datapoints=2,
        meaning="Missed files, stalled uploads, or unpublished status events don't get processed.",
        section="uploads-stuck",
    )
    if metrics.is_sweeping:
        yield _Rule(
            name="SweepMissing",
            metrics=[metrics.own_metric("UploadsStuck", SWEEP, "SampleCount")],
            minutes=60,
            is_below=True,
            meaning="The sweep for missed files and stalled uploads has not completed a run for an hour.",
            section="sweep-missing",
        )
        yield _Rule(
            name="AuditDifferences",
            metrics=[metrics.own_metric("AuditDifferences", SWEEP)],
            minutes=60,
            meaning="The sweep recounted uploads, and their events or usage differ from their status.",
            section="audit-differences",
        )
    for rule in metrics.email_rules:
        yield _Rule(
            name=f"LostEmails{rule}",
            metrics=[metrics.lost_emails(rule)],
            meaning="EventBridge could not send an email about an upload.",
            section="lost-emails",
        )


def _functions(metrics: Metrics) -> Iterator[_Rule]:
    """Yield the rules of the functions that process messages. The API has rules of its own, and so has the sweep."""
    yield _Rule(
        name="IngestErrors",
        metrics=[metrics.function_metric("ingest", "Errors")],
        minutes=_ERRORS_MINUTES,
        meaning="The ingest function crashed, ran out of memory, timed out, or could not start.",
        section="ingest-errors",
    )
    yield _Rule(
        name="RecoverErrors",
        metrics=[metrics.function_metric(RECOVER, "Errors")],
        minutes=_ERRORS_MINUTES,
        meaning="The recover function crashed, ran out of memory, timed out, or could not start.",
        section="recover-errors",
    )
    # The other functions have alarms that also start if Lambda throttles them.
    yield _Rule(
        name="ThrottledIngest",
        metrics=[metrics.function_metric("ingest", "Throttles")],
        periods=2,
        meaning="Lambda throttles the ingest function.",
        section="throttled-functions",
    )


def _api(metrics: Metrics) -> Iterator[_Rule]:
    yield _Rule(
        name="ApiErrors",
        metrics=[metrics.own_metric("RequestsBroken", "api")],
        meaning="The API function returned 5xx responses.",
        section="api-errors",
    )
    yield _Rule(
        name="GatewayErrors",
        metrics=[metrics.gateway_errors()],
        meaning="API Gateway returned 5xx responses, because the function did not respond.",
        section="gateway-errors",
    )
    yield _Rule(
        name="RequestsWithoutKey",
        metrics=[metrics.own_metric("RequestsWithoutKey", "api")],
        threshold=_REQUESTS_WITHOUT_KEY,
        meaning="The API gets more than one request a second without a valid key, and each one costs money.",
        section="requests-without-key",
    )
    yield _Rule(
        name="AuditLinesMissed",
        metrics=[metrics.own_metric("AuditLinesMissed", "api")],
        meaning="CloudWatch Logs did not take lines of the audit trail. They are in the API function's log.",
        section="audit-lines-missed",
    )


def _throttles(metrics: Metrics) -> Iterator[_Rule]:
    """Yield two rules for each table. An alarm over their sum would cost the same and have less detail.

    Throttled calls are retried. A quarter of an hour of throttling is normal while an on-demand table grows.
    """
    for table in metrics.tables:
        for kind in ("Read", "Write"):
            yield _Rule(
                name=f"Throttled{kind}s{table.capitalize()}",
                metrics=[metrics.table_metric(table, f"{kind}ThrottleEvents")],
                periods=3,
                meaning=f"DynamoDB throttles {kind.lower()}s of the {table} table.",
                section="throttled-tables",
            )
