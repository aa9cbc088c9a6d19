"""The dashboard: one page, named like the stack, with every alarm and every metric on it."""

import json
from typing import Any

import pytest
from aws_cdk.assertions import Template

from tests.infra.conftest import Synthesize
from tests.support.template import properties, resources, text


def body(template: Template) -> dict[str, Any]:
    """Read the dashboard; references are left out, which stand in names only."""
    _, parts = properties(template, "AWS::CloudWatch::Dashboard")["DashboardBody"]["Fn::Join"]
    found: dict[str, Any] = json.loads("".join(part if isinstance(part, str) else "…" for part in parts))
    return found


@pytest.mark.parametrize("stage", ["prod", "dev"])
def test_the_dashboard_is_found_by_stack_and_region(synthesize: Synthesize, stage: str) -> None:
    """Stages stand side by side, and so do the regions of one stage: an account's dashboards have no regions."""
    name = properties(synthesize(stage=stage), "AWS::CloudWatch::Dashboard")["DashboardName"]
    assert text(name) == f"meterdrop-{stage}-AWS::Region"


def test_the_dashboard_shows_every_alarm(template: Template) -> None:
    """They are the first thing seen."""
    first = body(template)["widgets"][0]
    assert first["type"] == "alarm"
    assert len(first["properties"]["alarms"]) == len(resources(template, "AWS::CloudWatch::Alarm"))


def test_the_dashboard_shows_what_is_counted(template: Template) -> None:
    """The functions' own metrics of uploads, under this stage's namespace."""
    shown = {
        metric[1]
        for widget in body(template)["widgets"]
        for metric in widget["properties"].get("metrics", [])
        if metric[0] == "meterdrop-prod"
    }
    assert shown == {
        *("UploadsSucceeded", "UploadsSucceededWithErrors", "UploadsFailed", "UploadsStuck", "UploadsGivenUp"),
        *("RowsStored", "RowsRefused", "RowsDuplicate", "ProcessingTime", "Retries", "AuditDifferences"),
    }
