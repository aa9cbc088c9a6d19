"""Files dropped into the deployed stack: through S3, the queue and the function, under its own role."""

import csv
import io
import urllib.request
from decimal import Decimal
from pathlib import Path

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.uploads.upload import Counts
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
CUSTOMER = "cus_QMJJtcu70R1x46"


@pytest.fixture
def dropping(stack: LocalStack) -> Dropping:
    """Drop files into the deployed stack."""
    return Dropping(stack)


def test_documented_sample_is_counted(dropping: Dropping) -> None:
    """The three documented rows become three events, and their meters' usage is exactly theirs."""
    sample = Path(__file__).parents[2] / "data" / "documented-sample.csv"
    upload = dropping.drop("uploads/acme/2024-09.csv", sample.read_bytes())

    assert Status.SUCCEEDED == upload.status
    assert Counts(3, 3, 0, 0) == upload.counts
    assert [("ai_search_api", 2, "1000"), ("cpu_usage", 1, "600")] == [
        (total.event_name, total.event_count, total.value_sum) for total in upload.totals
    ]
    assert 3 == dropping.events_of(upload)
    assert (3, Decimal(1600)) == dropping.usage_of(upload)
    assert (1, Decimal(400)) == dropping.usage_of(upload, customer=CUSTOMER)


def test_error_file_comes_both_ways(dropping: Dropping) -> None:
    """The error file is in the bucket and behind the API, the same bytes."""
    body = HEADER + f"45559,ai_search_api,{CUSTOMER},1\n2024-09-25,ai_search_api,{CUSTOMER},both-ways\n"
    upload = dropping.drop("uploads/Errors & more+ü.CSV", body.encode())
    url = f"{dropping.stack.api_url}/v1/uploads/{upload.id}/error_file"
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {dropping.stack.read_key}"})
    with urllib.request.urlopen(request) as answer:
        by_api = answer.read()

    assert Status.SUCCEEDED_WITH_ERRORS == upload.status
    assert dropping.error_file(upload) == by_api
    assert ["timestamp_invalid", "meter_event_invalid_value"] == [row["error_code"] for row in _rows(by_api)]


@pytest.mark.parametrize(("surplus", "code"), [(0, None), (1, FileCode.TOO_LARGE)])
def test_limit_is_exact(dropping: Dropping, surplus: int, code: FileCode | None) -> None:
    """A file of 5,242,880 bytes is taken; one byte more is refused, in its status and in an error file."""
    names = [f"payload_note_{number}" for number in range(48)]
    row = f"2024-09-25,ai_search_api,{CUSTOMER},1" + 48 * f",{'x' * 99}" + "\n"
    text = HEADER.strip() + "," + ",".join(names) + "\n"
    text += row * ((SIZE_LIMIT - len(text)) // len(row))
    text += "\n" * (SIZE_LIMIT + surplus - len(text))

    upload = dropping.drop(f"uploads/limit-{surplus}.csv", text.encode())

    assert code == (upload.failure and upload.failure.code)
    assert SIZE_LIMIT + surplus == upload.size
    if code is None:
        assert text.count("ai_search") == upload.counts.success == dropping.events_of(upload)
    else:
        assert [code.value] == [line["error_code"] for line in _rows(dropping.error_file(upload))]


def test_deliveries_repeated_and_at_once_change_nothing(dropping: Dropping) -> None:
    """Deliveries beside the first, and three after it, leave one final status and each row counted once."""
    rows = "".join(f"2024-09-{day:02d},cpu_usage,{CUSTOMER},{day}.25\n" for day in range(1, 31))
    version = dropping.put("uploads/again-and-again.csv", (HEADER + rows * 40 + "no,row,at,all\n").encode())
    # One that comes while the first is at work is hidden until that one's lease ends, which this does not wait for.
    dropping.notify(version, 2)
    first = dropping.final(version)
    dropping.wait_for_queue(parked=2)
    at_once = dropping.upload(version)
    dropping.notify(version, 3)
    dropping.wait_for_queue(parked=2)

    assert Counts(1201, 1200, 0, 1) == first.counts
    assert first == at_once == dropping.upload(version)
    assert 1200 == dropping.events_of(first)
    assert (1200, Decimal("18900.00")) == dropping.usage_of(first)


def test_corrected_error_file_counts_each_row_once(dropping: Dropping) -> None:
    """The error file comes back the same if dropped as it is, and counts once if corrected, however often dropped."""
    body = HEADER.replace(",", ";") + f"24.09.2024;cpu_usage;{CUSTOMER};7\n2024-09-24;cpu_usage;{CUSTOMER};1,5\n"
    first = dropping.drop("uploads/round/way.csv", body.encode())
    errors = dropping.error_file(first).decode()
    again = dropping.drop("uploads/round/back.csv", errors.encode())
    corrected = errors.replace("24.09.2024", "2024-09-24").replace("1,5", "1.5").encode()
    fixed = [dropping.drop(f"uploads/round/fixed-{number}.csv", corrected) for number in range(2)]

    assert (
        HEADER.strip().replace(",", ";") + ";identifier;upload;row_number;error_code;error_field;error_message"
        == (errors.splitlines()[0])
    )
    assert (first.id, Counts(2, 0, 0, 2)) == (again.parent, again.counts)
    assert errors.replace(f";{first.id};", f";{again.id};") == dropping.error_file(again).decode()
    assert [Counts(2, 2, 0, 0), Counts(2, 0, 2, 0)] == [upload.counts for upload in fixed]
    assert (2, Decimal("8.5")) == dropping.usage_of(fixed[0])


def test_same_bytes_count_once_unless_allowed(dropping: Dropping) -> None:
    """The same bytes under another key are refused, naming the upload that has them, unless metadata lets them in."""
    body = (HEADER + f"2024-09-25,ai_search_api,{CUSTOMER},31337\n").encode()
    first = dropping.drop("uploads/same/1.csv", body)
    second = dropping.drop("uploads/same/2.csv", body)
    allowed = dropping.drop("uploads/same/3.csv", body, {"allow-duplicate": "true"})

    assert second.failure is not None
    assert FileCode.DUPLICATE == second.failure.code
    assert first.id in second.failure.message
    assert (Counts(1, 1, 0, 0), 1) == (allowed.counts, dropping.events_of(allowed))


def test_a_truncated_file_is_not_what_its_sender_declared(dropping: Dropping) -> None:
    """The totals are those of the object's own metadata; whole and truncated, in a dry run too."""
    row = f"2024-09-25,ai_search_api,{CUSTOMER},4141.5\n"
    totals = {"expect-rows": "2", "expect-sums": '{"ai_search_api": "8283.0"}'}
    cut = (HEADER + row + row[:-3]).encode()
    refused = [dropping.drop(f"{prefix}/cut/a.csv", cut, totals) for prefix in ("uploads", "validate")]
    whole = dropping.drop("uploads/cut/a.csv", (HEADER + row * 2).encode(), totals)

    for upload in refused:
        assert upload.failure is not None
        assert FileCode.CONTROL_MISMATCH == upload.failure.code
        assert "declared 8283, found 8282.5, difference -0.5" in upload.failure.message
        assert 0 == dropping.events_of(upload)
    assert (Counts(2, 2, 0, 0), 2) == (whole.counts, dropping.events_of(whole))
    assert whole.control is not None
    assert whole.control.matches


def test_dry_run_stores_no_event(dropping: Dropping) -> None:
    """Under validate/ a file gets its verdicts, its status and its error file, and counts nothing."""
    body = HEADER + f"2024-09-25,ai_search_api,{CUSTOMER},5\n2024-09-25,unheard_of,{CUSTOMER},5\n"
    upload = dropping.drop("validate/try.csv", body.encode())

    assert upload.dry_run
    assert (Status.SUCCEEDED_WITH_ERRORS, Counts(2, 1, 0, 1)) == (upload.status, upload.counts)
    assert ["no_meter"] == [row["error_code"] for row in _rows(dropping.error_file(upload))]
    assert (0, (0, Decimal(0))) == (dropping.events_of(upload), dropping.usage_of(upload))


def test_multipart_uploads_are_uploads_and_folders_are_not(dropping: Dropping) -> None:
    """A file that a client sends in parts is taken; the empty object that a console makes for a folder is not."""
    s3, bucket, key = dropping.stack.clients.s3(), dropping.stack.outputs.bucket, "uploads/parts/parts.csv"
    folder = dropping.put("uploads/parts/", b"")
    begun = s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]
    body = (HEADER + f"2024-09-25,ai_search_api,{CUSTOMER},77\n").encode()
    part = s3.upload_part(Bucket=bucket, Key=key, UploadId=begun, PartNumber=1, Body=body)
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    answer = s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=begun, MultipartUpload=parts)  # type: ignore[arg-type]
    upload = dropping.final(type(folder)(bucket, key, answer["VersionId"]))
    dropping.wait_for_queue(parked=2)

    assert Counts(1, 1, 0, 0) == upload.counts
    assert dropping.upload(folder) is None


def _rows(error_file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(error_file.decode("utf-8-sig"), newline="")))
