"""The roles of the deployed stack are enforced, and what they refuse is not lost."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Counts
from tests.support.integration.dropping import PATIENCE, Dropping
from tools.stack.local_stack import LocalStack

BODY = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n2024-09-25,cpu_usage,cus_QMJJtcu70R1x46,8642\n"


@pytest.mark.parametrize("action", ["s3:PutObject", "dynamodb:BatchWriteItem"])
def test_role_without_a_permission_fails_until_it_is_back(stack: LocalStack, action: str) -> None:
    """Without one of its permissions ingest cannot finish a file, and finishes it by itself once it has it back."""
    dropping = Dropping(stack)
    body = BODY + b"bad,row\n" + action.encode() + b",names,this,file\n"
    with without(stack, action):
        version = dropping.put(f"uploads/denied/{action.partition(':')[2]}.csv", body)
        wait_for_refusal(stack, action)
        refused = dropping.upload(version)
    finished = dropping.final(version)

    assert refused is not None
    assert Status.PROCESSING == refused.status
    assert (Status.SUCCEEDED_WITH_ERRORS, Counts(3, 1, 0, 2)) == (finished.status, finished.counts)
    assert 1 == dropping.events_of(finished)


@contextmanager
def without(stack: LocalStack, action: str) -> Iterator[None]:
    """Take an action from the role of the ingest function for a while."""
    iam, functions = stack.clients.other("iam"), stack.clients.other("lambda")
    role = functions.get_function_configuration(FunctionName=stack.outputs.ingest_function)["Role"].rpartition("/")[2]
    policies = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    assert action in json.dumps(policies)
    for name, document in policies.items():
        statements = [
            {**statement, "Action": actions}
            for statement in document["Statement"]
            if (actions := [one for one in _list(statement["Action"]) if one != action])
        ]
        _put(iam, role, name, {**document, "Statement": statements})
    try:
        yield
    finally:
        for name, document in policies.items():
            _put(iam, role, name, document)


def _put(iam, role: str, name: str, document: object) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 (a boto3 client)
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def _list(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions


def wait_for_refusal(stack: LocalStack, action: str) -> None:
    """Wait until the function has logged that AWS refused a call for this action."""
    operation = action.partition(":")[2]
    gives_up = time.monotonic() + PATIENCE
    while time.monotonic() < gives_up:
        stack.save_function_logs()
        lines = stack.function_logs.read_text().splitlines()
        if any("AccessDenied" in line and f'"operation":"{operation}"' in line for line in lines):
            return
        time.sleep(0.5)
    raise AssertionError(f"no AccessDenied for {operation} in the function's log after {PATIENCE} s")
