"""The status events on EventBridge, and the sweep."""

import json
import time
from collections.abc import Iterator
from typing import Any

from tools.verify.checks.files import row, to_csv
from tools.verify.outcome import Outcome, expect, expect_equal
from tools.verify.verification import Verification

_SOURCE = "meterdrop"
_SPREADS_SECONDS = 60  # until a new rule is in force everywhere
_PATIENCE = 60


def check(run: Verification) -> Iterator[Outcome]:
    """Receive the status event of an upload through a rule and a queue of this run, and run the sweep once."""
    url = _listen(run)
    if not run.is_local:
        time.sleep(_SPREADS_SECONDS)
    upload = run.upload(run.key("event.csv"), to_csv([row(run, "9")]))
    event = _receive(run, url, upload["id"])
    yield expect(
        "the status event of an upload arrives",
        event.get("detail-type") == "upload.succeeded",
        f"not within {_PATIENCE} seconds" if not event else event.get("detail-type"),
    )
    detail = event.get("detail", {})
    shown = {name: detail.get(name) for name in ("id", "status", "row_count", "success_count")}
    yield expect_equal("it has the upload as the API shows it", {name: upload[name] for name in shown}, shown)
    answer = run.client("lambda").invoke(FunctionName=run.outputs.sweep_function, Payload=b"{}")
    yield expect("the sweep runs", "FunctionError" not in answer, answer["Payload"].read())


def _listen(run: Verification) -> str:
    """Send all status events to a queue of this run; return the queue's URL."""
    sqs, events = run.client("sqs"), run.client("events")
    url: str = sqs.create_queue(QueueName=run.run)["QueueUrl"]
    run.at_end("delete the queue", lambda: sqs.delete_queue(QueueUrl=url))
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rule = events.put_rule(Name=run.run, EventPattern=json.dumps({"source": [_SOURCE]}))["RuleArn"]
    run.at_end("delete the rule", lambda: events.delete_rule(Name=run.run))
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_targets(Rule=run.run, Targets=[{"Id": "queue", "Arn": arn}])
    run.at_end("remove the rule's target", lambda: events.remove_targets(Rule=run.run, Ids=["queue"]))
    return url


def _receive(run: Verification, url: str, upload: str) -> dict[str, Any]:
    """Return the event of an upload, or an empty one if it doesn't arrive."""
    sqs = run.client("sqs")
    gives_up = time.monotonic() + _PATIENCE
    while time.monotonic() < gives_up:
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in received.get("Messages", []):
            event: dict[str, Any] = json.loads(message["Body"])
            if event["detail"].get("id") == upload:
                return event
    return {}
