"""`make verify` on the deployed stack: all of it holds, and what is broken on purpose is named."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.integration.access.test_permissions import without
from tools.stack.local_stack import LocalStack
from tools.verify.checks.settings import check_throttle
from tools.verify.command import SECTIONS, verify
from tools.verify.outcome import State
from tools.verify.record import Recorder
from tools.verify.verification import Verification


def verification(stack: LocalStack, recorder: Recorder | None = None) -> Verification:
    """Return a run on the stack of the tests."""
    recorder = recorder or Recorder()
    return Verification(stack.clients, stack.outputs, "local", stack.api_url, is_local=True, recorder=recorder)


def failed(stack: LocalStack, *sections: str) -> list[str]:
    """Run sections; return the statements that don't hold."""
    outcomes = verify(verification(stack), sections)
    # Other tests of this stack leave damaged tables on purpose.
    return [each.statement for each in outcomes if each.state is State.FAILS and "audit" not in each.statement]


@contextmanager
def with_more(stack: LocalStack) -> Iterator[None]:
    """Give the API's role a policy from elsewhere, by which it can delete versions of files."""
    iam, functions = stack.clients.other("iam"), stack.clients.other("lambda")
    role = functions.get_function_configuration(FunctionName=stack.outputs.api_function)["Role"].rpartition("/")[2]
    statement = {"Effect": "Allow", "Action": "s3:DeleteObjectVersion", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="more")


@contextmanager
def with_trigger_off(stack: LocalStack) -> Iterator[None]:
    """Disable the trigger of the ingest function."""
    functions = stack.clients.other("lambda")
    [mapping] = functions.list_event_source_mappings(FunctionName=stack.outputs.ingest_function)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


@contextmanager
def with_expiring_versions(stack: LocalStack) -> Iterator[None]:
    """Let a rule of the bucket delete old versions of all files."""
    s3, bucket = stack.clients.other("s3"), stack.outputs.bucket
    rule = {
        "ID": "cheaper",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": [rule]})
    try:
        yield
    finally:
        s3.delete_bucket_lifecycle(Bucket=bucket)  # the emulator's bucket has no other rule


@contextmanager
def with_deaf_bucket(stack: LocalStack) -> Iterator[None]:
    """Let the bucket notify of usage files only."""
    s3, bucket = stack.clients.s3(), stack.outputs.bucket
    told = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    fewer = [each for each in told if "uploads/" in str(each)]
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": fewer})
    try:
        yield
    finally:
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"QueueConfigurations": told})


@contextmanager
def with_short_visibility(stack: LocalStack) -> Iterator[None]:
    """Let the dead-letter queue show its messages again while they are being processed."""
    sqs, url = stack.clients.sqs(), stack.outputs.dead_letter_queue_url
    kept = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30"})
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": kept["VisibilityTimeout"]})


@contextmanager
def with_strange_page(stack: LocalStack) -> Iterator[None]:
    """Let no page post files to the bucket."""
    s3, bucket = stack.clients.other("s3"), stack.outputs.bucket
    kept = s3.get_bucket_cors(Bucket=bucket)["CORSRules"]
    rule = {**kept[0], "AllowedOrigins": ["https://elsewhere.example"]}
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})
    try:
        yield
    finally:
        s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": kept})


Break = Callable[[LocalStack], AbstractContextManager[None]]
BREAKS: dict[str, tuple[Break, str, tuple[str, ...]]] = {
    "a permission is missing": (
        lambda stack: without(stack, "dynamodb:BatchWriteItem"),
        "permissions",
        ("ingest is allowed all that the template grants",),
    ),
    "a permission is added": (
        with_more,
        "permissions",
        (
            "the role of api has no policy from elsewhere",
            "api can't delete files, versions or tables, create API keys, or change its own rights",
        ),
    ),
    "the trigger is disabled": (with_trigger_off, "settings", ("the trigger IngestFromQueue",)),
    "versions expire": (
        with_expiring_versions,
        "settings",
        ("no lifecycle rule deletes usage files or their versions",),
    ),
    "the bucket doesn't notify": (
        with_deaf_bucket,
        "settings",
        ("the bucket notifies the queue of every input prefix",),
    ),
    "messages show too early": (with_short_visibility, "settings", ("VisibilityTimeout of",)),
    "the page can't post": (with_strange_page, "files", ("a browser can post a file with the API's form",)),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_is_broken_is_named(stack: LocalStack, name: str) -> None:
    """Each break fails its own check, and no other of its section."""
    break_it, section, statements = BREAKS[name]
    with break_it(stack):
        found = failed(stack, section)
    assert len(statements) == len(found)
    assert [one for one, expected in zip(found, statements, strict=True) if not one.startswith(expected)] == []


def test_a_throttle_that_somebody_changed_is_named(stack: LocalStack) -> None:
    """The emulator keeps what the API is told, but not what the template says: the test sets that first."""
    run = Verification(stack.clients, stack.outputs, "local", stack.api_url, is_local=False)
    [stage] = run.deployed.of_type("AWS::ApiGatewayV2::Stage")
    gateway, place = run.client("apigatewayv2"), {"ApiId": stack.outputs.api_id, "StageName": "$default"}
    default, routes = (stage.properties[name] for name in ("DefaultRouteSettings", "RouteSettings"))
    slow = {"ThrottlingRateLimit": 5, "ThrottlingBurstLimit": 10}
    states = []
    for changed in ({}, {"DefaultRouteSettings": slow}, {"RouteSettings": {**routes, "ANY /": slow}}):
        gateway.update_stage(**place, **{"DefaultRouteSettings": default, "RouteSettings": routes, **changed})
        states += [each.state for each in check_throttle(run)]
    assert [State.HOLDS, State.FAILS, State.FAILS] == states


def test_recorded_answers_hold_no_secret(stack: LocalStack, tmp_path: Path) -> None:
    """Of each section there are answers, and neither keys nor signatures are in them."""
    run = verification(stack, Recorder(tmp_path / "answers.jsonl"))
    sections = ("settings", "gateway", "usage")
    verify(run, sections)
    text = (tmp_path / "answers.jsonl").read_text(encoding="utf-8")
    answers = [json.loads(line) for line in text.splitlines()]
    assert set(sections) <= {answer["check"] for answer in answers}
    assert {"body", "check", "headers", "status"} == set.intersection(*(set(answer) for answer in answers))
    for secret in (run.api.key, str(stack.clients.secret_access_key), "000000000000"):
        assert secret not in text


def test_a_recorded_answer_is_one_line_whatever_is_in_it(tmp_path: Path) -> None:
    """Compressed bodies have any characters."""
    recorder = Recorder(tmp_path / "answers.jsonl")
    body = "ü\n\r\x0b\x0c\x1c\x85\u2028\u2029"
    recorder.record_http("GET", "/", 200, {}, body.encode())
    recorder.write()
    [line] = (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert body == json.loads(line)["body"]


def test_every_section_has_a_check_that_can_fail(stack: LocalStack) -> None:
    """With the API's function gone, each section that needs it says so, and the run goes on to its end."""
    run = verification(stack)
    run.api_url = f"{stack.endpoint_url}/_aws/execute-api/nothing/$default"
    sections = [name for name in SECTIONS if name not in {"settings", "permissions", "idle"}]
    outcomes = verify(run, sections)
    assert sum(each.state is State.FAILS for each in outcomes) >= len(sections)
