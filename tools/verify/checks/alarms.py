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
    alarms = {each.name: each.id for each in run.deployed.of_type("AWS::CloudWatch::Alarm")}
    began = time.monotonic()
    while not (rings := any(_ALARM in id_ for id_ in _ringing(run, alarms))) and time.monotonic() < began + _PATIENCE:
        time.sleep(_POLL_SECONDS)
    seconds = time.monotonic() - began
    yield expect(statement, rings, f"not within {_PATIENCE} seconds", note=f"after {seconds:.0f} seconds")
    # Emails about the uploads of this run, for example, have been sent or lost by now.
    others = [id_ for id_ in _ringing(run, alarms) if _ALARM not in id_]
    yield expect("no other alarm rings", not others, others)


def _ringing(run: Verification, alarms: Mapping[str, str]) -> list[str]:
    """Return the logical IDs of the stack's alarms that are on. `alarms` has them by name."""
    pages = run.client("cloudwatch").get_paginator("describe_alarms").paginate(StateValue="ALARM")
    return sorted(
        alarms[each["AlarmName"]] for page in pages for each in page["MetricAlarms"] if each["AlarmName"] in alarms
    )


def _metrics(run: Verification) -> Iterator[Outcome]:
    statement = "CloudWatch has the metrics of the alarms"
    if run.is_local:
        yield not_tried(statement, "the emulator makes no metrics of the functions' logs")
        return
    cloudwatch = run.client("cloudwatch")
    missing = sorted({name for name, arguments in _watched(run) if not _exists(cloudwatch, arguments)})
    yield not_tried(statement, f"none yet: {', '.join(missing)}") if missing else expect(statement, is_true=True)
    now = time.time()
    metric = {"Namespace": f"meterdrop-{run.stage}", "MetricName": "NeverCounted"}
    queries = [
        {"Id": "m", "MetricStat": {"Metric": metric, "Period": 300, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "filled", "Expression": "FILL(m, 0)"},
    ]
    found = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=now - 3600, EndTime=now)
    values = found["MetricDataResults"][0]["Values"]
    # Otherwise, an alarm on a table would stay on after the table was throttled for the first time.
    yield expect("CloudWatch puts zeros where a metric has no points", bool(values), "FILL has no values")


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
