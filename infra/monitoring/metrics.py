"""All CloudWatch metrics of the alarms and the dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_sqs as sqs

from infra.function import Function
from infra.http_api import GATEWAY_ERRORS

PERIOD = Duration.minutes(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """The monitored resources. Functions and tables have the names that alarms and graphs show.

    - `namespace`: the namespace of the metrics that the functions write, each with the function's service.
    - `is_sweeping`: whether a schedule runs the sweep.
    - `email_rules`: the EventBridge rules that send emails about uploads, by the names that alarms show.
    - `event_bus`: the name of their bus; empty for the default one, whose rules have no such dimension.
    """

    namespace: str
    queue: sqs.IQueue
    dead_letters: sqs.IQueue
    api: apigatewayv2.IHttpApi
    functions: Mapping[str, Function]
    tables: Mapping[str, dynamodb.ITableV2]
    is_sweeping: bool
    email_rules: Mapping[str, str]
    event_bus: str

    def own_metric(self, name: str, service: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """Return a metric that a function writes (`meterdrop.handlers.observability`)."""
        return _metric(self.namespace, name, statistic, service=service)

    def oldest_message_age(self) -> cloudwatch.Metric:
        """Return the age in seconds of the oldest message."""
        return _metric("AWS/SQS", "ApproximateAgeOfOldestMessage", "Maximum", QueueName=self.queue.queue_name)

    def waiting_count(self) -> cloudwatch.Metric:
        """Return the number of messages that wait for the ingest function."""
        return _metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", QueueName=self.queue.queue_name)

    def dead_letter_counts(self) -> list[cloudwatch.Metric]:
        """Return the numbers of visible and of hidden dead letters. Between its tries, recover hides a message."""
        name = self.dead_letters.queue_name
        return [
            _metric("AWS/SQS", f"ApproximateNumberOfMessages{which}", "Maximum", QueueName=name)
            for which in ("Visible", "NotVisible")
        ]

    def gateway_errors(self) -> cloudwatch.Metric:
        """Return the number of 5xx responses that the function didn't make (`infra.http_api`)."""
        return _metric(self.namespace, GATEWAY_ERRORS, "Sum")

    def lost_emails(self, rule: str) -> cloudwatch.Metric:
        """Return the number of emails that a rule could not send."""
        bus = {"EventBusName": self.event_bus} if self.event_bus else {}
        return _metric("AWS/Events", "FailedInvocations", "Sum", **bus, RuleName=self.email_rules[rule])

    def function_metric(self, function: str, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """Return an AWS metric of a function: `Errors`, `Throttles`, `Duration` or `Invocations`."""
        return _metric("AWS/Lambda", name, statistic, FunctionName=self.functions[function].function.function_name)

    def table_metric(self, table: str, name: str) -> cloudwatch.Metric:
        """Return an AWS metric of a table, such as `ReadThrottleEvents` or `ConsumedWriteCapacityUnits`."""
        return _metric("AWS/DynamoDB", name, "Sum", TableName=self.tables[table].table_name)

    def api_metric(self, name: str, statistic: str = "Sum") -> cloudwatch.Metric:
        """Return an AWS metric of the API: `5xx`, `4xx`, `Count` or `Latency`."""
        return _metric("AWS/ApiGateway", name, statistic, ApiId=self.api.api_id)


def _metric(namespace: str, name: str, statistic: str, **dimensions: str) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=namespace, metric_name=name, statistic=statistic, dimensions_map=dimensions, period=PERIOD
    )
