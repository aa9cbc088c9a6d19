"""All calls that a test run recorded, evaluated by the policies of the template for an account."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.policies.findings import FunctionCall, Grant, refused, renamed, unused
from tests.policies.not_called import NOT_CALLED
from tests.policies.policies import Policies
from tests.policies.records import read_records
from tools.emulator.iam_calls import IamCall
from tools.emulator.synth import synthesized_template

_TESTS = Path(__file__).parents[1]
_RECORDING = ("browser", "integration", "policies")
"""The folders with all tests that record calls."""


def problems(folder: Path, config: pytest.Config, *, has_passed: bool) -> list[str]:
    """Return what is wrong, by the records in `folder`; permissions without need only after a run of all such tests."""
    policies = Policies.from_template(synthesized_template())
    calls = recorded_calls(folder, policies)
    found = [f"AWS would refuse this call of {call}" for call in refused(policies, calls)]
    if has_passed and _is_complete(config):
        found += without_need(unused(policies, calls))
    return found


def recorded_calls(folder: Path, policies: Policies) -> set[FunctionCall]:
    """Read all calls of functions."""
    found = set()
    for lines, names in read_records(folder):
        for line in lines:
            role, _, call = line.partition(" ")
            if function := policies.roles.get(names.get(role, "")):
                found.add(FunctionCall(function, renamed(IamCall.from_json(call), names)))
    return found


def without_need(grants: Iterable[Grant]) -> list[str]:
    """Compare the grants that no call used with those that have a reason."""
    names = [str(grant) for grant in grants]
    found = [
        f"No test uses this permission of {name}. Remove it, or add its reason to not_called.py"
        for name in names
        if not any(fnmatchcase(name, pattern) for pattern in NOT_CALLED)
    ]
    return found + [
        f"Every permission like {pattern} is used. Remove it from not_called.py"
        for pattern in NOT_CALLED
        if not any(fnmatchcase(name, pattern) for name in names)
    ]


def _is_complete(config: pytest.Config) -> bool:
    if config.option.keyword or config.option.markexpr or config.option.deselect or config.option.ignore:
        return False
    arguments = [Path(argument).resolve() for argument in config.args]
    return all(any(each in (_TESTS / name, *(_TESTS / name).parents) for each in arguments) for name in _RECORDING)
