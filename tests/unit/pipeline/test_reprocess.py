"""Processing an upload again on its owner's word: by today's catalog, and no row that is counted is counted twice."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.keys import error_file_key
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectVersion
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Counts
from meterdrop.pipeline.attempt import GRACE, BusyError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import LIFE, Outcome, World
from tests.unit.pipeline.test_crashes import CHANGES, EARLIER, FILE, HEADER
from tests.unit.pipeline.test_revert import begin, resume, stored

ROW = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,1,%s\n"


def reprocess(world: World, version: ObjectVersion) -> Outcome:
    """Process an upload again and see it through."""
    begin(world, version, to_reprocess)
    resume(world, version)
    return world.outcome(version)


def revert(world: World, version: ObjectVersion) -> None:
    """Revert an upload and see it through."""
    begin(world, version, to_revert)
    resume(world, version)


def prepared() -> tuple[World, ObjectVersion]:
    """Make a world where the next run of an upload finds a customer more and a customer less."""
    world, version = stored()
    world.customers.add("cus_nobody")
    del world.customers.stored["cus_Qz0fwcfSysB9Z3"]
    begin(world, version, to_reprocess)
    return world, version


@cache
def undisturbed() -> tuple[Outcome, int]:
    """Return what comes of that run without a crash, and how many calls it takes."""
    world, version = prepared()
    resume(world, version)
    return world.outcome(version), len(world.switch.calls)


def test_nothing_changed() -> None:
    """The run counts on; everything else is as it was, to the last event."""
    world, version = stored()
    before = world.outcome(version)
    world.now += 1000
    after = reprocess(world, version)
    assert_sound(after)
    assert (before.upload.run, after.upload.run) == (1, 2)
    assert (after.upload.started_at, after.upload.finished_at) == (int(world.now), int(world.now))
    assert (after.events, after.usage, after.error_file) == (before.events, before.usage, before.error_file)
    same: dict[str, Any] = {
        "run": 1,
        "started_at": 0,
        "finished_at": 0,
        "revision": 0,
        "lease_token": None,
        "lease_until": 0,
        "error_file": None,
        "history": (),
    }
    assert replace(after.upload, **same) == replace(before.upload, **same)
    assert reprocess(world, version).upload.run == 3


def test_by_the_catalog_of_today() -> None:
    """A row that was refused counts; one that is stored stays, though it would be refused today."""
    world, version = stored()
    outcome = undisturbed()[0]
    assert_sound(outcome)
    assert outcome.events.keys() - world.outcome(version).events.keys() == {8}
    assert "cus_Qz0fwcfSysB9Z3" in {event.customer for event in outcome.events.values()}
    assert {"identifier_conflict"} == {row["error_code"] for row in error_rows(outcome.error_file)}


@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("at", range(1, undisturbed()[1] + 1))
def test_a_crash_at_any_call_of_a_reprocess(at: int, took_effect: bool, kills: bool) -> None:
    """One crash before or after any call, then the message again: the same end as without, in one run."""
    world, version = prepared()
    world.switch.plan(Crash(at, took_effect, kills))
    try:
        Ingest(world.ports, BUCKET, None).resume(version.upload_id, world.attempt())
    except CrashError:
        world.now += LIFE + GRACE + 1 if kills else 10
    world.switch.plan(None)
    resume(world, version)
    outcome, expected = world.outcome(version), undisturbed()[0]
    assert_sound(outcome)
    found, right = outcome.upload, expected.upload
    assert (found.status, found.counts, found.totals, found.samples, found.run) == (
        right.status,
        right.counts,
        right.totals,
        right.samples,
        2,
    )
    assert (outcome.events, outcome.usage, outcome.error_file) == (
        expected.events,
        expected.usage,
        expected.error_file,
    )


@given(st.lists(st.lists(st.sampled_from(CHANGES), max_size=3), min_size=1, max_size=3))
def test_whatever_changes_between_runs(runs: list[list[Callable[[World], None]]]) -> None:
    """What is counted once stays as it is, however often the upload is run and whatever the catalog says."""
    world, version = stored()
    events = world.outcome(version).events
    for number, changes in enumerate(runs, 2):
        for change in changes:
            change(world)
        outcome = reprocess(world, version)
        assert_sound(outcome)
        assert events.items() <= outcome.events.items()
        assert outcome.upload.run == number
        events = outcome.events


def test_counts_begin_anew_and_grow() -> None:
    """While the next run is on its way a watcher sees counts that begin at nothing, and no result of the last one."""
    world, version = prepared()
    world.switch.before_call = lambda _: setattr(world, "now", world.now + 3)
    at = len(world.uploads.history) - 1
    resume(world, version)
    seen = [upload for upload in world.uploads.history[at:] if upload.status is Status.PROCESSING]
    assert seen[0].counts == Counts()
    assert len({upload.counts for upload in seen}) > 1
    assert [upload.counts.row for upload in seen] == sorted(upload.counts.row for upload in seen)
    assert {(upload.failure, upload.error_file, upload.finished_at) for upload in seen} == {(None, None, None)}
    assert {(upload.totals, upload.samples, upload.errors) for upload in seen} == {((), (), ())}


def test_an_error_file_that_is_needed_no_more_goes() -> None:
    """Where the next run refuses no row, the error file of the last one is removed."""
    world = World()
    version = world.drop(HEADER + b"2024-09-25,ai_search_api,cus_nobody,1,\n")
    assert world.deliver_until_final(version).error_file is not None
    world.customers.add("cus_nobody")
    outcome = reprocess(world, version)
    assert_sound(outcome)
    assert outcome.upload.status is Status.SUCCEEDED
    assert world.objects.error_file(error_file_key("uploads/usage.csv", version.upload_id)) is None


def test_a_cancelled_event_stays_cancelled() -> None:
    """The next run finds it with its mark, and counts the row as a success."""
    world, version = stored()
    cancelled = world.events["a"]._replace(cancelled=1)
    world.events["a"] = cancelled
    before = world.outcome(version)
    outcome = reprocess(world, version)
    assert world.events["a"] == cancelled
    assert (outcome.upload.counts, outcome.usage) == (before.upload.counts, before.usage)


def test_a_duplicate_file_is_judged_anew() -> None:
    """Once the upload that had the same bytes is reverted, the one that was refused for them counts."""
    world, version = stored()
    again = world.drop(FILE, "uploads/again.csv")
    failed = world.deliver_until_final(again).upload
    assert failed.failure is not None
    assert failed.failure.code is FileCode.DUPLICATE
    assert reprocess(world, again).upload.failure == failed.failure
    revert(world, version)
    outcome = reprocess(world, again)
    assert_sound(outcome)
    assert (outcome.upload.run, outcome.upload.failure) == (3, None)
    assert outcome.upload.counts == world.outcome(version).upload.counts


def test_a_file_that_is_refused_only_now() -> None:
    """Nothing of a failed upload is stored: what an earlier run stored is taken back."""
    world, version = stored()
    for meter in list(world.meters.stored.values()):
        world.meters.stored[meter.id] = replace(meter, customer_key="somebody_else")
    outcome = reprocess(world, version)
    assert_sound(outcome)
    assert outcome.upload.failure is not None
    assert outcome.upload.failure.code is FileCode.MISSING_COLUMNS
    assert (outcome.events, outcome.usage) == ({}, {})
    assert ["taken"] == list(world.events)


def test_what_was_given_up_is_reprocessed() -> None:
    """An upload that failed by no fault of its file comes to the end that it should have had."""
    world = World(batch=2)
    world.ingest(EARLIER, "uploads/earlier.csv")
    version = world.drop(FILE)
    world.switch.plan(Crash(12, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    world.now += LIFE + GRACE + 1
    resume(world, version, gives_up=True)
    outcome = reprocess(world, version)
    assert_sound(outcome)
    assert outcome.upload.counts == stored()[0].uploads.stored[version.upload_id].counts


def test_a_dry_run_stores_nothing_again() -> None:
    """Its verdicts are those of today."""
    world = World()
    version = world.drop(HEADER + b"2024-09-25,ai_search_api,cus_nobody,1,\n", "validate/usage.csv")
    assert world.deliver_until_final(version).upload.counts == Counts(1, 0, 0, 1)
    world.customers.add("cus_nobody")
    assert reprocess(world, version).upload.counts == Counts(1, 1, 0, 0)
    assert (world.events, world.usage, world.relations.noted) == ({}, {}, {})


def test_customers_again() -> None:
    """A file of customers registers whom somebody deleted since."""
    world = World()
    version = world.drop(b"id,name\ncus_new,Ada\ncus_other,Bo\n", "customers/c.csv")
    before = world.deliver_until_final(version)
    del world.customers.stored["cus_new"]
    after = reprocess(world, version)
    assert_sound(after)
    assert (after.customers.keys(), after.upload.counts) == (before.customers.keys(), before.upload.counts)


def test_a_late_notification_of_a_run() -> None:
    """While the next run waits for its message S3's own may come: it is taken up, once."""
    world, version = prepared()
    world.deliver(version)
    outcome = world.outcome(version)
    resume(world, version)
    assert world.outcome(version) == outcome
    assert outcome.upload.counts == undisturbed()[0].upload.counts


def test_a_file_that_vanished_after_the_check() -> None:
    """Then the run cannot end: nothing is taken for lost that is stored."""
    world, version = prepared()
    world.objects.delete(version)
    with pytest.raises(ObjectGoneError):
        Ingest(world.ports, BUCKET, None).resume(version.upload_id, world.attempt())
    assert world.outcome(version).events == stored()[0].outcome(version).events


def two_of_one_identifier() -> tuple[World, ObjectVersion, ObjectVersion]:
    """Make a world where a second upload has one row of its own and two that are duplicates of the first one's."""
    world = World(batch=2)
    first = world.drop(HEADER + ROW % b"x" + ROW % b"y", "uploads/first.csv")
    second = world.drop(HEADER + ROW % b"x" + ROW % b"y" + ROW % b"z", "uploads/second.csv")
    world.deliver_until_final(first)
    world.deliver_until_final(second)
    return world, first, second


def test_identifiers_that_a_revert_freed() -> None:
    """The duplicates of a reverted upload do not come back by themselves; reprocessed, they count."""
    world, first, second = two_of_one_identifier()
    assert world.outcome(second).upload.counts == Counts(3, 1, 2, 0)
    assert world.relations.duplicates(first.upload_id) == [second.upload_id]
    assert world.relations.duplicates(second.upload_id) == []
    revert(world, first)
    assert list(world.events) == ["z"]
    outcome = reprocess(world, second)
    assert_sound(outcome)
    assert outcome.upload.counts == Counts(3, 3, 0, 0)
    assert {event.upload for event in world.events.values()} == {second.upload_id}


def test_rows_of_this_file_and_of_the_api_have_no_upload() -> None:
    """Duplicates within a file, and of what was added by hand, are noted nowhere."""
    world = World()
    world.ingest(HEADER + ROW % b"x")
    by_hand = world.events["x"]._replace(id="h", item="h", upload="req_abc", row=1)
    world.events["h"] = by_hand
    world.relations.noted.clear()
    outcome = world.ingest(HEADER + ROW % b"h" + ROW % b"i" + ROW % b"i", "uploads/b.csv")
    assert outcome.upload.counts == Counts(3, 1, 2, 0)
    assert world.relations.noted == {}


@pytest.mark.parametrize("at", ["events.insert", "usage.put", "relations.record_duplicate", "uploads.get"])
def test_a_revert_beside_a_file_with_the_same_rows(at: str) -> None:
    """Whenever a revert begins, no row is lost in silence: it counts anew, or the revert tells who has it."""
    world = World(batch=2)
    first = world.drop(HEADER + ROW % b"x" + ROW % b"y", "uploads/first.csv")
    world.deliver_until_final(first)
    second = world.drop(HEADER + ROW % b"x" + ROW % b"z", "uploads/second.csv")
    told: list[list[str]] = []

    def revert_now(name: str) -> None:
        # The first call of that name that can follow a look at the other's events.
        if name == at and "events.insert" in [*world.switch.calls, name] and not told:
            world.switch.before_call = lambda _: None
            begin_quietly(world, first)
            told.append(world.relations.duplicates(first.upload_id))

    world.switch.before_call = revert_now
    with pytest.raises(BusyError):
        world.deliver(second)
    assert told == [[]] or at == "uploads.get"
    resume(world, first)
    outcome = world.deliver_until_final(second)
    assert_sound(outcome)
    assert outcome.upload.counts == Counts(2, 2, 0, 0)


def test_a_revert_after_the_look() -> None:
    """One that begins when the other upload is as good as final finds the note of it."""
    world = World(batch=2)
    first = world.drop(HEADER + ROW % b"x", "uploads/first.csv")
    world.deliver_until_final(first)
    second = world.drop(HEADER + ROW % b"x", "uploads/second.csv")
    told: list[list[str]] = []

    def revert_now(name: str) -> None:
        if name == "uploads.finish":
            world.switch.before_call = lambda _: None
            begin_quietly(world, first)
            told.append(world.relations.duplicates(first.upload_id))

    world.switch.before_call = revert_now
    world.deliver(second)
    assert told == [[second.upload_id]]


def begin_quietly(world: World, version: ObjectVersion) -> None:
    """Begin a revert while another attempt is at work."""
    upload = world.uploads.stored[version.upload_id]
    assert world.uploads.save(replace(to_revert(upload), revision=upload.revision + 1))
