"""`make verify` without a stack: its arguments, its report, references of a template, and what is struck out."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from moto import mock_aws

from tools.setup.trouble import Trouble
from tools.stack.clients import Clients
from tools.verify.checks.settings import _deletes_files, check_alarms
from tools.verify.command import SECTIONS, choose_sections, parse_arguments, summary
from tools.verify.deployed import Deployed, Resource
from tools.verify.outcome import Outcome, State, expect, expect_equal
from tools.verify.record import strike_out
from tools.verify.verification import Verification

if TYPE_CHECKING:
    from tools.stack.outputs import Outputs

TABLE = Resource("EventsTable", "AWS::DynamoDB::GlobalTable", "meterdrop-prod-events", {})
QUEUE = Resource("Queue", "AWS::SQS::Queue", "https://sqs.eu-central-1.amazonaws.com/123456789012/files", {})
DEPLOYED = Deployed({one.id: one for one in (TABLE, QUEUE)}, "eu-central-1", "123456789012", "aws")


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ([], list(SECTIONS)),
        (["--only", "usage,settings"], ["settings", "usage"]),
        (["--skip", "idle"], [name for name in SECTIONS if name != "idle"]),
        (["--only", "usage,idle", "--skip", "idle"], ["usage"]),
    ],
)
def test_sections_are_chosen(arguments: list[str], names: list[str]) -> None:
    """They run in their own order, whatever the order of the arguments."""
    assert names == choose_sections(parse_arguments(arguments))


@pytest.mark.parametrize("option", ["--only", "--skip"])
def test_an_unknown_section_is_named(option: str) -> None:
    """With all that there are."""
    with pytest.raises(Trouble, match=r"Unknown section: 'usages'\. The sections are settings, permissions"):
        choose_sections(parse_arguments([option, "usages"]))


def test_the_end_repeats_what_does_not_hold() -> None:
    """With its reason, and the number of each kind."""
    outcomes = [
        expect("the sky is blue", is_true=True, reason="rain", note="noon"),
        expect_equal("the answer", 42, 41),
        Outcome("the moon is round", State.NOT_TRIED, "daylight"),
    ]
    assert "noon" == outcomes[0].detail
    assert (
        "This does not hold:\n  the answer: expected 42, found 41\n\n"
        "1 hold, 1 do not hold, 1 were not tried. 12 seconds."
    ) == summary(outcomes, 12.3)


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Ref": "EventsTable"}, "meterdrop-prod-events"),
        (
            {"Fn::GetAtt": ["EventsTable", "Arn"]},
            "arn:aws:dynamodb:eu-central-1:123456789012:table/meterdrop-prod-events",
        ),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "arn:aws:sqs:eu-central-1:123456789012:files"),
        ({"Fn::Join": ["", [{"Fn::GetAtt": ["EventsTable", "Arn"]}, "/index/*"]]}, None),
        ({"a": [{"Ref": "AWS::Region"}, 1]}, {"a": ["eu-central-1", 1]}),
    ],
)
def test_references_become_names(value: object, resolved: object) -> None:
    """As CloudFormation resolves them."""
    expected = resolved or "arn:aws:dynamodb:eu-central-1:123456789012:table/meterdrop-prod-events/index/*"
    assert expected == DEPLOYED.resolve(value)


@pytest.mark.parametrize(
    ("text", "struck"),
    [
        ("Bearer sk_0123456789abcdefghijklmnop", "Bearer ***"),
        ("arn:aws:iam::123456789012:role/x", "arn:aws:iam::***:role/x"),
        ("to ops@example.com now", "to *** now"),
        (
            "https://b/k?X-Amz-Credential=AKIA%2F2&X-Amz-Signature=0ab&v=1",
            "https://b/k?X-Amz-Credential=***&X-Amz-Signature=***&v=1",
        ),
        (
            '{"policy": "eyJ=", "x-amz-signature":"0ab", "key": "k"}',
            '{"policy": "***", "x-amz-signature":"***", "key": "k"}',
        ),
        ("ASIAABCDEFGHIJKLMNOP", "***"),
        ("1727222400123 and upl_iaseoj35cjkaanzmepef76b3ps", "1727222400123 and upl_iaseoj35cjkaanzmepef76b3ps"),
    ],
)
def test_secrets_are_struck_out(text: str, struck: str) -> None:
    """And nothing else."""
    assert struck == strike_out(text)


@pytest.mark.parametrize(
    ("filter_", "deletes"),
    [
        ({"Prefix": "uploads/"}, True),
        ({"And": {"Prefix": "uploads/", "ObjectSizeGreaterThan": 5_242_880}}, False),
        ({"And": {"Prefix": "uploads/", "ObjectSizeGreaterThan": 5_242_879}}, True),
        ({"ObjectSizeGreaterThan": 5_242_880}, False),
        ({}, True),
        ({"Prefix": "reports/"}, False),
    ],
)
def test_a_rule_that_deletes_files_that_may_count_is_found(filter_: dict[str, Any], *, deletes: bool) -> None:
    """Files past the limit never count, and expire."""
    assert deletes == _deletes_files({"Status": "Enabled", "Filter": filter_, "Expiration": {"Days": 30}})


def test_alarms_are_missed_silenced_or_on() -> None:
    """Each of the three is named, and an alarm of another stack is not."""
    names = ["meterdrop-prod-fine", "meterdrop-prod-silent", "meterdrop-prod-ringing", "meterdrop-prod-missing"]
    alarms = [Resource(name, "AWS::CloudWatch::Alarm", name, {}) for name in names]
    run = Verification(
        Clients(region="us-east-1"), cast("Outputs", None), "prod", "https://api.example", is_local=False
    )
    vars(run)["deployed"] = replace(DEPLOYED, resources={one.id: one for one in alarms})
    with mock_aws():
        cloudwatch: Any = boto3.client("cloudwatch", region_name="us-east-1")
        for name in (*names[:3], "meterdrop-production-ringing"):
            cloudwatch.put_metric_alarm(
                AlarmName=name,
                MetricName="m",
                Namespace="n",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=1,
                ComparisonOperator="GreaterThanThreshold",
                ActionsEnabled=name != "meterdrop-prod-silent",
            )
            state = "ALARM" if name.endswith("ringing") else "OK"
            cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")

        found = {each.statement: each.detail for each in check_alarms(run) if each.state is State.FAILS}

    assert {
        "all 4 alarms exist": "['meterdrop-prod-missing']",
        "no alarm is silenced": "['meterdrop-prod-silent']",
        "no alarm is on": "['meterdrop-prod-ringing']",
    } == found
