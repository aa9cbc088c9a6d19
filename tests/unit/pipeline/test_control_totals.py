"""Control totals: what the sender of a file declares of it, compared before the first event."""

import csv
import io
import json
from dataclasses import replace

import pytest

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.resource import upload_object
from meterdrop.domain.uploads.transitions import to_reprocess
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.catalog import ARRIVAL, METERS
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import Outcome, World
from tests.unit.pipeline.test_reprocess import reprocess
from tests.unit.pipeline.test_revert import begin

FILE = b"""timestamp,event_name,payload_stripe_customer_id,payload_value,payload_tokens
2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400.5,
2024-09-25,ai_search_api,cus_nobody,-0.50,
2024-09-25,llm_tokens,cus_QMJJtcu70R1x46,9,70

2024-09-25,llm_tokens,cus_QMJJtcu70R1x46,,x
2024-09-25,old_api,cus_QMJJtcu70R1x46,12345678901234567890.1,
2024-09-25,unknown,cus_QMJJtcu70R1x46,5,
2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,1,,too long
2024-09-25,logins,cus_QMJJtcu70R1x46
"""
SUMS = {
    "ai_search_api": "401",
    "llm_tokens": "70",
    "old_api": "12345678901234567890.10",
    "cpu_usage": "0",
    "logins": "0",
}
WHOLE = {"expect-rows": "8", "expect-sums": json.dumps(SUMS)}
CUSTOMER_FILE = b"id,name\ncus_1,A\ncus_1,B\nx?y,C\n"
PREFIX = "uploads/acme/"


def failure_of(outcome: Outcome) -> str:
    """Return why a file failed by its totals, which its error file says too; nothing of it is stored."""
    assert_sound(outcome)
    failure = outcome.upload.failure
    assert failure is not None
    assert failure.code == "control_mismatch"
    assert not outcome.events
    assert outcome.error_file is not None
    (row,) = csv.DictReader(io.StringIO(outcome.error_file.decode("utf-8-sig")))
    assert (row["error_code"], row["error_message"]) == ("control_mismatch", failure.message)
    return failure.message


@pytest.mark.parametrize("key", ["uploads/a.csv", "validate/a.csv"])
def test_totals_that_match(key: str) -> None:
    """Rows are all records but blank ones; sums have every value that is a number, of refused rows too."""
    outcome = World().ingest(FILE, key, control=WHOLE)
    assert_sound(outcome)
    assert outcome.upload.status is Status.SUCCEEDED_WITH_ERRORS
    totals = {"row_count": 8, "sums": SUMS | {"old_api": "12345678901234567890.1"}}
    assert upload_object(outcome.upload)["control"] == {"declared": totals, "found": totals, "matches": True}


def test_no_totals() -> None:
    """Without a declaration nothing is compared."""
    assert upload_object(World().ingest(FILE).upload)["control"] is None


@pytest.mark.parametrize("key", ["uploads/a.csv", "validate/a.csv"])
def test_totals_that_differ(key: str) -> None:
    """The file fails with what was declared and found, and the difference; in the status and in the error file."""
    declared = {"expect-rows": "9", "expect-sums": '{"ai_search_api": 400.25, "llm_tokens": "70.0"}'}
    outcome = World().ingest(FILE, key, control=declared)
    assert failure_of(outcome) == (
        "The file doesn't match its control totals. Rows: declared 9, found 8, difference -1. Sum of "
        '"ai_search_api": declared 400.25, found 401, difference 0.75. No rows were stored. Check that the file is '
        "complete and that its totals are right, and upload it again."
    )
    assert upload_object(outcome.upload)["control"] == {
        "declared": {"row_count": 9, "sums": {"ai_search_api": "400.25", "llm_tokens": "70"}},
        "found": {"row_count": 8, "sums": {"ai_search_api": "401", "llm_tokens": "70"}},
        "matches": False,
    }


def test_only_what_is_declared_is_compared() -> None:
    """A meter without a declared sum, and rows without a declared count, are free."""
    outcome = World().ingest(FILE, control={"expect-sums": '{"llm_tokens": "70"}'})
    assert outcome.upload.counts.row == 8
    assert upload_object(outcome.upload)["control"]["found"] == {"row_count": None, "sums": {"llm_tokens": "70"}}


def test_many_differences_have_a_short_message() -> None:
    """The status has all of them, the message the first."""
    world = World()
    names = [f"m{number:02}" for number in range(40)]
    world.meters.stored |= {name: replace(METERS[0], id=name, event_name=name) for name in names}
    message = failure_of(world.ingest(FILE, control={"expect-sums": json.dumps(dict.fromkeys(names, "1"))}))
    assert '"m04"' in message
    assert '"m05"' not in message
    assert "35 more differences" in message


@pytest.mark.parametrize(
    ("control", "words"),
    [
        ({"expect-rows": ""}, "expect-rows"),
        ({"expect-rows": "8.0"}, '"8.0"'),
        ({"expect-rows": "1,000"}, '"1,000"'),
        ({"expect-rows": "-8"}, '"-8"'),
        ({"expect-rows": "8_0"}, '"8_0"'),
        ({"expect-rows": "٨"}, "expect-rows"),
        ({"expect-rows": "9" * 5_000}, "expect-rows"),
        ({"expect-sums": ""}, "JSON object"),
        ({"expect-sums": "400.5"}, "JSON object"),
        ({"expect-sums": "[]"}, "JSON object"),
        ({"expect-sums": "{}"}, "JSON object"),
        ({"expect-sums": "[" * 1_900}, "JSON object"),
        ({"expect-sums": "=?UTF-8?Q?{}?="}, "JSON object"),
        ({"expect-sums": '{"ai_search_api": null}'}, "ai_search_api"),
        ({"expect-sums": '{"ai_search_api": NaN}'}, '"NaN"'),
        ({"expect-sums": '{"ai_search_api": 4e2}'}, '"4e2"'),
        ({"expect-sums": '{"ai_search_api": "1,5"}'}, '"1,5"'),
        ({"expect-sums": '{"ai_search_api": {}}'}, "ai_search_api"),
        ({"expect-sums": '{"ai_search_api": "%s"}' % ("9" * 101)}, "ai_search_api"),
        ({"expect-sums": '{"ai_search_api": "401", "ai_search_api": "401"}'}, "twice"),
        ({"expect-sums": '{"nobody": "0"}'}, '"nobody"'),
        ({"expect-sums": '{" ai_search_api": "401"}'}, '" ai_search_api"'),
        ({"expect-sum": '{"ai_search_api": "401"}'}, '"expect-sum"'),
        ({"expect-rows": "8", "expect-sum-ai_search_api": "401"}, '"expect-sum-ai_search_api"'),
        ({"expect_rows": "8"}, '"expect_rows"'),
    ],
)
@pytest.mark.parametrize("key", ["uploads/a.csv", "validate/a.csv"])
def test_a_declaration_that_cannot_be_read(key: str, control: dict[str, str], words: str) -> None:
    """It is never ignored: the file fails, and the message says what is wrong."""
    outcome = World().ingest(FILE, key, control=control)
    assert words in failure_of(outcome)
    assert outcome.upload.control is None


def test_a_fault_of_the_file_comes_first() -> None:
    """A file that can't be read has no totals."""
    for data, code in ((b"", "file_empty"), (FILE + b'"', "file_malformed"), (FILE[:77], "file_no_rows")):
        upload = World().ingest(data, control={"expect-rows": "x"}).upload
        assert (upload.failure and upload.failure.code, upload.control) == (code, None)


def test_totals_come_before_repeated_content() -> None:
    """A file that isn't what its sender meant says so, and holds no content."""
    world = World()
    world.ingest(FILE, "uploads/a.csv")
    failure_of(world.ingest(FILE, "uploads/b.csv", control={"expect-rows": "7"}))
    again = world.ingest(FILE, "uploads/c.csv", control=WHOLE).upload
    assert again.failure is not None
    assert again.failure.code == "file_duplicate"


def test_a_file_that_failed_is_uploaded_again_whole() -> None:
    """Under its key, or another one: nothing of the first is in the way."""
    world = World()
    cut = FILE[: FILE.rindex(b"2024")]
    for key in ("uploads/a.csv", "uploads/b.csv"):
        failure_of(world.ingest(cut, key, control=WHOLE))
    for_key = world.ingest(FILE, "uploads/a.csv", control=WHOLE).upload
    assert (for_key.status, for_key.counts.success) == (Status.SUCCEEDED_WITH_ERRORS, 3)


def test_reprocess_keeps_the_declaration() -> None:
    """It belongs to the object version, and a newer version of the key has its own."""
    world = World()
    version = world.drop(FILE, control={"expect-rows": "8", "expect-sums": '{"new": "5"}'})
    failure_of(world.deliver_until_final(version))
    world.drop(FILE, control={"expect-rows": "1"})
    world.meters.stored["mtr_new"] = replace(METERS[0], id="mtr_new", event_name="new")
    assert "found 0, difference -5" in failure_of(reprocess(world, version))
    assert upload_object(world.uploads.stored[version.upload_id])["control"]["matches"] is False


def test_a_run_that_ends_before_the_comparison_shows_none() -> None:
    """Figures of an earlier run would be taken for this one's."""
    world = World()
    version = world.drop(FILE, control=WHOLE)
    assert world.deliver_until_final(version).upload.control is not None
    begin(world, version, to_reprocess)
    assert world.uploads.stored[version.upload_id].control is None


def test_a_later_run_that_differs_takes_back_what_is_stored() -> None:
    """What a meter reads may change; then the file fails as a whole, and no event is left."""
    world = World()
    version = world.drop(FILE, control=WHOLE)
    assert world.deliver_until_final(version).events
    world.meters.stored["mtr_search"] = replace(METERS[0], value_key="tokens")
    failure_of(reprocess(world, version))
    assert not world.usage


def test_an_error_file_declares_nothing() -> None:
    """Corrected, it comes back as it is."""
    world = World()
    world.customers.add("tenant-8")
    first = world.ingest(FILE, control=WHOLE)
    assert first.error_file is not None
    again = world.ingest(first.error_file.replace(b"cus_nobody", b"tenant-8"), "uploads/b.csv")
    assert (again.upload.parent, again.upload.counts.success, again.upload.control) == (first.upload.id, 1, None)


def test_a_customer_file_has_rows_and_no_sums() -> None:
    """Every record counts, refused ones and further ones of an ID too."""
    key = "customers/a.csv"
    good = World().ingest(CUSTOMER_FILE, key, control={"expect-rows": "3"}).upload
    assert upload_object(good)["control"]["found"] == {"row_count": 3, "sums": {}}
    assert "difference 1" in failure_of(World().ingest(CUSTOMER_FILE, key, control={"expect-rows": "2"}))
    sums = World().ingest(CUSTOMER_FILE, key, control={"expect-rows": "3", "expect-sums": '{"ai_search_api": "0"}'})
    assert "customer file" in failure_of(sums)
    assert not sums.customers


@pytest.mark.parametrize(
    ("key", "is_required"),
    [
        ("uploads/acme/a.csv", True),
        ("uploads/acme/2024/a.csv", True),
        ("validate/acme/a.csv", True),
        ("uploads/acme.csv", False),
        ("uploads/other/a.csv", False),
        ("uploads/ma\u0308rz/a.csv", True),
        ("uploads/m\u00e4rz/a.csv", True),
    ],
)
def test_prefixes_that_require_totals(key: str, is_required: bool) -> None:
    """A file below one without totals fails, in a dry run too; the message says how to declare them."""
    world = World(control_prefixes=(PREFIX, "uploads/m\u00e4rz/"))
    outcome = world.ingest(FILE, key)
    if is_required:
        message = failure_of(outcome)
        assert all(words in message for words in ("expect-rows", "expect-sums", "control"))
        assert world.ingest(FILE, key, control={"expect-rows": "8"}).upload.failure is None
    else:
        assert outcome.upload.failure is None


def test_an_error_file_needs_no_totals() -> None:
    """Each of its rows is one of an earlier upload; a row of its own makes it a file like any other."""
    world = World(control_prefixes=(PREFIX,))
    first = world.ingest(FILE, PREFIX + "a.csv", control=WHOLE)
    assert first.error_file is not None
    more = first.error_file + FILE.splitlines()[1] + b",,,,,,\n"
    failure_of(world.ingest(more, PREFIX + "c.csv"))
    assert world.ingest(first.error_file, PREFIX + "b.csv").upload.failure is None


def test_a_counted_file_stays_counted() -> None:
    """The setting is for new files: reprocessing takes nothing back."""
    world = World()
    version = world.drop(FILE, PREFIX + "a.csv")
    before = world.deliver_until_final(version)
    world.control_prefixes = (PREFIX,)
    begin(world, version, to_reprocess)
    ingest = Ingest(world.ports, BUCKET, None, control_prefixes=world.control_prefixes)
    assert ingest.resume(version.upload_id, world.attempt()) is not None
    assert world.outcome(version).events == before.events


def test_the_newest_version_has_its_own_totals() -> None:
    """Two versions arrive before either is read: each is compared with what came with it."""
    world = World()
    first = world.drop(FILE, control={"expect-rows": "8"}, at=ARRIVAL)
    second = world.drop(FILE, control={"expect-rows": "9"}, at=ARRIVAL + 1)
    assert world.deliver_until_final(first).upload.failure is None
    failure_of(world.deliver_until_final(second))
