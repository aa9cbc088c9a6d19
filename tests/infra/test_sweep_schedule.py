"""When the sweep runs."""

import pytest
from aws_cdk.assertions import Template

from tests.infra.conftest import Synthesize
from tests.support.template import properties, resources, text


def test_the_sweep_runs_every_quarter_of_an_hour(template: Template) -> None:
    """The rule is on, and starts the sweep and nothing else; one that was missed is made good by the next."""
    rule = properties(template, "AWS::Events::Rule")
    assert (rule["ScheduleExpression"], rule["State"]) == ("rate(15 minutes)", "ENABLED")
    (target,) = rule["Targets"]
    assert text(target["Arn"]).startswith("Sweep")
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 0}


@pytest.mark.parametrize(("sweep", "expected"), [("on", "ENABLED"), ("off", "DISABLED")])
def test_the_owner_may_switch_it_off(synthesize: Synthesize, sweep: str, expected: str) -> None:
    """`sweep` switches the rule; the function stays, to be started by hand."""
    assert properties(synthesize(sweep=sweep), "AWS::Events::Rule")["State"] == expected


def test_only_the_rule_starts_it(template: Template) -> None:
    """EventBridge may, for this rule."""
    (permission,) = [
        found["Properties"]
        for found in resources(template, "AWS::Lambda::Permission").values()
        if text(found["Properties"]["FunctionName"]).startswith("Sweep")
    ]
    assert (permission["Action"], permission["Principal"]) == ("lambda:InvokeFunction", "events.amazonaws.com")
    assert [text(permission["SourceArn"])] == list(resources(template, "AWS::Events::Rule"))
