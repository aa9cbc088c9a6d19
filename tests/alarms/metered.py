"""The functions and queues of a stack, with the metrics that AWS and they themselves publish."""

import fnmatch
import io
import json
import re
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any

from tests.alarms.cloudwatch import Points
from tests.support.aws.functions import Functions
from tests.support.template import logical_id, text

_CONDITION = re.compile(r'\$\.(\w+) (=|!=) "([^"]*)"')


class CannotStartError(Exception):
    """A function that fails before its handler is called."""


@dataclass(slots=True)
class MeteredFunctions(Functions):
    """Functions whose calls publish metrics, by the logical IDs of `resources`, an account's template."""

    resources: Mapping[str, Any] = field(default_factory=dict)
    points: Points = field(default_factory=Points)
    broken: set[str] = field(default_factory=set)
    """Functions that can't start."""
    running: str = ""
    """The function that is called at this moment."""

    def call(self, name: str, event: Any) -> Any:
        """Call a function as Lambda does, and publish its errors and what it prints in the embedded metric format."""
        printed, failed, self.running = io.StringIO(), 1, name
        try:
            if name in self.broken:
                raise CannotStartError(name)
            with redirect_stdout(printed):
                result = Functions.call(self, name, event)
            failed = 0
            return result
        finally:
            self.running = ""
            self.publish("AWS/Lambda", "Errors", failed, FunctionName=self._function(name))
            for line in printed.getvalue().splitlines():
                self._publish_embedded(name, line)

    def publish(self, namespace: str, metric: str, value: float, **dimensions: str) -> None:
        """Publish a value of now."""
        self.points.add((namespace, metric, frozenset(dimensions.items())), self.account.clock.now, value)

    def request(self, event: dict[str, Any]) -> int:
        """Call the API as the gateway does, log the access, and publish the gateway's metrics; returns the status."""
        function = "-"
        try:
            status = int(self.call("api", event)["statusCode"])
            function = str(status)
        except Exception:  # noqa: BLE001 (whatever it is, the gateway answers)
            status = 500
        self.publish("AWS/ApiGateway", "5xx", int(status >= 500), ApiId=self.logical_id("AWS::ApiGatewayV2::Api"))
        self._log_access({"$context.status": str(status), "$context.integration.status": function})
        return status

    def sample_queues(self) -> None:
        """Publish what SQS publishes each minute."""
        now = self.account.clock.now
        for id_, url in (
            (self._queue(with_dead_letters=True), self.stack.queue_url),
            (self._queue(with_dead_letters=False), self.stack.dead_letter_queue_url),
        ):
            messages = self.account.queue(url)
            hidden = sum(message["visible_at"] > now for message in messages)
            # A message that was received three times or more doesn't count as the oldest.
            ages = [now - message["sent_at"] for message in messages if message["receive_count"] < 3]
            for metric, value in (
                ("ApproximateNumberOfMessagesVisible", len(messages) - hidden),
                ("ApproximateNumberOfMessagesNotVisible", hidden),
                ("ApproximateAgeOfOldestMessage", max(ages, default=0)),
            ):
                self.publish("AWS/SQS", metric, value, QueueName=id_)

    def _publish_embedded(self, name: str, line: str) -> None:
        blob = json.loads(line) if line.startswith("{") else {}
        # In a process of its own, a function reads these two when it is imported.
        variables = self.stack.functions[name].environment
        named = {"service": variables["POWERTOOLS_SERVICE_NAME"]}
        for directive in blob.get("_aws", {}).get("CloudWatchMetrics", ()):
            for metric in directive["Metrics"]:
                values = blob[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    for dimensions in directive["Dimensions"]:
                        of = {each: (blob | named)[each] for each in dimensions}
                        self.publish(variables["POWERTOOLS_METRICS_NAMESPACE"], metric["Name"], value, **of)

    def _log_access(self, context: Mapping[str, str]) -> None:
        [stage] = self._of("AWS::ApiGatewayV2::Stage").values()
        log = stage["AccessLogSettings"]
        line = {name: context.get(of, "-") for name, of in json.loads(log["Format"]).items()}
        for found in self._of("AWS::Logs::MetricFilter").values():
            if text(found["LogGroupName"]) == text(log["DestinationArn"]) and _matches(found["FilterPattern"], line):
                for each in found["MetricTransformations"]:
                    self.publish(each["MetricNamespace"], each["MetricName"], float(each["MetricValue"]))

    def _function(self, name: str) -> str:
        return self.logical_id("AWS::Lambda::Function", f"{name.capitalize()}Function")

    def _queue(self, *, with_dead_letters: bool) -> str:
        queues = self._of("AWS::SQS::Queue").items()
        return next(id_ for id_, each in queues if ("RedrivePolicy" in each) == with_dead_letters)

    def logical_id(self, type_: str, prefix: str = "") -> str:
        """Return the logical ID of the only resource of a type that begins so."""
        return logical_id(self._of(type_), prefix)

    def _of(self, type_: str) -> dict[str, Any]:
        return {id_: each["Properties"] for id_, each in self.resources.items() if each["Type"] == type_}


def _matches(pattern: str, line: Mapping[str, str]) -> bool:
    """Match a line of JSON as CloudWatch Logs does, as far as conditions on texts go, all of which must hold."""
    conditions = _CONDITION.findall(pattern)
    assert pattern == "{ " + " && ".join(f'($.{name} {is_} "{text_}")' for name, is_, text_ in conditions) + " }"
    return all(fnmatch.fnmatchcase(line[name], wanted) == (is_ == "=") for name, is_, wanted in conditions)
