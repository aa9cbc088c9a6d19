"""A partner with AWS credentials of its own: its folder, its errors, and not one thing beside them."""

import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3
from boto3.s3.transfer import TransferConfig
from botocore.awsrequest import AWSPreparedRequest
from botocore.exceptions import ClientError

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Counts
from tests.support.integration.dropping import Dropping
from tools.emulator.synth import LOCAL_PARTNER, LOCAL_STAGE
from tools.stack.clients import Clients
from tools.stack.local_stack import LocalStack
from tools.stack.outputs import stack_name

GOOD = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n2024-09-25,cpu_usage,cus_QMJJtcu70R1x46,1\n"
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


def put(s3: Any, bucket: str, key: str, body: bytes) -> None:
    """Put a file in one call."""
    s3.put_object(Bucket=bucket, Key=key, Body=body)


def put_in_parts(s3: Any, bucket: str, key: str, body: bytes) -> None:
    """Put a file as boto3's transfers put a large one: as a multipart upload, here with one part."""
    s3.upload_fileobj(io.BytesIO(body), bucket, key, Config=TransferConfig(multipart_threshold=1))


def put_by_form(s3: Any, bucket: str, key: str, body: bytes) -> None:
    """Put a file by a presigned form."""
    form = s3.generate_presigned_post(Bucket=bucket, Key=key)
    answer = urllib3.request("POST", form["url"], fields=[*form["fields"].items(), ("file", ("a.csv", body))])
    assert answer.status == 204, answer.data


def put_by_url(s3: Any, bucket: str, key: str, body: bytes) -> None:
    """Put a file by a presigned URL."""
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": key})
    assert urllib3.request("PUT", url, body=body).status == 200


def as_over_tls(s3: Any) -> set[object]:
    """Have a client write bodies as it does over TLS: in chunks, with a checksum at the end; give how it signs them."""
    signed = set[object]()

    def move_checksum(params: dict[str, Any], **_: object) -> None:
        if checksum := params["context"].get("checksum", {}).get("request_algorithm"):
            checksum["in"] = "trailer"

    def note(request: AWSPreparedRequest, **_: object) -> None:
        signed.add(request.headers["X-Amz-Content-SHA256"])

    s3.meta.events.register("before-call.s3", move_checksum)
    s3.meta.events.register("before-send.s3", note)
    return signed


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "as over TLS"])
@pytest.mark.parametrize("way", [put, put_in_parts, put_by_form, put_by_url])
def test_every_way_to_put_a_file(
    stack: LocalStack, partner: Clients, way: Callable[[Any, str, str, bytes], None], *, tls: bool
) -> None:
    """The file arrives as it was sent, and its rows count once. The emulator verifies signatures and checksums."""
    s3, name = partner.s3(), f"{way.__name__}-{tls}"
    signed = as_over_tls(s3) if tls else set()
    key = f"uploads/{LOCAL_PARTNER}/{name}.csv"
    way(s3, stack.outputs.bucket, key, GOOD + b"x" * 20_000 + name.encode() + b"\n")
    version = stack.clients.s3().head_object(Bucket=stack.outputs.bucket, Key=key)["VersionId"]
    dropping = Dropping(stack)
    upload = dropping.final(dropping.version(key, version))
    assert (Status.SUCCEEDED_WITH_ERRORS, Counts(2, 1, 0, 1)) == (upload.status, upload.counts)
    assert 1 == dropping.events_of(upload)
    assert (b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" in signed) == (tls and way in {put, put_in_parts})


@pytest.mark.parametrize("form", [{"ServerSideEncryption": "aws:kms"}, {"ServerSideEncryption": "aws:kms:dsse"}])
def test_a_key_that_the_functions_may_not_use_is_refused(
    stack: LocalStack, partner: Clients, form: dict[str, Any]
) -> None:
    """Before the file is stored. The emulator knows no condition key for storage classes and keys of the client."""
    key = f"uploads/{LOCAL_PARTNER}/encrypted.csv"
    with pytest.raises(ClientError) as refused:
        partner.s3().put_object(Bucket=stack.outputs.bucket, Key=key, Body=GOOD, **form)
    assert "AccessDenied" == refused.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("tls", "code"), [(False, "SignatureDoesNotMatch"), (True, "BadDigest")], ids=["plain", "as over TLS"]
)
def test_a_body_that_changes_on_its_way_is_refused(
    stack: LocalStack, partner: Clients, code: str, *, tls: bool
) -> None:
    """Otherwise the test before would show nothing of signatures and checksums."""
    s3 = partner.s3()
    if tls:
        as_over_tls(s3)

    def change(request: AWSPreparedRequest, **_: object) -> None:
        body: Any = request.body
        request.body = (body if isinstance(body, bytes) else body.read()).replace(b"cpu_usage", b"cpu_waste")

    s3.meta.events.register("before-send.s3", change)
    with pytest.raises(ClientError) as refused:
        put(s3, stack.outputs.bucket, f"uploads/{LOCAL_PARTNER}/changed-{tls}.csv", GOOD)
    assert code == refused.value.response["Error"]["Code"]


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
