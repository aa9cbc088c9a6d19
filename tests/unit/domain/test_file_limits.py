"""How large a file may be, and files that are gone."""

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.files.decoding import SIZE_LIMIT
from meterdrop.domain.uploads.keys import error_file_key
from tests.support.fakes.recount import assert_sound, header_of
from tests.support.fakes.world import World

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
ROW = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400\n"


def of_size(size: int) -> bytes:
    """Make a file of ordinary rows and, at its end, as many blanks in a cell as are missing."""
    rows = HEADER + ROW * 500
    return rows + ROW.rstrip() + b" " * (size - len(rows) - len(ROW)) + b"\n"


def test_5_242_880_bytes_succeed() -> None:
    """The limit itself is accepted."""
    outcome = World().ingest(of_size(5_242_880))
    assert_sound(outcome)
    assert (outcome.upload.status, outcome.upload.counts.success) == (Status.SUCCEEDED, 501)
    assert outcome.upload.size == SIZE_LIMIT == 5_242_880


@pytest.mark.parametrize("size", [5_242_881, 6_000_000])
def test_more_fails(size: int) -> None:
    """One byte more is too large; the message says how large it is, and the file is not read."""
    world = World()
    outcome = world.ingest(of_size(size))
    assert_sound(outcome)
    assert outcome.upload.failure is not None
    assert outcome.upload.failure.code is FileCode.TOO_LARGE
    assert f"{size:,}" in outcome.upload.failure.message
    assert "objects.read" not in world.switch.calls


def test_many_rows_of_one_customer() -> None:
    """Batches go on many threads at once, and every row counts once."""
    outcome = World().ingest(HEADER + ROW * 3_000)
    assert_sound(outcome)
    assert outcome.upload.counts.success == 3_000
    assert [total.value_sum for total in outcome.upload.totals] == ["1200000"]


def test_file_deleted_before_it_was_read() -> None:
    """A version that is gone when its notification comes fails the upload, with an error file that says so."""
    world = World()
    version = world.drop(HEADER + ROW)
    world.objects.delete(version)
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert outcome.upload.failure is not None
    assert outcome.upload.failure.code is FileCode.NOT_FOUND
    assert header_of(outcome.error_file or b"") == [
        "upload",
        "row_number",
        "error_code",
        "error_field",
        "error_message",
    ]


def test_error_file_lies_under_the_key_below_its_prefix() -> None:
    """Its key is fixed by the upload, whatever the prefix, and however deep."""
    identity = "upl_" + "a" * 26
    assert error_file_key("uploads/acme/2024-09.csv", identity) == f"errors/acme/2024-09.csv/{identity}.csv"
    assert error_file_key("uploads/acme/2024-09.csv", identity, 2) == f"errors/acme/2024-09.csv/{identity}.2.csv"
    assert error_file_key("validate/x", identity) == f"errors/x/{identity}.csv"
    assert error_file_key("customers/a b/c", identity) == f"errors/a b/c/{identity}.csv"


def test_error_file_of_a_long_key() -> None:
    """Where the key would pass the 1,024 bytes that S3 takes, the upload's id alone makes it."""
    identity = "upl_" + "a" * 26
    longest = 1_024 - len(f"errors//{identity}.csv")
    assert len(error_file_key(f"uploads/{'k' * longest}", identity)) == 1_024
    assert error_file_key(f"uploads/{'k' * (longest + 1)}", identity) == f"errors/{identity}.csv"
    assert error_file_key(f"uploads/{'k' * longest}", identity, 2) == f"errors/{identity}.2.csv"
    assert error_file_key(f"uploads/{'ü' * (longest // 2 + 1)}", identity) == f"errors/{identity}.csv"
