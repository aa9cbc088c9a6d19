"""The template as CloudFormation would take it: cfn-lint, which carries AWS's own schemas, has nothing to say."""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import pytest
from aws_cdk.assertions import Template
from cfnlint.api import lint
from cfnlint.config import ManualArgs

from infra.settings import DATA_TAG
from tests.infra.conftest import LOCAL, MakeStack, Synthesize
from tests.support.template import resources, text
from tools.setup.places import ROOT

FULL: dict[str, object] = {
    "alarmEmail": "ops@example.com",
    "notifyEmail": "billing@example.com",
    "pageOrigins": ["https://usage.example.com"],
    "partners": ["acme", "globex"],
    "eventBusName": "usage",
    "kmsKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
}
# The CDK writes out that a function waits for its role's policy, and with that for the role, to which it refers anyway.
ONCE_IS_ENOUGH = "W3005"


DATA = ("AWS::S3::Bucket", "AWS::DynamoDB::GlobalTable", "AWS::Logs::LogGroup", "AWS::SQS::Queue")
TAG = {"Key": DATA_TAG, "Value": "meterdrop-prod"}


def tags(properties: Mapping[str, Any]) -> list[dict[str, str]]:
    """Give the tags of a resource; those of a table are its one replica's."""
    found: list[dict[str, str]] = properties.get("Replicas", [properties])[0].get("Tags", [])
    return found


def test_the_stack_shows_the_version_of_the_project(template: Template) -> None:
    """The operator writes it down before an upgrade."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert template.to_json()["Outputs"]["Version"]["Value"] == project["version"]


@pytest.mark.parametrize(
    ("settings", "is_protected"), [({}, True), ({"removalPolicy": "destroy"}, False), (LOCAL, False)]
)
def test_a_stack_with_data_to_keep_is_protected(
    make_stack: MakeStack, settings: dict[str, object], *, is_protected: bool
) -> None:
    """CloudFormation refuses to remove it. `make destroy` asks, and then takes the protection away."""
    assert make_stack(**settings).termination_protection is is_protected


@pytest.mark.parametrize("kind", DATA)
def test_what_may_stay_is_found_by_its_tag(template: Template, kind: str) -> None:
    """A stack that is gone lists nothing: `make destroy` finds by the tag what it left."""
    found = resources(template, kind)
    assert found
    assert {name: tags(one["Properties"]) for name, one in found.items()} == {name: [TAG] for name in found}


def test_whatever_stays_is_of_these_kinds(template: Template) -> None:
    """What a removed stack leaves can be found. A first deployment that fails leaves protected tables alone."""
    policies: dict[str, set[str]] = {}
    for one in template.to_json()["Resources"].values():
        policies.setdefault(one.get("DeletionPolicy", "Delete"), set()).add(one["Type"])
    assert policies.keys() == {"Retain", "RetainExceptOnCreate", "Delete"}
    assert policies["Retain"] == {"AWS::DynamoDB::GlobalTable"}
    assert policies["RetainExceptOnCreate"] == set(DATA) - policies["Retain"]


def test_no_name_is_taken_twice_in_an_account(synthesize: Synthesize) -> None:
    """The same stage in another region has other names for what has no region; all else CloudFormation names."""
    fixed = re.compile(r"(DashboardName|PolicyName|RoleName|UserName|BucketName)$")
    names = [
        text(value)
        for one in synthesize(**FULL).to_json()["Resources"].values()
        for key, value in one.get("Properties", {}).items()
        if fixed.search(key) and one["Type"] != "AWS::IAM::Policy"
    ]
    assert [name for name in names if not name.endswith("-AWS::Region")] == []


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
