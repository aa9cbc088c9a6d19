"""Objects that S3 does not hand out: what lasts is told from what passes, by S3's own answers."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from meterdrop.adapters.aws.s3_objects import ObjectStore
from meterdrop.domain.uploads.objects import ObjectUnreadableError, ObjectVersion, Unreadable

BUCKET = "uploads"
VERSION = ObjectVersion(BUCKET, "uploads/a.csv", "v1")
NAMED = {"Bucket": BUCKET, "Key": VERSION.key, "VersionId": VERSION.version_id}
ROLE = "User: arn:aws:sts::111122223333:assumed-role/ingest/ingest is not authorized to perform:"
NO_KEY = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided"
LASTING = {
    ("InvalidObjectState", 403, "The operation is not valid for the object's storage class"): Unreadable.ARCHIVED,
    ("InvalidRequest", 400, f"{NO_KEY} to retrieve the object."): Unreadable.CUSTOMER_KEY,
    ("AccessDenied", 403, f"{ROLE} kms:Decrypt on this resource because no policy allows it"): Unreadable.KMS_KEY,
    (
        "AccessDenied",
        403,
        "The ciphertext refers to a customer master key that does not exist, or you are not allowed to access.",
    ): Unreadable.KMS_KEY,
    ("KMS.DisabledException", 400, "arn:aws:kms:…:key/1 is disabled."): Unreadable.KMS_KEY,
    ("KMS.NotFoundException", 400, "Key 'arn:aws:kms:…:key/1' does not exist"): Unreadable.KMS_KEY,
    ("KMS.KMSInvalidStateException", 400, "arn:aws:kms:…:key/1 is pending deletion."): Unreadable.KMS_KEY,
    ("KMS.InvalidKeyUsageException", 400, ""): Unreadable.KMS_KEY,
}
PASSING = [
    ("AccessDenied", 403, "Access Denied"),
    ("AccessDenied", 403, f"{ROLE} s3:GetObjectVersion on this resource because no policy allows it"),
    ("KMS.ThrottlingException", 400, "Rate exceeded"),
    ("KMS.KeyUnavailableException", 500, "try again"),
    ("KMS.DependencyTimeoutException", 503, "try again"),
    ("KMS.KMSInternalException", 500, "try again"),
    ("ExpiredToken", 400, "The provided token has expired."),
    ("RequestTimeout", 400, "Your socket connection to the server was not read from or written to in time."),
    ("InvalidRequest", 400, "Missing required header for this request"),
    ("SlowDown", 503, "Please reduce your request rate."),
    ("InternalError", 500, "We encountered an internal error."),
    ("", 403, ""),
]


@pytest.fixture
def stub() -> Iterator[tuple[ObjectStore, Stubber]]:
    """Make a store whose S3 answers as it is told, once for each answer."""
    client: Any = boto3.client(
        "s3", region_name="eu-central-1", aws_access_key_id="example", aws_secret_access_key="example"
    )
    with Stubber(client) as stubber:
        yield ObjectStore(client, BUCKET), stubber
        stubber.assert_no_pending_responses()


def refuse_get(stubber: Stubber, code: str, status: int, message: str, **more: str) -> None:
    """Let a GET be refused."""
    stubber.add_client_error("get_object", code, message, status, expected_params=NAMED | more)


def refuse_head(stubber: Stubber, status: int) -> None:
    """Let a HEAD be refused: it has no body, so its status is all that is told."""
    stubber.add_client_error("head_object", str(status), "", status, expected_params=NAMED)


@pytest.mark.parametrize(("answer", "reason"), LASTING.items(), ids=lambda value: str(value)[:40])
def test_what_lasts(stub: tuple[ObjectStore, Stubber], answer: tuple[str, int, str], reason: Unreadable) -> None:
    """The reason is told, by HEAD as well: a GET of one byte asks why."""
    store, stubber = stub
    refuse_get(stubber, *answer)
    with pytest.raises(ObjectUnreadableError) as caught:
        store.read(VERSION)
    assert caught.value.reason is reason
    refuse_head(stubber, 403 if answer[1] == 403 else 400)
    refuse_get(stubber, *answer, Range="bytes=0-0")
    with pytest.raises(ObjectUnreadableError) as caught:
        store.facts(VERSION)
    assert caught.value.reason is reason


@pytest.mark.parametrize("answer", PASSING, ids=str)
def test_what_passes(stub: tuple[ObjectStore, Stubber], answer: tuple[str, int, str]) -> None:
    """It is raised as it came, for the queue to try again and the alarm to tell of."""
    store, stubber = stub
    refuse_get(stubber, *answer)
    with pytest.raises(ClientError):
        store.read(VERSION)
    refuse_head(stubber, answer[1])
    if answer[1] < 500:
        refuse_get(stubber, *answer, Range="bytes=0-0")
    with pytest.raises(ClientError):
        store.facts(VERSION)


def test_a_head_that_is_refused_where_a_get_is_not(stub: tuple[ObjectStore, Stubber]) -> None:
    """It passed already, or soon will: the HEAD is made again later."""
    store, stubber = stub
    refuse_head(stubber, 400)
    stubber.add_client_error("get_object", "InvalidRange", "The requested range is not satisfiable", 416)
    with pytest.raises(ClientError):
        store.facts(VERSION)


@pytest.mark.parametrize(
    ("said", "is_archived"),
    [
        ({}, False),
        ({"StorageClass": "STANDARD_IA"}, False),
        ({"StorageClass": "GLACIER_IR"}, False),
        ({"StorageClass": "INTELLIGENT_TIERING"}, False),
        ({"StorageClass": "GLACIER"}, True),
        ({"StorageClass": "DEEP_ARCHIVE"}, True),
        ({"StorageClass": "GLACIER", "Restore": 'ongoing-request="true"'}, True),
        ({"StorageClass": "GLACIER", "Restore": 'ongoing-request="false", expiry-date="Fri, 21 Dec 2012"'}, False),
        ({"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "ARCHIVE_ACCESS"}, True),
        ({"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "DEEP_ARCHIVE_ACCESS"}, True),
    ],
)
def test_archived_objects(stub: tuple[ObjectStore, Stubber], said: dict[str, str], is_archived: bool) -> None:
    """A HEAD tells the storage class; one that was restored is read like any other."""
    store, stubber = stub
    answer = {"ContentLength": 5, "LastModified": datetime(2024, 9, 28, tzinfo=UTC), "Metadata": {}, **said}
    stubber.add_response("head_object", answer, NAMED)
    if not is_archived:
        assert store.facts(VERSION).size == 5
        return
    with pytest.raises(ObjectUnreadableError) as caught:
        store.facts(VERSION)
    assert caught.value.reason is Unreadable.ARCHIVED
