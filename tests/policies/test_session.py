"""What a test run says at its end."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.policies import records
from tests.policies.findings import Grant, unused
from tests.policies.policies import Policies
from tests.policies.session import problems, without_need
from tools.emulator.iam_calls import IamCall
from tools.emulator.synth import synthesized_template

TESTS = Path(__file__).parents[1]
SWEEP_WRITES = IamCall("s3:PutObject", "arn:aws:s3:::bucket-1/uploads/a.csv")
INGEST_READS = IamCall("s3:GetObjectVersion", "arn:aws:s3:::bucket-1/uploads/b.csv")


def config(*folders: str, **options: Any) -> Any:
    """Give the configuration of a run of these folders."""
    chosen: dict[str, Any] = {"keyword": "", "markexpr": "", "deselect": None, "ignore": None, **options}
    return SimpleNamespace(option=SimpleNamespace(**chosen), args=[str(TESTS / folder) for folder in folders])


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Record what two stacks did, one of which never started."""
    roles = {function: role for role, function in Policies.from_template(synthesized_template()).roles.items()}
    for name, calls in {"one": {"r1": INGEST_READS, "r2": SWEEP_WRITES, "other": SWEEP_WRITES}, "two": {}}.items():
        record = tmp_path / name / "calls.txt"
        record.parent.mkdir()
        record.write_text("".join(f"{role} {call.to_json()}\n" for role, call in calls.items()), encoding="utf-8")
    names = {"bucket-1": "UploadBucket", "r1": roles["ingest"], "r2": roles["sweep"]}
    records.keep_names(tmp_path / "one" / "calls.txt", names)
    return tmp_path


def test_a_call_that_aws_would_refuse(run: Path) -> None:
    """It is named after every run, with the resource's logical ID; roles that aren't of the stack don't count."""
    found = problems(run, config("integration/test_api.py"), has_passed=False)
    assert ["AWS would refuse this call of sweep: s3:PutObject on arn:aws:s3:::UploadBucket/uploads/a.csv"] == found


@pytest.mark.parametrize(
    ("folders", "options", "is_complete"),
    [
        (["integration", "browser", "policies"], {}, True),
        ([""], {}, True),
        (["integration", "policies"], {}, False),
        (["browser", "policies", "integration/test_api.py"], {}, False),
        ([""], {"keyword": "api"}, False),
        ([""], {"markexpr": "slow"}, False),
        ([""], {"deselect": ["a"]}, False),
        ([""], {"ignore": ["a"]}, False),
    ],
)
def test_permissions_without_need(run: Path, folders: list[str], options: dict[str, Any], *, is_complete: bool) -> None:
    """They are named after a run of all tests that make calls, and only if the run has passed."""
    found = problems(run, config(*folders, **options), has_passed=True)
    assert is_complete == any(each.startswith("No test uses this permission of") for each in found)
    assert 1 == len(problems(run, config(*folders, **options), has_passed=False))


def test_reasons() -> None:
    """A grant without a reason is named, and so is a reason without a grant."""
    logs, query = Grant("api", "logs:PutLogEvents", "ApiLogs"), Grant("api", "dynamodb:Query", "y", "a#*")
    found = without_need([logs, query])
    assert found[0].startswith("No test uses this permission of api: dynamodb:Query on y with the leading keys a#*.")
    assert not any("logs:" in each for each in found)
    assert any("Every permission like *: xray:*" in each for each in found)


def test_all_grants_are_without_need_if_nothing_is_called() -> None:
    """Each pattern of leading keys counts for itself."""
    found = [str(grant) for grant in unused(Policies.from_template(synthesized_template()), [])]
    catalog = "api: dynamodb:PutItem on arn:aws:dynamodb:::table/CatalogTable with the leading keys"
    assert {f"{catalog} meters", f"{catalog} meter_names", f"{catalog} customer#*"} <= set(found)
