"""Files dropped again on their key in the deployed stack: each row counts once."""

from decimal import Decimal

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.upload import Counts
from tests.support.integration.dropping import Dropping
from tools.stack.local_stack import LocalStack

HEADER = "timestamp,event_name,payload_stripe_customer_id,payload_value\n"
CUSTOMER = "cus_QMJJtcu70R1x46"


@pytest.fixture
def dropping(stack: LocalStack) -> Dropping:
    """Drop files into the deployed stack."""
    return Dropping(stack)


def rows(*values: object) -> str:
    """Write a row for each value."""
    return "".join(f"2024-09-25,cpu_usage,{CUSTOMER},{value}\n" for value in values)


def test_corrected_whole_and_dropped_again(dropping: Dropping) -> None:
    """The corrected file adds what was refused, the unchanged one nothing, and one that is let in all of it."""
    key = "uploads/updated/corrected.csv"
    first = dropping.drop(key, (HEADER + rows(7, "seven", 7, "eight")).encode())
    errors = dropping.error_file(first).decode().replace("eight", "8").splitlines(keepends=True)
    by_error_file = dropping.drop("uploads/updated/errors.csv", (errors[0] + errors[2]).encode())
    corrected = (HEADER + rows(7, "7.50", 7, 8)).encode()
    second = dropping.drop(key, corrected)
    unchanged = dropping.drop(key, corrected)
    elsewhere = dropping.drop("uploads/updated/elsewhere.csv", corrected)
    tried = dropping.drop("validate/updated/corrected.csv", (HEADER + rows(7, 8, 9)).encode())
    allowed = dropping.drop(key, corrected, {"allow-duplicate": "true"})

    assert Counts(4, 2, 0, 2) == first.counts
    assert Counts(1, 1, 0, 0) == by_error_file.counts
    assert Counts(4, 1, 3, 0) == second.counts
    assert (1, Decimal("7.5")) == dropping.usage_of(second)
    assert (Status.SUCCEEDED, Counts(4, 0, 4, 0)) == (unchanged.status, unchanged.counts)
    assert 0 == dropping.events_of(unchanged)
    assert elsewhere.failure is not None
    assert FileCode.DUPLICATE == elsewhere.failure.code
    assert Counts(3, 1, 2, 0) == tried.counts
    assert Counts(4, 4, 0, 0) == allowed.counts
    assert (4, Decimal("29.5")) == dropping.usage_of(allowed)


def test_overwritten_twice_in_a_moment(dropping: Dropping) -> None:
    """Three versions that arrive at once are taken up one after the other, in any order, and count once together."""
    many = [number % 50 for number in range(2_000)]
    versions = [
        dropping.put("uploads/updated/quick.csv", (HEADER + rows(*values)).encode())
        for values in (many, [*many[500:], 51], [51, 51, *many[:1000]])
    ]
    uploads = [dropping.final(version) for version in versions]

    assert [2_000, 1_501, 1_002] == [upload.counts.row for upload in uploads]
    assert 2_002 == sum(upload.counts.success for upload in uploads)
    assert [upload.counts.success for upload in uploads] == [dropping.events_of(upload) for upload in uploads]
    assert Decimal(sum(many) + 102) == sum(dropping.usage_of(upload)[1] for upload in uploads)


def test_one_row_always_bad(dropping: Dropping) -> None:
    """A file grows on its key; all its error files are corrected and dropped at once: the row counts once."""
    versions = [
        dropping.drop("uploads/updated/growing.csv", (HEADER + rows("hundred", *[1] * count)).encode())
        for count in (1, 2, 3)
    ]
    corrected = [dropping.error_file(version).replace(b"hundred,", b"100,") for version in versions]
    put = [dropping.put(f"uploads/updated/{number}.csv", data) for number, data in enumerate(corrected)]
    error_files = [dropping.final(version) for version in put]
    without_identifiers = b"\n".join(line for line in _without_identifiers(corrected[1]))
    again = dropping.drop("uploads/updated/without identifiers.csv", without_identifiers)

    assert [version.id for version in versions[:2]] == [version.updates for version in versions[1:]]
    assert [Counts(2, 1, 0, 1), Counts(3, 1, 1, 1), Counts(4, 1, 2, 1)] == [version.counts for version in versions]
    assert [version.id for version in versions] == [upload.parent for upload in error_files]
    assert 1 == sum(upload.counts.success for upload in error_files)
    assert (versions[1].id, Counts(1, 0, 1, 0)) == (again.parent, again.counts)
    assert Decimal(103) == sum(dropping.usage_of(upload)[1] for upload in [*versions, *error_files, again])


def _without_identifiers(error_file: bytes) -> list[bytes]:
    header, row = error_file.splitlines()
    at = header.split(b",").index(b"identifier")
    return [b",".join([*line.split(b",")[:at], *line.split(b",")[at + 1 :]]) for line in (header, row)]
