"""The contract of the bucket, in memory and on moto."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, IncompleteReadError
from botocore.response import StreamingBody

from meterdrop.adapters.aws.s3_objects import ObjectStore
from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectVersion
from meterdrop.pipeline.ports import Objects
from tests.support.fakes.bucket import FakeObjects, StoredObject
from tests.unit.adapters.conftest import BUCKET, Aws

KEY = "errors/a b+ü.csv/upl_x.csv"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, and what users and readers do with it."""

    objects: Objects
    drop: Callable[[str, bytes, dict[str, str]], ObjectVersion]
    delete: Callable[[ObjectVersion], None]
    error_file: Callable[[str], bytes | None]


@pytest.fixture(params=["in memory", "on moto"])
def bucket(request: pytest.FixtureRequest) -> Bucket:
    """Make the bucket."""
    return _in_memory() if request.param == "in memory" else _on_moto(request.getfixturevalue("aws"))


def _in_memory() -> Bucket:
    objects = FakeObjects()

    def drop(key: str, data: bytes, metadata: dict[str, str]) -> ObjectVersion:
        control = {name: value for name, value in metadata.items() if name.startswith("expect")}
        return objects.drop(key, StoredObject(data, metadata.get("allow-duplicate") == "true", 1_727_108_545, control))

    return Bucket(objects, drop, objects.delete, objects.error_file)


def _on_moto(aws: Aws) -> Bucket:
    def drop(key: str, data: bytes, metadata: dict[str, str]) -> ObjectVersion:
        answer = aws.s3.put_object(Bucket=BUCKET, Key=key, Body=data, Metadata=metadata)
        return ObjectVersion(BUCKET, key, answer["VersionId"])

    def delete(version: ObjectVersion) -> None:
        aws.s3.delete_object(Bucket=BUCKET, Key=version.key, VersionId=version.version_id)

    def error_file(key: str) -> bytes | None:
        try:
            return aws.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        except ClientError:
            return None

    return Bucket(ObjectStore(aws.s3, BUCKET), drop, delete, error_file)


def test_each_version_is_itself(bucket: Bucket) -> None:
    """A version is read as it was stored, whatever was stored over it."""
    first = bucket.drop("uploads/a b+ü.csv", b"one", {})
    second = bucket.drop("uploads/a b+ü.csv", b"second", {})
    objects = bucket.objects
    assert [objects.read(first).data, objects.read(second).data] == [b"one", b"second"]
    assert [objects.facts(first).size, objects.facts(second).size] == [3, 6]
    assert objects.facts(first).last_modified > 1_700_000_000


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({}, False),
        ({"allow-duplicate": "true"}, True),
        ({"allow-duplicate": "false"}, False),
        ({"other": "true"}, False),
    ],
)
def test_allow_duplicate(bucket: Bucket, metadata: dict[str, str], expected: bool) -> None:
    """The object's metadata lets in bytes that are counted already."""
    assert bucket.objects.read(bucket.drop("uploads/a", b"x", metadata)).allow_duplicate is expected


def test_control_totals_of_each_version(bucket: Bucket) -> None:
    """The declaration is that of the version, whatever the newest one declares; other metadata is none."""
    first = bucket.drop("uploads/a", b"x", {"expect-rows": "1", "allow-duplicate": "true", "sender": "acme"})
    second = bucket.drop("uploads/a", b"y", {"expect-sums": '{"a": "1"}'})
    third = bucket.drop("uploads/a", b"z", {"expect_row": "2"})
    assert [dict(bucket.objects.read(version).control) for version in (first, second, third)] == [
        {"expect-rows": "1"},
        {"expect-sums": '{"a": "1"}'},
        {"expect_row": "2"},
    ]


def test_a_version_that_is_gone(bucket: Bucket) -> None:
    """A deleted version is gone, and says so as nothing else does."""
    version = bucket.drop("uploads/a", b"x", {})
    bucket.delete(version)
    with pytest.raises(ObjectGoneError):
        bucket.objects.read(version)
    with pytest.raises(ObjectGoneError):
        bucket.objects.facts(version)


@pytest.mark.parametrize(("size", "expected"), [(0, 0), (SIZE_LIMIT, SIZE_LIMIT), (SIZE_LIMIT + 500, SIZE_LIMIT + 1)])
def test_never_more_than_one_byte_past_the_limit(bucket: Bucket, size: int, expected: int) -> None:
    """One byte past the limit tells that a file is too large; more is not read."""
    version = bucket.drop("uploads/a", b"x" * size, {})
    assert len(bucket.objects.read(version).data) == expected
    assert bucket.objects.facts(version).size == size


def test_a_body_that_breaks_off() -> None:
    """What came of it is not the file: it is read again, and no row of it is judged."""
    answer = {"Body": StreamingBody(io.BytesIO(b"half"), 8), "ContentLength": 8, "Metadata": {}}
    client = cast("Any", SimpleNamespace(get_object=lambda **_: answer))
    with pytest.raises(IncompleteReadError):
        ObjectStore(client, BUCKET).read(ObjectVersion(BUCKET, "uploads/a", "1"))


@pytest.mark.parametrize("size", [0, 5, SIZE_LIMIT])
def test_a_part_of_an_error_file(bucket: Bucket, size: int) -> None:
    """It arrives whole; writing again replaces what stood there."""
    first = bucket.objects.write_error_file(KEY, b"before")
    assert bucket.error_file(KEY) == b"before"
    assert bucket.objects.write_error_file(KEY, b"x" * size) != first
    assert bucket.error_file(KEY) == b"x" * size


def test_an_error_file_goes(bucket: Bucket) -> None:
    """A later run without errors removes it; where there is none nothing happens."""
    bucket.objects.delete_error_file(KEY)
    bucket.objects.write_error_file(KEY, b"x")
    bucket.objects.delete_error_file(KEY)
    assert bucket.error_file(KEY) is None


def test_what_s3_knows_of_an_error_file(aws: Aws) -> None:
    """Its VersionId is the one returned; browsers download it, as CSV, and do not show it."""
    version = ObjectStore(aws.s3, BUCKET).write_error_file(KEY, b"x")
    head = aws.s3.head_object(Bucket=BUCKET, Key=KEY)
    assert (head["VersionId"], head["ContentType"]) == (version, "text/csv; charset=utf-8")
    assert head["ContentDisposition"].startswith("attachment")


def test_a_bucket_that_refuses(aws: Aws) -> None:
    """Trouble of any other kind than a missing version is not taken for one."""
    version = ObjectVersion("another-bucket", "uploads/a", "v1")
    with pytest.raises(ClientError):
        ObjectStore(aws.s3, "another-bucket").read(version)


@pytest.mark.parametrize("code", ["403", "AccessDenied", "NoSuchBucket", "SlowDown", "500"])
def test_what_is_refused_is_not_gone(code: str) -> None:
    """A file counts as deleted only where S3 says so: anything else is trouble of ours, and passes."""

    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "as the test wants it"}}, "any")

    store = ObjectStore(cast("Any", SimpleNamespace(get_object=refuse, head_object=refuse)), BUCKET)
    for call in (store.read, store.facts):
        with pytest.raises(ClientError, match="as the test wants it"):
            call(ObjectVersion(BUCKET, "uploads/a", "1"))
