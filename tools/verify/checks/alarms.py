"""A message that can't be processed, and the alarm that it sets off; and the metrics that alarms depend on."""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from tools.verify.outcome import Outcome, expect, expect_equal, not_tried
from tools.verify.verification import Verification

_PATIENCE = 480  # seconds; metrics of a log reach CloudWatch after a minute or two, and an alarm looks once a minute
_POLL_SECONDS = 10
_ALARM = "UploadsGivenUp"
# CloudWatch has these only where something was throttled or went wrong.
_RARE = ("ThrottleEvents", "FailedInvocations", "UploadsGivenUp", "GatewayErrors")


def check(run: Verification) -> Iterator[Outcome]:
    """Give up an upload on purpose, and watch the status, the log and the alarm."""
    key = run.key("given-up.csv")
    notification = {
        "eventName": "ObjectCreated:Put",
        "eventTime": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "s3": {
            "bucket": {"name": run.outputs.bucket},
            "object": {"key": key, "size": 1, "versionId": "no-such-version"},
        },
    }
    run.client("sqs").send_message(
        QueueUrl=run.outputs.dead_letter_queue_url, MessageBody=json.dumps({"Records": [notification]})
    )
    upload = run.final(key)
    failure = (upload["failure"] or {}).get("code")
    yield expect_equal("a dead letter ends its upload", ("failed", "internal_error"), (upload["status"], failure))
    yield from _alarm(run)
    yield from _metrics(run)


def _alarm(run: Verification) -> Iterator[Outcome]:
    statement = f"the alarm {_ALARM} rings"
    if run.is_local:
        yield not_tried(statement, "the emulator doesn't evaluate alarms")
        return
    [name] = [each.name for each in run.deployed.of_type("AWS::CloudWatch::Alarm") if _ALARM in each.id]
    cloudwatch = run.client("cloudwatch")
    began = time.monotonic()
    while time.monotonic() < began + _PATIENCE:
        [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        if alarm["StateValue"] == "ALARM":
            yield expect(statement, is_true=True, note=f"after {time.monotonic() - began:.0f} seconds")
            return
        time.sleep(_POLL_SECONDS)
    yield expect(statement, is_true=False, reason=f"not within {_PATIENCE} seconds")


def _metrics(run: Verification) -> Iterator[Outcome]:
    statement = "CloudWatch has the metrics of the alarms"
    if run.is_local:
        yield not_tried(statement, "the emulator makes no metrics of the functions' logs")
        return
    cloudwatch = run.client("cloudwatch")
    missing = sorted({name for name, arguments in _watched(run) if not _exists(cloudwatch, arguments)})
    yield not_tried(statement, f"none yet: {', '.join(missing)}") if missing else expect(statement, is_true=True)


def _watched(run: Verification) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for alarm in run.deployed.of_type("AWS::CloudWatch::Alarm"):
        own = alarm.properties
        metrics = (
            [own]
            if "MetricName" in own
            else [each["MetricStat"]["Metric"] for each in own.get("Metrics", []) if "MetricStat" in each]
        )
        for metric in metrics:
            if not metric["MetricName"].endswith(_RARE):
                yield (
                    metric["MetricName"],
                    {
                        "Namespace": metric["Namespace"],
                        "MetricName": metric["MetricName"],
                        "Dimensions": run.deployed.resolve(metric.get("Dimensions", [])),
                    },
                )


def _exists(cloudwatch: Any, arguments: Mapping[str, Any]) -> bool:  # noqa: ANN401 - boto3 has no type for it
    return bool(cloudwatch.list_metrics(**arguments)["Metrics"])
