"""The load's files are what their expectations say, and its verdict sees what is wrong."""

import csv
import io
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from meterdrop.domain.codes import Kind, Status
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import World
from tools.load.differences import Upload, differences
from tools.load.files import COUNT, CUSTOMERS, LARGE, METERS, OVERWRITTEN, Load, LoadFile, make_load

SCALE = Decimal("0.005")
VERSION = "v{}"
Uploads = dict[tuple[str, str], Upload]


@pytest.fixture(scope="module")
def load() -> Load:
    """Make the load at a small scale."""
    return make_load(SCALE)


def test_number_and_size() -> None:
    """Two hundred files, twenty of them as large as they may be and hardly less."""
    load = make_load(Decimal("0.02"))
    large = [len(file.body) for file in load.files if "large" in file.key]
    assert (len(load.files), len(large)) == (COUNT, LARGE)
    assert all(104_857 - 200 < size <= 104_857 for size in large)
    assert [file.key for file in load.files].count(OVERWRITTEN) == 2


def test_always_the_same(load: Load) -> None:
    """A run can be repeated."""
    assert [file.body for file in make_load(SCALE).files] == [file.body for file in load.files]


def test_expectation_by_a_plain_recount(load: Load) -> None:
    """Every good row counts once, those with an identifier once for all files."""
    counts, sums, seen = Counter[tuple[str, str]](), dict[tuple[str, str], Decimal](), set[str]()
    for file in load.files:
        for row in csv.DictReader(io.StringIO(file.body.decode())):
            customer, identifier = row["payload_stripe_customer_id"], row.get("identifier")
            is_bad = row["event_name"] not in METERS or customer not in CUSTOMERS or row["timestamp"] == "45559"
            if is_bad or (identifier and identifier in seen):
                continue
            seen |= {identifier} if identifier else set()
            counts[row["event_name"], customer] += 1
            sums[row["event_name"], customer] = sums.get((row["event_name"], customer), Decimal(0)) + Decimal(
                row["payload_value"]
            )
    assert (load.counts, load.sums) == (counts, sums)
    assert sum(load.successes.values()) == counts.total()


def test_expected_counts_come_true_in_memory(load: Load, uploads: Uploads) -> None:
    """The world in memory finds of each file what is expected of it, whichever of those that share rows comes first."""
    assert list(differences(load, uploads, [VERSION.format(at) for at in range(COUNT)])) == []


@pytest.fixture(scope="module")
def uploads(load: Load) -> Uploads:
    """Drop all files in memory, last first; return them as the API shows them."""
    world = World(batch=100)
    for customer in CUSTOMERS:
        world.customers.add(customer)
    uploads: Uploads = {}
    for number in reversed(range(COUNT)):
        file = load.files[number]
        outcome = world.ingest(file.body, file.key)
        assert_sound(outcome)
        uploads[file.key, VERSION.format(number)] = shown(outcome.upload.status, file, outcome.upload.counts.success)
        assert outcome.upload.counts.row == file.rows
        assert outcome.upload.counts.error == file.errors
        assert outcome.upload.kind is Kind.USAGE
    return uploads


def shown(status: Status, file: LoadFile, success: int) -> dict[str, Any]:
    """Write an upload as the API shows it."""
    return {
        "status": status.value,
        "row_count": file.rows,
        "success_count": success,
        "duplicate_count": file.rows - file.errors - success,
        "error_count": file.errors,
        "failure": None,
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": "processing"}, "is processing"),
        ({"success_count": 1, "duplicate_count": 0}, "rows counted"),
        ({"error_count": 0}, "refused"),
    ],
)
def test_every_difference_is_said(load: Load, uploads: Uploads, change: dict[str, object], words: str) -> None:
    """A wrong status, a row too few, an error that is missing; and an upload that is."""
    uploads = dict(uploads)
    first, second, third = [key for key in uploads if "large" in key[0]][:3]
    uploads[first] = {**uploads[first], **change}
    del uploads[second]
    uploads["uploads/load/strange.csv", "v"] = uploads[third]
    said = "\n".join(differences(load, uploads, [VERSION.format(at) for at in range(COUNT)]))
    assert words in said
    assert f"{second[0]} has no upload" in said
    assert "1 uploads more than files" in said
