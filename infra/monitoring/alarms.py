"""The alarms: what must not go unseen. Each says what it means and where the runbook says what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.monitoring.metrics import Measured

# An attempt lasts ten minutes at the most, and a failed one comes back within 30 seconds: by now several have failed.
_OLD_MESSAGE_SECONDS = 30 * 60
_RETRIES = 5
# The service under which the sweep counts what it found.
SWEEP = "sweep"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """An alarm: where `metric` reaches `least` in each of `periods` of five minutes, one after the other."""

    name: str
    metric: cloudwatch.IMetric
    says: str
    section: str
    least: int = 1
    periods: int = 1


class Alarms(Construct):
    """`alarms`, which notify `topic` where there is one, when they begin and when they end."""

    def __init__(
        self, scope: Construct, construct_id: str, *, measured: Measured, topic: sns.ITopic | None = None
    ) -> None:
        """Make one alarm a rule."""
        super().__init__(scope, construct_id)
        self.alarms = [self._alarm(rule) for rule in _rules(measured)]
        for alarm in self.alarms if topic else ():
            action = actions.SnsAction(topic)  # type: ignore[arg-type]  # there is one
            alarm.add_alarm_action(action)
            alarm.add_ok_action(action)

    def _alarm(self, rule: _Rule) -> cloudwatch.Alarm:
        return cloudwatch.Alarm(
            self,
            rule.name,
            metric=rule.metric,
            alarm_description=f"{rule.says} What to do: docs/runbook.md#{rule.section}",
            threshold=rule.least,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=rule.periods,
            # Nothing happened: CloudWatch has no figures of what is idle.
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )


def _rules(measured: Measured) -> Sequence[_Rule]:
    return [
        _Rule(
            name="DeadLetters",
            metric=measured.dead(),
            says="Notifications of dropped files were given up and lie in the dead-letter queue.",
            section="dead-letters",
        ),
        _Rule(
            name="OldMessage",
            metric=measured.oldest_message(),
            least=_OLD_MESSAGE_SECONDS,
            says="A dropped file has been waiting for half an hour.",
            section="old-message",
        ),
        _Rule(
            name="UploadsStuck",
            metric=measured.counted("UploadsStuck", SWEEP, "Maximum"),
            periods=2,
            says="Uploads are in a passing state and nobody works on them.",
            section="uploads-stuck",
        ),
        _Rule(
            name="IngestErrors",
            metric=measured.of_function("ingest", "Errors"),
            says="The ingest function crashed, ran out of memory or out of time.",
            section="ingest-errors",
        ),
        # These two are the last that look after a file: where they fail, nobody else says so.
        _Rule(
            name="RecoverErrors",
            metric=measured.of_function("recover", "Errors"),
            says="The function that takes up dead letters crashed, ran out of memory or out of time.",
            section="recover-errors",
        ),
        _Rule(
            name="SweepErrors",
            metric=measured.of_function("sweep", "Errors"),
            says="The sweep, which finds what was forgotten, crashed, ran out of memory or out of time.",
            section="sweep-errors",
        ),
        _Rule(
            name="IngestRetries",
            metric=measured.counted("Retries", "ingest"),
            least=_RETRIES,
            periods=2,
            says="Attempts at dropped files fail again and again.",
            section="ingest-retries",
        ),
        _Rule(
            name="ApiErrors",
            metric=measured.of_api("5xx"),
            says="The API answered requests with 5xx.",
            section="api-errors",
        ),
        *_throttles(measured),
    ]


def _throttles(measured: Measured) -> Iterator[_Rule]:
    """One a function, and two a table, for alarms over sums of metrics cost as much and say less.

    Throttled calls are repeated: a moment of it is how on-demand tables grow. A quarter of an hour is not.
    """
    for function in measured.functions:
        yield _Rule(
            name=f"Throttled-{function}",
            metric=measured.of_function(function, "Throttles"),
            periods=3,
            says=f"Lambda holds back the {function} function.",
            section="throttled-functions",
        )
    for table in measured.tables:
        for kind in ("Read", "Write"):
            yield _Rule(
                name=f"Throttled{kind}s-{table}",
                metric=measured.of_table(table, f"{kind}ThrottleEvents"),
                periods=3,
                says=f"DynamoDB holds back {kind.lower()}s of the {table} table.",
                section="throttled-tables",
            )
