"""The dashboard: one page with the state of the stack, from uploads to tables."""

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.monitoring.alarms import RECOVER, SWEEP
from infra.monitoring.metrics import Metrics

_WIDTH = 24  # of a dashboard


class Dashboard(Construct):
    """A dashboard with alarms at the top, then uploads and rows, queues, functions, API, and tables."""

    def __init__(
        self, scope: Construct, construct_id: str, *, metrics: Metrics, alarms: Sequence[cloudwatch.IAlarm]
    ) -> None:
        """Create the dashboard. Its name has stack and region, because the dashboards of an account have no regions."""
        super().__init__(scope, construct_id)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"{metrics.namespace}-{Aws.REGION}",
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=_WIDTH, height=4)],
                _row(*_uploads(metrics)),
                _row(*_machinery(metrics)),
                _row(*_tables(metrics)),
            ],
        )


def _uploads(metrics: Metrics) -> list[cloudwatch.GraphWidget]:
    def own_metric(*names: str) -> list[cloudwatch.IMetric]:
        return [metrics.own_metric(name, "ingest") for name in names]

    times = [metrics.own_metric("ProcessingTime", "ingest", statistic) for statistic in ("p50", "p95", "Maximum")]
    return [
        _graph(
            "Uploads",
            [
                *own_metric("UploadsSucceeded", "UploadsSucceededWithErrors", "UploadsFailed"),
                metrics.own_metric("UploadsGivenUp", RECOVER),
            ],
        ),
        _graph("Rows", own_metric("RowsStored", "RowsRefused", "RowsDuplicate")),
        _graph("Time to process an upload (ms)", times),
        _graph(
            "Retries, uploads stuck, and differences",
            [
                *own_metric("Retries"),
                metrics.own_metric("UploadsStuck", SWEEP, "Maximum"),
                metrics.own_metric("AuditDifferences", SWEEP),
            ],
        ),
    ]


def _machinery(metrics: Metrics) -> list[cloudwatch.GraphWidget]:
    functions = [
        metrics.function_metric(name, figure) for name in metrics.functions for figure in ("Errors", "Throttles")
    ]
    return [
        _graph("Messages waiting, and dead letters", [metrics.waiting_count(), *metrics.dead_letter_counts()]),
        _graph("Age of the oldest message (s)", [metrics.oldest_message_age()]),
        _graph("Functions: errors and throttles", functions),
        _graph(
            "API: requests, client errors (4xx) and server errors (5xx)",
            [metrics.api_metric(name) for name in ("Count", "4xx", "5xx")],
        ),
    ]


def _tables(metrics: Metrics) -> list[cloudwatch.GraphWidget]:
    # A dashboard with more than 50 metrics isn't free. The keys have few calls, and alarms for their throttles.
    shown = [table for table in metrics.tables if table != "keys"]

    def each(name: str) -> list[cloudwatch.IMetric]:
        return [metrics.table_metric(table, name) for table in shown]

    return [
        _graph("Tables: units written", each("ConsumedWriteCapacityUnits")),
        _graph("Tables: units read", each("ConsumedReadCapacityUnits")),
        _graph("Tables: throttled", each("WriteThrottleEvents") + each("ReadThrottleEvents")),
        _graph("API: latency (ms)", [metrics.api_metric("Latency", statistic) for statistic in ("p50", "p95")]),
    ]


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_WIDTH // 4)


def _row(*widgets: cloudwatch.IWidget) -> list[cloudwatch.IWidget]:
    return list(widgets)
