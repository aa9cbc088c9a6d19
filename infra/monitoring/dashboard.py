"""The dashboard: one page with the state of the stack, from uploads to tables."""

from collections.abc import Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.monitoring.alarms import SWEEP
from infra.monitoring.metrics import Measured

_WIDTH = 24  # of a dashboard


class Dashboard(Construct):
    """A dashboard with alarms at the top, then uploads and rows, queues, functions, API, and tables."""

    def __init__(
        self, scope: Construct, construct_id: str, *, measured: Measured, alarms: Sequence[cloudwatch.IAlarm]
    ) -> None:
        """Create the dashboard with the name of the stack, which is also the metrics' namespace."""
        super().__init__(scope, construct_id)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=measured.namespace,
            widgets=[
                [cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms), width=_WIDTH, height=4)],
                _row(*_uploads(measured)),
                _row(*_machinery(measured)),
                _row(*_tables(measured)),
            ],
        )


def _uploads(measured: Measured) -> list[cloudwatch.GraphWidget]:
    def counted(*names: str) -> list[cloudwatch.IMetric]:
        return [measured.counted(name, "ingest") for name in names]

    times = [measured.counted("ProcessingTime", "ingest", statistic) for statistic in ("p50", "p95", "Maximum")]
    return [
        _graph("Uploads", counted("UploadsSucceeded", "UploadsSucceededWithErrors", "UploadsFailed")),
        _graph("Rows", counted("RowsStored", "RowsRefused", "RowsDuplicate")),
        _graph("Time to process an upload (ms)", times),
        _graph("Retries, and uploads stuck", [*counted("Retries"), measured.counted("UploadsStuck", SWEEP, "Maximum")]),
    ]


def _machinery(measured: Measured) -> list[cloudwatch.GraphWidget]:
    functions = [
        measured.of_function(name, figure) for name in measured.functions for figure in ("Errors", "Throttles")
    ]
    return [
        _graph("Messages waiting, and dead letters", [measured.waiting(), measured.dead()]),
        _graph("Age of the oldest message (s)", [measured.oldest_message()]),
        _graph("Functions: errors and throttles", functions),
        _graph(
            "API: requests, client errors (4xx) and server errors (5xx)",
            [measured.of_api(name) for name in ("Count", "4xx", "5xx")],
        ),
    ]


def _tables(measured: Measured) -> list[cloudwatch.GraphWidget]:
    def each(name: str) -> list[cloudwatch.IMetric]:
        return [measured.of_table(table, name) for table in measured.tables]

    return [
        _graph("Tables: units written", each("ConsumedWriteCapacityUnits")),
        _graph("Tables: units read", each("ConsumedReadCapacityUnits")),
        _graph("Tables: throttled", each("WriteThrottleEvents") + each("ReadThrottleEvents")),
        _graph("API: latency (ms)", [measured.of_api("Latency", statistic) for statistic in ("p50", "p95")]),
    ]


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=_WIDTH // 4)


def _row(*widgets: cloudwatch.IWidget) -> list[cloudwatch.IWidget]:
    return list(widgets)
