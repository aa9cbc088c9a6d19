"""The bus of status events: the account's, or one that only the functions write to."""

import pytest
from aws_cdk.assertions import Template

from tests.infra.conftest import Synthesize
from tests.infra.test_alarms import alarms
from tests.infra.test_functions import environment
from tests.infra.test_notifications import notifying_rules
from tests.support.template import properties, resources, statements_of, text, texts

ARN = "arn:AWS::Partition:events:AWS::Region:AWS::AccountId:event-bus/usage"


@pytest.fixture(scope="module")
def own(synthesize: Synthesize) -> Template:
    """Give the stack of an owner who names a bus, and wants e-mail."""
    return synthesize(eventBusName="usage", notifyEmail="billing@example.com")


def test_there_is_no_bus_by_default(template: Template) -> None:
    """An account has one already."""
    assert resources(template, "AWS::Events::EventBus") == resources(template, "AWS::Events::EventBusPolicy") == {}


def test_the_functions_publish_on_their_own_bus(own: Template) -> None:
    """They are told its name, and may put events there and nowhere else."""
    assert properties(own, "AWS::Events::EventBus") == {"Name": "usage"}
    for handler in ("ingest", "recover", "sweep"):
        assert environment(own, handler)["EVENT_BUS"] == "usage"
        (role,) = (name for name in resources(own, "AWS::IAM::Role") if name.startswith(f"{handler.capitalize()}Role"))
        allowed = [one for one in statements_of(own, role) if "events:PutEvents" in texts(one["Action"])]
        assert [text(one["Resource"]) for one in allowed] == [ARN]


def test_nobody_else_writes_to_the_bus(own: Template) -> None:
    """Whoever else may put events in this account is denied here, so that an event of this bus is Meterdrop's."""
    policy = properties(own, "AWS::Events::EventBusPolicy")
    statement = policy["Statement"]
    (bus,) = resources(own, "AWS::Events::EventBus")
    assert text(policy["EventBusName"]) == text(statement["Resource"]) == bus
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "events:PutEvents")
    writers = texts(statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"])
    roles = [name for name in resources(own, "AWS::IAM::Role") if name.startswith(("Ingest", "Recover", "Sweep"))]
    assert sorted(writers) == sorted(roles)


def test_emails_are_about_events_of_the_bus(own: Template) -> None:
    """Rules are on the bus, and so are the metrics of emails that they lose."""
    (bus,) = resources(own, "AWS::Events::EventBus")
    rules = notifying_rules(own)
    assert [text(rule["Properties"]["EventBusName"]) for rule in rules.values()] == [bus] * 2
    lost = [alarm for name, alarm in alarms(own).items() if name.startswith("LostEmails")]
    dimensions = [one["MetricStat"]["Metric"]["Dimensions"] for alarm in lost for one in alarm["Metrics"][1:]]
    assert [each[0] for each in dimensions] == [{"Name": "EventBusName", "Value": "usage"}] * 2
    names = [each[1]["Value"]["Fn::Select"] for each in dimensions]
    assert names == [[1, {"Fn::Split": ["|", {"Ref": rule}]}] for rule in rules]
