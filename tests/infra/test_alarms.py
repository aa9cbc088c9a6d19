"""The alarms: what each watches, whom it tells, and that the runbook knows what to do."""

import re
from pathlib import Path

import pytest
from aws_cdk.assertions import Template

from tests.infra.conftest import PROJECT, Synthesize
from tests.infra.test_permissions import dead_letters, queue
from tests.infra.test_upload_queue import refusal_of_http
from tests.support.template import Resource, logical_id, properties, resources, text

RUNBOOK = Path("docs/runbook.md")
TABLES = ("catalog", "events", "idempotency", "uploads", "usage")
_LINK = re.compile(r"What to do: docs/runbook\.md#([a-z-]+)$")


def alarms(template: Template) -> dict[str, Resource]:
    """Give the alarms by the name that stands in their logical id."""
    found = resources(template, "AWS::CloudWatch::Alarm")
    return {re.sub(r"^Alarms|[0-9A-F]{8}$", "", name): alarm["Properties"] for name, alarm in found.items()}


def watched(alarm: Resource) -> tuple[str, str, str, int, int]:
    """Say metric, what it is of, statistic, threshold and periods of five minutes."""
    (dimension,) = alarm["Dimensions"]
    assert (alarm["Period"], alarm["ComparisonOperator"]) == (300, "GreaterThanOrEqualToThreshold")
    return (
        f"{alarm['Namespace']}/{alarm['MetricName']}",
        text(dimension["Value"]),
        alarm["Statistic"],
        alarm["Threshold"],
        alarm["EvaluationPeriods"],
    )


def test_alarms_watch_this_and_nothing_else(template: Template) -> None:
    """All of them, but for the throttles of tables."""
    functions = resources(template, "AWS::Lambda::Function")
    ingest, api, recover, sweep = (
        logical_id(functions, f"{name}Function") for name in ("Ingest", "Api", "Recover", "Sweep")
    )
    (gateway,) = resources(template, "AWS::ApiGatewayV2::Api")
    assert {
        name: watched(alarm) for name, alarm in alarms(template).items() if alarm["Namespace"] != "AWS/DynamoDB"
    } == {
        "DeadLetters": ("AWS/SQS/ApproximateNumberOfMessagesVisible", dead_letters(template), "Maximum", 1, 1),
        "OldMessage": ("AWS/SQS/ApproximateAgeOfOldestMessage", queue(template), "Maximum", 1800, 1),
        "UploadsStuck": ("meterdrop-prod/UploadsStuck", "sweep", "Maximum", 1, 2),
        "IngestErrors": ("AWS/Lambda/Errors", ingest, "Sum", 1, 1),
        "RecoverErrors": ("AWS/Lambda/Errors", recover, "Sum", 1, 1),
        "SweepErrors": ("AWS/Lambda/Errors", sweep, "Sum", 1, 1),
        "IngestRetries": ("meterdrop-prod/Retries", "ingest", "Sum", 5, 2),
        "ApiErrors": ("AWS/ApiGateway/5xx", gateway, "Sum", 1, 1),
        "Throttledingest": ("AWS/Lambda/Throttles", ingest, "Sum", 1, 3),
        "Throttledapi": ("AWS/Lambda/Throttles", api, "Sum", 1, 3),
        "Throttledrecover": ("AWS/Lambda/Throttles", recover, "Sum", 1, 3),
        "Throttledsweep": ("AWS/Lambda/Throttles", sweep, "Sum", 1, 3),
    }


def test_every_table_is_watched_for_throttles(template: Template) -> None:
    """Reads and writes, where it lasts."""
    found = [watched(alarm) for alarm in alarms(template).values() if alarm["Namespace"] == "AWS/DynamoDB"]
    assert sorted(found) == sorted(
        (f"AWS/DynamoDB/{kind}ThrottleEvents", f"{table.capitalize()}Table", "Sum", 1, 3)
        for table in TABLES
        for kind in ("Read", "Write")
    )


def test_metrics_are_those_that_the_functions_count(template: Template) -> None:
    """An alarm on a misspelt metric would be silent for ever."""
    counted = (PROJECT / "lambdas/meterdrop/handlers/observability.py").read_text(encoding="utf-8")
    own = {alarm["MetricName"] for alarm in alarms(template).values() if alarm["Namespace"] == "meterdrop-prod"}
    assert own == {"Retries", "UploadsStuck"}
    assert [name for name in own if f'"{name}"' not in counted] == []


def test_idle_is_not_alarming(template: Template) -> None:
    """CloudWatch has no figures of what nobody uses."""
    assert {alarm["TreatMissingData"] for alarm in alarms(template).values()} == {"notBreaching"}


def test_every_alarm_says_what_to_do(template: Template) -> None:
    """The description ends in a section of the runbook, and each section of an alarm has one."""
    links = [_LINK.search(alarm["AlarmDescription"]) for alarm in alarms(template).values()]
    sections = {link[1] for link in links if link}
    headings = re.findall(r"^### (.*)$", (PROJECT / RUNBOOK).read_text(encoding="utf-8"), re.MULTILINE)
    assert all(links)
    assert sections == {heading.lower().replace(" ", "-") for heading in headings}


def test_alarms_tell_nobody_unless_asked(template: Template) -> None:
    """Without an address there is no topic, and no alarm has anything to do."""
    assert resources(template, "AWS::SNS::Topic") == {}
    assert [alarm for alarm in alarms(template).values() if {"AlarmActions", "OKActions"} & alarm.keys()] == []


@pytest.fixture(scope="module")
def mailing(synthesize: Synthesize) -> Template:
    """Give the stack of an owner who wants to be told."""
    return synthesize(alarmEmail="ops@example.com")


def test_alarms_tell_the_address_of_the_settings(mailing: Template) -> None:
    """When they begin and when they end."""
    (topic,) = resources(mailing, "AWS::SNS::Topic")
    mail = properties(mailing, "AWS::SNS::Subscription")
    assert (mail["Protocol"], mail["Endpoint"], text(mail["TopicArn"])) == ("email", "ops@example.com", topic)
    for alarm in alarms(mailing).values():
        assert [text(action) for action in alarm["AlarmActions"] + alarm["OKActions"]] == [topic] * 2


def test_only_alarms_of_this_account_may_publish(mailing: Template) -> None:
    """Over TLS, and said aloud: a topic with a policy of its own loses the one that lets its account's alarms in."""
    (topic,) = resources(mailing, "AWS::SNS::Topic")
    allow, deny = sorted(
        properties(mailing, "AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"], key=lambda one: str(one["Effect"])
    )
    for statement in (allow, deny):
        del statement["Sid"]
        assert text(statement.pop("Resource")) == topic
    assert allow == {
        "Effect": "Allow",
        "Action": "sns:Publish",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }
    refused = refusal_of_http(topic)
    assert {name: deny[name] for name in ("Effect", "Condition")} == {
        name: refused[name] for name in ("Effect", "Condition")
    }
