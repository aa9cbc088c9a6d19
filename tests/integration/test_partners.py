"""A partner with AWS credentials of its own: its folder, its errors, and not one thing beside them."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from meterdrop.domain.codes import Status
from tests.support.integration.dropping import Dropping
from tools.emulator.synth import LOCAL_PARTNER, LOCAL_STAGE
from tools.stack.clients import Clients
from tools.stack.local_stack import LocalStack
from tools.stack.outputs import stack_name

BODY = b"timestamp,event_name,payload_stripe_customer_id,payload_value\nbad,of_a_partner,nobody,1\n"


@pytest.fixture(scope="module")
def partner(stack: LocalStack) -> Iterator[Clients]:
    """Make a user that has the partner's policy and nothing else; give clients with its access key."""
    iam, user = stack.clients.other("iam"), "a-partner"
    name = f"{stack_name(LOCAL_STAGE)}-partner-{LOCAL_PARTNER}-{stack.region}"
    (policy,) = [one["Arn"] for one in iam.list_policies(Scope="Local")["Policies"] if one["PolicyName"] == name]
    iam.create_user(UserName=user)
    iam.attach_user_policy(UserName=user, PolicyArn=policy)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    yield Clients(stack.region, stack.endpoint_url, key["AccessKeyId"], key["SecretAccessKey"])
    iam.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
    iam.detach_user_policy(UserName=user, PolicyArn=policy)
    iam.delete_user(UserName=user)


def test_a_partner_drops_a_file_and_reads_its_errors(stack: LocalStack, partner: Clients) -> None:
    """Put, list below its own errors, read what is listed: all that it takes to learn what became of a file."""
    s3, bucket, key = partner.s3(), stack.outputs.bucket, f"uploads/{LOCAL_PARTNER}/from-a-partner.csv"
    version = s3.put_object(Bucket=bucket, Key=key, Body=BODY)["VersionId"]
    dropping = Dropping(stack)
    upload = dropping.final(dropping.version(key, version))
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"errors/{LOCAL_PARTNER}/from-a-partner.csv/")
    (found,) = [each["Key"] for each in listed["Contents"]]
    lines = s3.get_object(Bucket=bucket, Key=found)["Body"].read().splitlines()
    assert upload.status is Status.SUCCEEDED_WITH_ERRORS
    assert (2, True) == (len(lines), lines[1].startswith(b"bad,of_a_partner,nobody,1"))


def test_a_partner_may_do_nothing_else(stack: LocalStack, partner: Clients) -> None:
    """Each of these is refused, with AWS's own words for it."""
    bucket, own = stack.outputs.bucket, f"uploads/{LOCAL_PARTNER}/a.csv"
    other, others_errors = "uploads/other/a.csv", "errors/other/a.csv/upl.csv"
    owner, s3 = stack.clients.s3(), partner.s3()
    version = owner.put_object(Bucket=bucket, Key=own, Body=BODY)["VersionId"]
    owner.put_object(Bucket=bucket, Key=others_errors, Body=b"")
    refused = {
        "put elsewhere": lambda: s3.put_object(Bucket=bucket, Key=other, Body=BODY),
        "put a name that begins alike": lambda: s3.put_object(
            Bucket=bucket, Key=f"uploads/{LOCAL_PARTNER}-2/a.csv", Body=BODY
        ),
        "register customers": lambda: s3.put_object(Bucket=bucket, Key=f"customers/{LOCAL_PARTNER}/a", Body=BODY),
        "write an error file": lambda: s3.put_object(Bucket=bucket, Key=f"errors/{LOCAL_PARTNER}/a", Body=BODY),
        "read what it dropped": lambda: s3.get_object(Bucket=bucket, Key=own),
        "read others' errors": lambda: s3.get_object(Bucket=bucket, Key=others_errors),
        "delete": lambda: s3.delete_object(Bucket=bucket, Key=own),
        "delete a version": lambda: s3.delete_object(Bucket=bucket, Key=own, VersionId=version),
        "list all": lambda: s3.list_objects_v2(Bucket=bucket),
        "list all errors": lambda: s3.list_objects_v2(Bucket=bucket, Prefix="errors/"),
        "list others' errors": lambda: s3.list_objects_v2(Bucket=bucket, Prefix="errors/other/"),
        "list dropped files": lambda: s3.list_objects_v2(Bucket=bucket, Prefix=f"uploads/{LOCAL_PARTNER}/"),
        "list versions": lambda: s3.list_object_versions(Bucket=bucket),
        "read a policy": lambda: s3.get_bucket_policy(Bucket=bucket),
        "read a table": lambda: partner.dynamodb().scan(TableName=stack.outputs.events_table),
        "send a notification": lambda: partner.sqs().send_message(QueueUrl=stack.outputs.queue_url, MessageBody="{}"),
        "make a key": lambda: partner.other("iam").create_access_key(UserName="a-partner"),
    }
    said = {}
    for what, call in refused.items():
        try:
            call()  # type: ignore[no-untyped-call]
            said[what] = "allowed"
        except ClientError as error:
            said[what] = error.response["Error"]["Code"].removesuffix("Exception")
    assert dict.fromkeys(refused, "AccessDenied") == said, json.dumps(said, indent=1)
