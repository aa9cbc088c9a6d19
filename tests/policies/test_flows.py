"""The calls of every flow of the fault matrix, by the policies for an account; and how an altered policy is found."""

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from meterdrop.domain.periods.period import BillingPeriod
from meterdrop.pipeline.statements.close import LISTED_AFTER_SECONDS
from tests.faults.faults import CallPosition, Fault
from tests.faults.flows import FLOWS
from tests.faults.matrix import matrix
from tests.policies import records
from tests.policies.findings import FunctionCall, refused, renamed, unused
from tests.policies.policies import Policies, partition_keys
from tests.support.aws import catalog
from tests.support.aws.messages import Call
from tests.support.aws.queues import Queues
from tests.support.aws.requests import post
from tools.emulator.iam_calls import Request, iam_calls
from tools.emulator.synth import synthesized_template

_SIGNED_AS = {"eventbridge": "events", "cloudwatch_logs": "logs"}


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """Give the template for an account."""
    return synthesized_template()


@pytest.fixture(scope="module")
def calls(template: dict[str, Any]) -> set[FunctionCall]:
    """Run every flow without a fault; give the calls of its functions."""
    found = set[FunctionCall]()
    keys = partition_keys(template)
    with matrix() as made:
        functions, logical_ids = made.queues.functions, made.queues.functions.stack.logical_ids

        def note(call: Call) -> None:
            url = urlsplit(call.request.url)
            request = Request(
                _SIGNED_AS.get(call.service, call.service),
                call.request.method,
                f"{url.path}?{url.query}",
                call.request.headers,
                call.request.body,
            )
            if functions.running:
                for each in iam_calls(request, lambda table, index: keys(logical_ids[table], index)):
                    found.add(FunctionCall(functions.running, renamed(each, logical_ids)))

        functions.account.notice = note
        for flow in FLOWS:
            made.undisturbed(flow)
        # Only a close that repeats a crashed one reads its statement again.
        made.run("close period", (Fault.KILLED_AFTER, CallPosition("PutObject statements", 1)))
        made.begin_anew()
        close_beside_an_upload(made.queues)
    record = records.new_record()
    record.write_text("".join(f"{function} {call.to_json()}\n" for function, call in found), encoding="utf-8")
    records.keep_names(record, {of: role for role, of in Policies.from_template(template).roles.items()})
    return found


def close_beside_an_upload(queues: Queues) -> None:
    """Close a period while an upload is on its way: only then, a close reads uploads."""
    FLOWS["sweep"].prepare(queues)
    period = BillingPeriod(id=f"bp_{'a' * 26}", start=1_726_790_400, end=1_727_308_860, created=1)
    catalog.put_period(queues.functions, period)
    post(queues.functions, f"/v1/billing_periods/{period.id}/close", {}, key="close")
    queues.functions.account.clock.now += LISTED_AFTER_SECONDS
    queues.deliver()


def test_aws_would_refuse_none(template: dict[str, Any], calls: set[FunctionCall]) -> None:
    """Every function makes calls, and may make each of them."""
    assert {function for function, _ in calls} == {"api", "ingest", "recover", "sweep"}
    assert [] == refused(Policies.from_template(template), calls)


def altered(template: dict[str, Any], role: str, change: Callable[[dict[str, Any]], None]) -> Policies:
    """Return the policies of a template with a change of each statement of a role (prefix of its logical ID)."""
    other = copy.deepcopy(template)
    for resource in other["Resources"].values():
        if resource["Type"] == "AWS::IAM::Policy" and resource["Properties"]["Roles"][0]["Ref"].startswith(role):
            for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
                change(statement)
    return Policies.from_template(other)


def test_a_missing_permission_is_named(template: dict[str, Any], calls: set[FunctionCall]) -> None:
    """Function, action, resource, and the leading keys of such a call."""

    def change(statement: dict[str, Any]) -> None:
        if isinstance(statement["Action"], list):
            statement["Action"] = [action for action in statement["Action"] if action != "dynamodb:PartiQLInsert"]

    events, customers = refused(altered(template, "IngestRole", change), calls)
    assert str(events).startswith("ingest: dynamodb:PartiQLInsert on arn:aws:dynamodb:::table/CatalogTable with")
    assert "customer#" in str(events)
    assert str(customers).startswith("ingest: dynamodb:PartiQLInsert on arn:aws:dynamodb:::table/EventsTable with")


def test_a_wrong_pattern_of_leading_keys_is_named(template: dict[str, Any], calls: set[FunctionCall]) -> None:
    """A typing error in the one condition that MiniStack doesn't evaluate."""

    def change(statement: dict[str, Any]) -> None:
        if keys := statement.get("Condition", {}).get("ForAllValues:StringLike"):
            patterns = keys["dynamodb:LeadingKeys"]
            keys["dynamodb:LeadingKeys"] = [pattern.replace("outbox", "outboxes") for pattern in patterns]

    [found] = refused(altered(template, "SweepRole", change), calls)
    assert str(found).startswith("sweep: dynamodb:DeleteItem on arn:aws:dynamodb:::table/UploadsTable with")
    assert "outbox#" in str(found)


def test_a_permission_without_need_is_named(template: dict[str, Any], calls: set[FunctionCall]) -> None:
    """It is the only difference."""

    def change(statement: dict[str, Any]) -> None:
        if "s3:ListBucketVersions" in statement["Action"]:
            statement["Action"].append("s3:DeleteObjectVersion")

    before = unused(Policies.from_template(template), calls)
    after = unused(altered(template, "SweepRole", change), calls)
    assert ["sweep: s3:DeleteObjectVersion on arn:aws:s3:::UploadBucket"] == [
        str(each) for each in set(after) - set(before)
    ]


def test_what_a_bucket_denies_is_named(template: dict[str, Any], calls: set[FunctionCall]) -> None:
    """A denial wins over what the role may do."""
    other = copy.deepcopy(template)
    [policy] = [each for each in other["Resources"].values() if each["Type"] == "AWS::S3::BucketPolicy"]
    for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
        statement["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    found = refused(Policies.from_template(other), calls)
    assert {"s3"} == {call.action.partition(":")[0] for _, call in found}
    assert {"api", "ingest", "recover", "sweep"} >= {function for function, _ in found} >= {"ingest", "sweep"}
