"""The queue, its dead letters, and how the ingest function is fed from it."""

import pytest
from aws_cdk.assertions import Template

from meterdrop.pipeline.attempt import MOVED_AFTER
from tests.infra.conftest import Synthesize
from tests.infra.test_permissions import dead_letters, queue
from tests.support.template import Resource, function, resources, text

DAY = 24 * 60 * 60
TAGS = [{"Key": "meterdrop:stack", "Value": "meterdrop-prod"}]


def policy(template: Template, of: str) -> list[Resource]:
    """Give the statements of a queue's policy."""
    (found,) = [
        one["Properties"]["PolicyDocument"]["Statement"]
        for one in resources(template, "AWS::SQS::QueuePolicy").values()
        if text(one["Properties"]["Queues"][0]) == of
    ]
    statements: list[Resource] = found
    return statements


def refusal_of_http(of: str) -> Resource:
    """Say the statement that makes a queue TLS-only."""
    return {
        "Effect": "Deny",
        "Action": "sqs:*",
        "Principal": {"AWS": "*"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        "Resource": {"Fn::GetAtt": [of, "Arn"]},
    }


def test_a_message_is_hidden_while_its_function_cannot_start(template: Template) -> None:
    """The function's timeout and a quarter of an hour in all; an attempt that starts sets a time of its own."""
    found = resources(template, "AWS::SQS::Queue")
    assert function(template, "ingest")["Timeout"] == 600
    assert found[queue(template)]["Properties"] == {
        "VisibilityTimeout": 900,
        "MessageRetentionPeriod": 4 * DAY,
        "SqsManagedSseEnabled": True,
        "RedrivePolicy": {
            "deadLetterTargetArn": {"Fn::GetAtt": [dead_letters(template), "Arn"]},
            "maxReceiveCount": MOVED_AFTER,
        },
        "Tags": TAGS,
    }


def test_dead_letters_stay_as_long_as_sqs_keeps_anything(template: Template) -> None:
    """Fourteen days, however often they are received: there is no further queue that would take them away."""
    assert resources(template, "AWS::SQS::Queue")[dead_letters(template)]["Properties"] == {
        "VisibilityTimeout": 900,
        "MessageRetentionPeriod": 14 * DAY,
        "SqsManagedSseEnabled": True,
        "Tags": TAGS,
    }


def test_queues_refuse_plain_http(template: Template) -> None:
    """Both are TLS-only, and beyond that only S3, for the bucket of this stack, may send to the one."""
    main, dead = queue(template), dead_letters(template)
    assert policy(template, dead) == [refusal_of_http(dead)]
    assert policy(template, main) == [
        refusal_of_http(main),
        {
            "Effect": "Allow",
            "Action": "sqs:SendMessage",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Condition": {
                "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
                "ArnLike": {
                    "aws:SourceArn": {
                        "Fn::Join": [
                            "",
                            ["arn:", {"Ref": "AWS::Partition"}, ":s3:::meterdrop-prod-uploadbucket-*"],
                        ]
                    }
                },
            },
            "Resource": {"Fn::GetAtt": [main, "Arn"]},
        },
    ]


def mapping_from(template: Template, of: str) -> Resource:
    """Give the properties of the mapping that feeds a function from a queue."""
    (found,) = [
        one["Properties"]
        for one in resources(template, "AWS::Lambda::EventSourceMapping").values()
        if text(one["Properties"]["EventSourceArn"]) == of
    ]
    mapping: Resource = found
    return mapping


def test_one_message_is_one_invocation(template: Template) -> None:
    """Batches of one, failed ones reported one by one, and a limit on how many run at once."""
    mappings = mapping_from(template, queue(template)), mapping_from(template, dead_letters(template))
    assert len(mappings) == len(resources(template, "AWS::Lambda::EventSourceMapping"))
    for mapping, name, at_once in zip(mappings, ("Ingest", "Recover"), (10, 2), strict=True):
        assert text(mapping["FunctionName"]).startswith(name)
        assert {key: value for key, value in mapping.items() if key not in ("FunctionName", "EventSourceArn")} == {
            "BatchSize": 1,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": at_once},
        }


@pytest.mark.parametrize("concurrency", [2, "1000"])
def test_concurrency_is_the_owners_choice(synthesize: Synthesize, concurrency: object) -> None:
    """`ingestMaxConcurrency` limits the mapping."""
    changed = synthesize(ingestMaxConcurrency=concurrency)
    mapping = mapping_from(changed, queue(changed))
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": int(str(concurrency))}


def test_dead_letters_are_kept_as_the_data_is(template: Template, local_template: Template) -> None:
    """They name uploads that nobody has handled yet."""
    kept = [
        resources(one, "AWS::SQS::Queue")[dead_letters(one)]["DeletionPolicy"] for one in (template, local_template)
    ]
    assert kept == ["RetainExceptOnCreate", "Delete"]
