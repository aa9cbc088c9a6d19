"""What strangers may not send to the deployed stack: notifications of other buckets, and requests of web pages."""

import json
from fnmatch import fnmatchcase

import pytest
import urllib3

from tools.stack.local_stack import LocalStack


def test_the_queue_takes_notifications_of_this_bucket(stack: LocalStack) -> None:
    """The policy names the bucket by a pattern, which the generated name fits and those of other buckets don't."""
    attributes = stack.clients.sqs().get_queue_attributes(QueueUrl=stack.outputs.queue_url, AttributeNames=["Policy"])
    (pattern,) = (
        statement["Condition"]["ArnLike"]["aws:SourceArn"]
        for statement in json.loads(attributes["Attributes"]["Policy"])["Statement"]
        if statement["Effect"] == "Allow"
    )
    bucket = stack.outputs.bucket
    assert fnmatchcase(f"arn:aws:s3:::{bucket}", pattern)
    for other in ("some-other-bucket", f"x-{bucket}", bucket.replace("uploadbucket", "bucket")):
        assert not fnmatchcase(f"arn:aws:s3:::{other}", pattern)


@pytest.mark.parametrize(
    ("headers", "status"), [({}, 200), ({"Origin": "https://evil.example"}, 403), ({"Host": "evil.example"}, 403)]
)
def test_a_web_page_does_not_control_the_emulator(stack: LocalStack, headers: dict[str, str], status: int) -> None:
    """A request that changes nothing: one to delete everything goes the same way."""
    url = f"{stack.endpoint_url}/_ministack/config"
    assert urllib3.request("POST", url, json={}, headers=headers, retries=False).status == status
