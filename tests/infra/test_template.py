"""The template as CloudFormation would take it: cfn-lint, which carries AWS's own schemas, has nothing to say."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk.assertions import Template
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from tests.infra.conftest import Synthesize

FULL: dict[str, object] = {"alarmEmail": "ops@example.com", "partners": ["acme", "globex"]}
# The CDK writes out that a function waits for its role's policy, and with that for the role, to which it refers anyway.
ONCE_IS_ENOUGH = "W3005"


def complaints(template: Mapping[str, Any]) -> list[str]:
    """Give the errors and warnings of cfn-lint."""
    config = ManualArgs(ignore_checks=[ONCE_IS_ENOUGH], regions=["us-east-1", "eu-central-1"])
    return [f"{found.rule.id} {found.path}: {found.message}" for found in lint(json.dumps(template), config=config)]


@pytest.mark.parametrize("settings", [{}, FULL], ids=["default", "full"])
def test_cfn_lint_is_content(synthesize: Synthesize, settings: dict[str, object]) -> None:
    """With the defaults, and with all that can be turned on."""
    assert complaints(synthesize(**settings).to_json()) == []


def test_cfn_lint_is_in_force(template: Template) -> None:
    """It finds a property that is none."""
    broken = template.to_json()
    broken["Resources"]["UploadBucket"]["Properties"]["Versioned"] = True
    assert [complaint.partition(" ")[0] for complaint in complaints(broken)] == ["E3002"]
