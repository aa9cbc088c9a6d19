"""E-mail about uploads: only where the settings name an address, and readable whatever a file quotes."""

import json
import re
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from aws_cdk.assertions import Template

from meterdrop.adapters.aws.eventbridge import SOURCE
from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.status_event import status_event
from meterdrop.domain.uploads.upload import ErrorFile, Failure
from tests.infra.conftest import Synthesize
from tests.support.case_file import read_case
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.world import World
from tests.support.template import Resource, properties, resources, statements, text, texts
from tests.unit.adapters.test_uploads import FAILED, FULL
from tests.unit.domain.test_cases import CASES

ADDRESS = "billing@example.com"


@pytest.fixture(scope="module")
def notifying(synthesize: Synthesize) -> Template:
    """Give the stack of an owner who wants e-mail."""
    return synthesize(notifyEmail=ADDRESS)


def notifying_rules(template: Template) -> dict[str, Resource]:
    """Give the rules that wait for events; another starts the sweep."""
    found = resources(template, "AWS::Events::Rule")
    return {name: rule for name, rule in found.items() if "EventPattern" in rule["Properties"]}


@pytest.fixture(scope="module")
def rules(notifying: Template) -> dict[str, dict[str, Any]]:
    """Give the rules, by the one type of event that each takes."""
    found = [rule["Properties"] for rule in notifying_rules(notifying).values()]
    return {rule["EventPattern"]["detail-type"][0]: rule for rule in found}


def test_nobody_is_written_to_by_default(template: Template) -> None:
    """Who sets no address gets no topic."""
    assert {} == resources(template, "AWS::SNS::Topic")
    assert {} == resources(template, "AWS::SNS::Subscription")
    assert {} == notifying_rules(template)


def test_the_address_is_subscribed(notifying: Template) -> None:
    """To the one topic, as e-mail."""
    subscription = properties(notifying, "AWS::SNS::Subscription")
    (topic,) = resources(notifying, "AWS::SNS::Topic")
    assert ("email", ADDRESS, topic) == (
        subscription["Protocol"],
        subscription["Endpoint"],
        text(subscription["TopicArn"]),
    )


def test_two_kinds_of_upload_are_written_about(notifying: Template, rules: dict[str, dict[str, Any]]) -> None:
    """Refused files and files with refused rows, both to the topic."""
    (topic,) = resources(notifying, "AWS::SNS::Topic")
    assert {"upload.failed", "upload.succeeded_with_errors"} == set(rules)
    for type_, rule in rules.items():
        assert {"source": [SOURCE], "detail-type": [type_]} == rule["EventPattern"]
        assert [topic] == [text(target["Arn"]) for target in rule["Targets"]]


def test_only_these_rules_may_publish(notifying: Template) -> None:
    """Nobody else's rule writes to the owner, and nothing goes in the clear."""
    allowing = [
        one for one in statements(notifying) if "sns:Publish" in texts(one["Action"]) and one["Effect"] == "Allow"
    ]
    (publish,) = allowing
    assert {"Service": "events.amazonaws.com"} == publish["Principal"]
    assert sorted(notifying_rules(notifying)) == sorted(texts(publish["Condition"]["ArnEquals"]["aws:SourceArn"]))
    denying = [one for one in statements(notifying) if "sns:Publish" in texts(one["Action"]) and one not in allowing]
    assert [{"Bool": {"aws:SecureTransport": "false"}}] == [one["Condition"] for one in denying]


def written(rule: dict[str, Any], detail: dict[str, Any]) -> dict[str, Any]:
    """Do what EventBridge does: put the JSON of each value in the place of its name, and nothing where there is none.

    What is then no JSON it does not deliver.
    """
    transformer = rule["Targets"][0]["InputTransformer"]
    template, paths = transformer["InputTemplate"], transformer["InputPathsMap"]
    assert 8_192 >= len(template)
    assert set(re.findall(r"<(\w+)>", template)) == set(paths)

    def value(match: re.Match[str]) -> str:
        found: Any = {"detail": detail}
        for step in paths[match[1]].removeprefix("$.").split("."):
            if not isinstance(found, dict) or found.get(step) is None:
                return ""
            found = found[step]
        return json.dumps(found)

    result: dict[str, Any] = json.loads(re.sub(r"<(\w+)>", value, template))
    return result


def test_what_is_written_about_refused_rows(rules: dict[str, dict[str, Any]]) -> None:
    """File, status, counts and where the errors are."""
    assert {
        "status": "succeeded_with_errors",
        "file": "2024-09.csv",
        "key": "uploads/acme/2024-09.csv",
        "rows": 4,
        "counted": 1,
        "duplicates": 1,
        "refused": 2,
        "errors": "errors/acme/2024-09.csv/x.csv",
        "upload": FULL.id,
    } == written(rules["upload.succeeded_with_errors"], json.loads(status_event(FULL).detail))


def test_what_is_written_about_a_refused_file(rules: dict[str, dict[str, Any]]) -> None:
    """Why, quotes and all."""
    failure = Failure(FileCode.MALFORMED, 'Line 3: a quote (") after "a\\b"')
    detail = json.loads(status_event(replace(FULL, status=FAILED.status, failure=failure)).detail)
    assert {
        "status": "failed",
        "file": "2024-09.csv",
        "key": "uploads/acme/2024-09.csv",
        "reason": 'Line 3: a quote (") after "a\\b"',
        "errors": "errors/acme/2024-09.csv/x.csv",
        "upload": FULL.id,
    } == written(rules["upload.failed"], detail)


@pytest.mark.parametrize("status", [Status.FAILED, Status.SUCCEEDED_WITH_ERRORS])
def test_nothing_that_a_sender_chose_is_a_link(rules: dict[str, dict[str, Any]], status: Status) -> None:
    """The name of the file, its key, that of its error file, and what the reason quotes."""
    key = f"uploads/acme/https://evil.example/{'a' * 900}/www.evil.example"
    failure = Failure(FileCode.UNKNOWN_COLUMNS, 'Unknown columns: "https://evil.example".')
    error_file = ErrorFile(f"errors/{key.partition('/')[2]}/x.csv", 1, ("v1",))
    changed = replace(FULL, status=status, key=key, failure=failure, error_file=error_file)
    email = json.dumps(written(rules[f"upload.{status}"], json.loads(status_event(changed).detail)))
    assert "evil[.]example" in email
    assert "evil.example" not in email
    assert "://" not in email
    assert len(email) < 700


def test_values_stand_alone(rules: dict[str, dict[str, Any]]) -> None:
    """A value inside a text of the template would be pasted as it is, and its quotes would end that text."""
    for rule in rules.values():
        template = rule["Targets"][0]["InputTransformer"]["InputTemplate"]
        values = [line.partition(": ")[2].rstrip(",") for line in template.splitlines()[1:-1]]
        assert [f"<{name}>" for name in rule["Targets"][0]["InputTransformer"]["InputPathsMap"]] == values


def test_an_email_about_every_file_can_be_written(rules: dict[str, dict[str, Any]]) -> None:
    """Whatever a file is refused for, whatever its cells and its name quote: all that an email shows is there."""
    seen = Counter[str]()
    for path in CASES:
        world, ids = World(), list[str]()
        for number, drop in enumerate(read_case(path).drops, 1):
            ids.append(ObjectVersion(BUCKET, drop.key, f"version-{number}").upload_id)
            event = status_event(world.ingest(drop.data(ids), drop.key, allow_duplicate=drop.allow_duplicate).upload)
            if event.type in rules:
                email = written(rules[event.type], json.loads(event.detail))
                assert (email["upload"], email["key"]) == (ids[-1], json.loads(event.detail)["email"]["key"])
                assert email["errors"].startswith("errors/")
                seen[event.type] += 1
    assert min(seen[type_] for type_ in rules) > 20


def test_an_event_without_what_is_shown_has_no_email(rules: dict[str, dict[str, Any]]) -> None:
    """That is why the test before looks at every file: EventBridge drops such an event, and an alarm starts."""
    detail = json.loads(status_event(replace(FULL, status=FAILED.status, failure=None)).detail)
    with pytest.raises(json.JSONDecodeError):
        written(rules["upload.failed"], detail)
