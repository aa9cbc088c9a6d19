"""What is sent to S3 for an error file: one request with its checksum, however large a part is."""

import base64
import zlib
from typing import Any

import pytest
from botocore.exceptions import FlexibleChecksumError

from meterdrop import settings
from meterdrop.adapters.aws.s3_objects import ObjectStore
from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.uploads.error_parts import LIMITS
from meterdrop.domain.uploads.objects import ObjectVersion
from tests.support.aws.account import Account, CarryOut
from tests.support.aws.functions import deployed
from tests.support.aws.messages import AwsResponse, Call

KEY = "errors/a.csv/upl_x.csv"


def test_the_largest_part_is_one_request() -> None:
    """No upload in parts, whose checksums have rules of their own. S3 refuses bytes that were damaged."""
    sent: list[Call] = []

    def note(call: Call, carry_out: CarryOut) -> AwsResponse:
        sent.append(call)
        return carry_out(call)

    assert LIMITS.part <= SIZE_LIMIT
    data = b"x" * SIZE_LIMIT
    account = Account()
    with deployed(account) as functions, account.disturbed(note):
        sent.clear()
        ObjectStore(settings.s3(), functions.stack.bucket).write_error_file(KEY, data)
    [call] = sent
    checksum = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    assert (call.operation, len(call.request.body)) == ("PutObject", SIZE_LIMIT)
    assert call.request.headers["x-amz-checksum-crc32"] == checksum


def test_damaged_bytes_are_not_read() -> None:
    """What S3 says of a file's checksum is compared with what arrived."""

    def damage(call: Call, carry_out: CarryOut) -> AwsResponse:
        answer = carry_out(call)
        if call.operation != "GetObject":
            return answer
        assert call.request.headers["x-amz-checksum-mode"] == "ENABLED"
        headers = {**answer.headers, "x-amz-checksum-crc32": base64.b64encode(bytes(4)).decode()}
        return AwsResponse(answer.status, headers, answer.body)

    account = Account()
    with deployed(account) as functions, account.disturbed(damage):
        bucket = functions.stack.bucket
        version = functions.store(bucket, "uploads/a.csv", b"usage", {})
        with pytest.raises(FlexibleChecksumError):
            ObjectStore(settings.s3(), bucket).read(ObjectVersion(bucket, "uploads/a.csv", version))


def test_no_environment_variable_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration names it."""
    for name in ("AWS_REQUEST_CHECKSUM_CALCULATION", "AWS_RESPONSE_CHECKSUM_VALIDATION"):
        monkeypatch.setenv(name, "when_required")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    config: Any = settings.s3.__wrapped__().meta.config
    assert config.request_checksum_calculation == config.response_checksum_validation == "when_supported"
