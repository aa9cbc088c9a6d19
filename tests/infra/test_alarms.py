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
TABLES = ("catalog", "events", "idempotency", "keys", "uploads", "usage")
_LINK = re.compile(r"What to do: docs/runbook\.md#([a-z-]+)$")


def alarms(template: Template) -> dict[str, Resource]:
    """Give the alarms by the name that stands in their logical id."""
    found = resources(template, "AWS::CloudWatch::Alarm")
    return {re.sub(r"^Alarms|[0-9A-F]{8}$", "", name): alarm["Properties"] for name, alarm in found.items()}


def watched(alarm: Resource) -> tuple[set[str], str, str, int, str]:
    """Say the metrics that are added up, what they are of, statistic, minutes of a period, and when it rings."""
    stats = [each["MetricStat"] for each in alarm["Metrics"] if "MetricStat" in each]
    (expression,) = [each["Expression"] for each in alarm["Metrics"] if "Expression" in each]
    assert expression == " + ".join(f"FILL({each['Id']}, 0)" for each in alarm["Metrics"] if "MetricStat" in each)
    dimensions = {text(one["Value"]) for each in stats for one in each["Metric"].get("Dimensions", [])}
    (statistic,), (period,) = ({each[name] for each in stats} for name in ("Stat", "Period"))
    sign = {"GreaterThanOrEqualToThreshold": ">=", "LessThanThreshold": "<"}[alarm["ComparisonOperator"]]
    return (
        {f"{each['Metric']['Namespace']}/{each['Metric']['MetricName']}" for each in stats},
        " ".join(sorted(dimensions)),
        statistic,
        period // 60,
        f"{sign} {alarm['Threshold']}, {alarm['DatapointsToAlarm']} of {alarm['EvaluationPeriods']}",
    )


def of_tables(alarm: Resource) -> bool:
    """Tell whether an alarm watches a table."""
    return "AWS/DynamoDB" in {
        each.get("MetricStat", {}).get("Metric", {}).get("Namespace") for each in alarm["Metrics"]
    }


def test_alarms_watch_this_and_nothing_else(template: Template) -> None:
    """All of them, but for the throttles of tables."""
    functions = resources(template, "AWS::Lambda::Function")
    ingest, recover = (logical_id(functions, f"{name}Function") for name in ("Ingest", "Recover"))
    dead = "AWS/SQS/ApproximateNumberOfMessages"
    own = "meterdrop-prod/"
    assert {name: watched(alarm) for name, alarm in alarms(template).items() if not of_tables(alarm)} == {
        "UploadsGivenUp": ({f"{own}UploadsGivenUp"}, "recover", "Sum", 60, ">= 1, 1 of 1"),
        "DeadLetters": (
            {f"{dead}Visible", f"{dead}NotVisible"},
            dead_letters(template),
            "Maximum",
            5,
            ">= 1, 6 of 6",
        ),
        "OldMessage": ({"AWS/SQS/ApproximateAgeOfOldestMessage"}, queue(template), "Maximum", 5, ">= 1800, 1 of 1"),
        "IngestRetries": ({f"{own}ConsecutiveFailures"}, "ingest", "Maximum", 15, ">= 5, 1 of 1"),
        "RecoverRetries": ({f"{own}Retries"}, "recover", "Sum", 15, ">= 3, 1 of 1"),
        "UploadsStuck": ({f"{own}UploadsStuck"}, "sweep", "Maximum", 15, ">= 1, 2 of 4"),
        "SweepMissing": ({f"{own}UploadsStuck"}, "sweep", "SampleCount", 60, "< 1, 1 of 1"),
        "IngestErrors": ({"AWS/Lambda/Errors"}, ingest, "Sum", 30, ">= 1, 1 of 1"),
        "RecoverErrors": ({"AWS/Lambda/Errors"}, recover, "Sum", 30, ">= 1, 1 of 1"),
        "AuditDifferences": ({f"{own}AuditDifferences"}, "sweep", "Sum", 60, ">= 1, 1 of 1"),
        "ThrottledIngest": ({"AWS/Lambda/Throttles"}, ingest, "Sum", 15, ">= 1, 2 of 2"),
        "ApiErrors": ({f"{own}RequestsBroken"}, "api", "Sum", 15, ">= 1, 1 of 1"),
        "GatewayErrors": ({f"{own}GatewayErrors"}, "", "Sum", 15, ">= 1, 1 of 1"),
        "AuditLinesMissed": ({f"{own}AuditLinesMissed"}, "api", "Sum", 15, ">= 1, 1 of 1"),
        "RequestsWithoutKey": ({f"{own}RequestsWithoutKey"}, "api", "Sum", 15, ">= 1000, 1 of 1"),
    }


def test_every_table_is_watched_for_throttles(template: Template) -> None:
    """Reads and writes, where it lasts longer than a table takes to grow."""
    found = [watched(alarm) for alarm in alarms(template).values() if of_tables(alarm)]
    assert sorted(found, key=str) == sorted(
        (
            ({f"AWS/DynamoDB/{kind}ThrottleEvents"}, f"{table.capitalize()}Table", "Sum", 15, ">= 1, 3 of 3")
            for table in TABLES
            for kind in ("Read", "Write")
        ),
        key=str,
    )


def test_metrics_are_those_that_the_functions_count(template: Template) -> None:
    """An alarm on a misspelt metric would be silent for ever."""
    counted = (PROJECT / "lambdas/meterdrop/handlers/observability.py").read_text(encoding="utf-8")
    (of_gateway,) = properties(template, "AWS::Logs::MetricFilter")["MetricTransformations"]
    own = {
        name.removeprefix("meterdrop-prod/")
        for alarm in alarms(template).values()
        for name in watched(alarm)[0]
        if name.startswith("meterdrop-prod/")
    }
    assert [name for name in own if f'"{name}"' not in counted] == [of_gateway["MetricName"]]
    assert of_gateway["MetricNamespace"] == "meterdrop-prod"


def test_the_gateways_own_errors_are_counted(template: Template) -> None:
    """Those that the function did not make itself, from the log of all requests."""
    found = properties(template, "AWS::Logs::MetricFilter")
    stage = properties(template, "AWS::ApiGatewayV2::Stage")
    assert text(found["LogGroupName"]) == text(stage["AccessLogSettings"]["DestinationArn"])
    assert found["FilterPattern"] == '{ ($.status = "5*") && ($.functionStatus != "5*") }'


def test_only_a_missing_sweep_is_alarming(template: Template) -> None:
    """CloudWatch has no figures of what nobody uses."""
    treated = {name: alarm["TreatMissingData"] for name, alarm in alarms(template).items()}
    assert treated.pop("SweepMissing") == "breaching"
    assert set(treated.values()) == {"notBreaching"}


def test_a_sweep_that_is_switched_off_is_not_missed(synthesize: Synthesize) -> None:
    """Whoever restores tables needs no email about it."""
    found = alarms(synthesize(sweep="off"))
    assert "SweepMissing" not in found
    assert "UploadsStuck" in found


def test_emails_are_watched_where_there_are_any(synthesize: Synthesize) -> None:
    """Each rule that sends some, and no other."""
    template = synthesize(notifyEmail="billing@example.com")
    rules = {
        name for name, rule in resources(template, "AWS::Events::Rule").items() if "EventPattern" in rule["Properties"]
    }
    found = [watched(alarm) for name, alarm in alarms(template).items() if name.startswith("LostEmails")]
    assert {(*metrics, name, *rest) for metrics, name, *rest in found} == {
        ("AWS/Events/FailedInvocations", rule, "Sum", 15, ">= 1, 1 of 1") for rule in rules
    }


def test_the_emulator_has_no_alarms(local_template: Template) -> None:
    """It refuses alarms on expressions; nobody would see them."""
    for type_ in ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Logs::MetricFilter"):
        assert resources(local_template, type_) == {}


def test_every_alarm_says_what_to_do(synthesize: Synthesize) -> None:
    """The description ends in a section of the runbook, and each section of an alarm has one."""
    template = synthesize(notifyEmail="billing@example.com")
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
