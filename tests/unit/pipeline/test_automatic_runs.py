"""Uploads that were given up: when the sweep processes them again, and what it leaves to people."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from meterdrop.domain.changes import Change
from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.transitions import AUTOMATIC_PAUSES_SECONDS, to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline import retry
from meterdrop.pipeline.attempt import GRACE
from meterdrop.pipeline.ingest.run import Ingest
from meterdrop.pipeline.requeue import Requeue
from meterdrop.pipeline.sweep import MAX_WAITING_MESSAGES
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.queue import Message
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import LIFE
from tests.support.updates import KEY, counted, file_of
from tests.unit.pipeline.test_sweep import Yard

FIRST, SECOND, THIRD = AUTOMATIC_PAUSES_SECONDS


def new_yard() -> Yard:
    """Make a yard whose queue takes messages of people too."""
    yard = Yard()
    yard.queue.before_send = lambda _: None
    return yard


def give_up(yard: Yard, version: ObjectVersion) -> None:
    """Deliver a dead letter, as if every attempt had failed."""
    ingest, id_ = Ingest(yard.world.ports, BUCKET, None), version.upload_id
    if id_ in yard.world.uploads.stored:
        ingest.give_up(id_, yard.world.attempt())
    else:
        ingest.give_up_version(version, int(yard.world.now), yard.world.attempt())
    yard.queue.messages.clear()
    assert yard.status(version) is Status.FAILED


def given_up(key: str = KEY, data: bytes | None = None, yard: Yard | None = None) -> tuple[Yard, ObjectVersion]:
    """Return a yard with an upload that was given up."""
    yard = yard or new_yard()
    version = yard.drop(key, data or file_of("ab"))
    give_up(yard, version)
    return yard, version


def sweep(yard: Yard, seconds: float = 0) -> int:
    """Let time pass and sweep; returns how many uploads that were given up are on their way again."""
    yard.world.now += seconds
    counts = yard.run()
    assert counts is not None
    return counts.reprocessed


def sweep_and_deliver(yard: Yard, seconds: float = FIRST) -> dict[str, int]:
    """Sweep, deliver all messages, and return what is counted."""
    sweep(yard, seconds)
    for _ in range(10):
        yard.queue.deliver()
        yard.world.now += 10
    assert not yard.queue.messages
    return counted(yard.world.events.values())


def change(yard: Yard, version: ObjectVersion, to: Callable[[Upload], Upload]) -> None:
    """Revert or reprocess an upload as a person does."""
    Requeue(yard.world.uploads, yard.world.objects, yard.queue, BUCKET).begin(version.upload_id, to, Change("test"))


@pytest.mark.parametrize("key", [KEY, "validate/a.csv"])
def test_after_an_hour_it_is_processed(key: str) -> None:
    """By the sweep alone, as its next run."""
    yard, version = given_up(key)
    assert sweep(yard, FIRST - 1) == 0
    assert sweep_and_deliver(yard, 1) == ({"a": 1, "b": 1} if key == KEY else {})
    outcome = yard.world.outcome(version)
    assert_sound(outcome)
    assert (outcome.upload.status, outcome.upload.run) == (Status.SUCCEEDED, 2)
    assert not yard.world.uploads.retries


def test_each_failure_has_a_longer_pause_and_the_last_has_none() -> None:
    """After 1, 4 and 24 hours, each from the failure before; then only a person starts it."""
    yard, version = given_up()
    for pause in (FIRST, SECOND, THIRD):
        assert sweep(yard, pause - 1) == 0
        assert sweep(yard, 1) == 1
        give_up(yard, version)
    assert sweep(yard, 30 * THIRD) == 0
    change(yard, version, to_reprocess)
    give_up(yard, version)
    assert sweep(yard, 30 * THIRD) == 0
    change(yard, version, to_reprocess)
    yard.queue.deliver()
    assert yard.status(version) is Status.SUCCEEDED


def test_a_run_that_ends_well_renews_the_automatic_runs() -> None:
    """Only failures in a row are counted."""
    yard, version = given_up()
    sweep_and_deliver(yard)
    change(yard, version, to_reprocess)
    give_up(yard, version)
    assert sweep(yard, FIRST) == 1


def test_the_failure_says_when_the_next_run_begins() -> None:
    """In the status, and in the error file; the last one asks a person."""
    yard, version = given_up()
    messages = list[str]()
    for pause in (*AUTOMATIC_PAUSES_SECONDS, 0):
        upload = yard.world.uploads.stored[version.upload_id]
        assert upload.failure is not None
        messages.append(upload.failure.message.partition("counted. ")[2])
        sweep(yard, pause)
        if pause:
            give_up(yard, version)
    assert [message.startswith(f"The next sweep after {day}") for message, day in zip(messages[:3], DAYS, strict=True)]
    assert messages[3] == f"Reprocess upload {version.upload_id} after the issue is resolved."


DAYS = ("2024-09-25 00:00 UTC", "2024-09-25 04:00 UTC", "2024-09-26 04:00 UTC")


def test_a_version_that_has_no_status_yet_is_processed_too() -> None:
    """S3 refused even its metadata: it was given up as soon as it had an upload."""
    yard, version = given_up()
    assert yard.world.uploads.stored[version.upload_id].sha256 is None
    assert sweep_and_deliver(yard) == {"a": 1, "b": 1}


def swept(at: int = 0, *, took_effect: bool = False, kills: bool = False) -> Yard:
    """Sweep an upload that is due, into a crash; then time passes as it does on AWS."""
    yard, _ = given_up()
    yard.world.now += FIRST
    yard.world.switch.plan(Crash(at, took_effect, kills))
    try:
        yard.run()
    except CrashError:
        yard.world.switch.plan(None)
        yard.cursors.until = 0
    return yard


@cache
def calls() -> int:
    """Return how many calls a sweep makes that starts a run."""
    return len(swept().world.switch.calls)


@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("at", range(1, 8))
def test_crash_at_any_call(at: int, took_effect: bool, kills: bool) -> None:
    """The next sweeps complete it: one run, each row once, no retry left."""
    assert calls() == 7
    yard = swept(at, took_effect=took_effect, kills=kills)
    for _ in range(3):
        assert sweep_and_deliver(yard, LIFE + GRACE + 900) == {"a": 1, "b": 1}
    [upload] = yard.world.uploads.stored.values()
    assert (upload.status, upload.run, upload.automatic_runs) == (Status.SUCCEEDED, 2, 0)
    assert not yard.world.uploads.retries


@pytest.mark.parametrize("call", ["retries.due", "uploads.get", "objects.facts", "uploads.save"])
def test_a_person_reprocesses_it_at_the_same_moment(call: str) -> None:
    """Whoever is first starts one run, and the other none."""
    yard, version = given_up()

    def meanwhile(name: str) -> None:
        if name == call:
            yard.world.switch.before_call = lambda _: None
            change(yard, version, to_reprocess)

    yard.world.switch.before_call = meanwhile
    assert sweep_and_deliver(yard) == {"a": 1, "b": 1}
    assert yard.world.uploads.stored[version.upload_id].run == 2
    assert not yard.world.uploads.retries


def test_a_person_has_reprocessed_it() -> None:
    """It counts, so there is nothing to do."""
    yard, version = given_up()
    change(yard, version, to_reprocess)
    yard.queue.deliver()
    before = yard.world.uploads.stored[version.upload_id]
    assert sweep(yard, FIRST) == 0
    assert yard.world.uploads.stored[version.upload_id] == before
    assert not yard.world.uploads.retries


def test_a_person_reprocesses_it_and_reverts_it() -> None:
    """What was taken back stays so."""
    yard, version = given_up()
    change(yard, version, to_reprocess)
    yard.queue.deliver()
    change(yard, version, to_revert)
    yard.queue.deliver()
    assert sweep_and_deliver(yard) == {}
    assert yard.status(version) is Status.REVERTED


def test_a_newer_version_that_counts_replaces_it() -> None:
    """A person may have corrected the file. To count the older one too is theirs to decide, and stays exact."""
    yard, version = given_up()
    yard.queue.notify(yard.drop(KEY, file_of("acc")))
    yard.queue.deliver()
    assert sweep_and_deliver(yard) == {"a": 1, "c": 2}
    assert (yard.status(version), yard.world.uploads.retries) == (Status.FAILED, set())
    change(yard, version, to_reprocess)
    yard.queue.deliver()
    assert counted(yard.world.events.values()) == {"a": 1, "b": 1, "c": 2}


def test_a_newer_version_that_was_reverted_replaces_it_too() -> None:
    """Nobody wants this file counted."""
    yard, _ = given_up()
    newer = yard.drop(KEY, file_of("acc"))
    yard.queue.notify(newer)
    yard.queue.deliver()
    change(yard, newer, to_revert)
    yard.queue.deliver()
    assert sweep_and_deliver(yard) == {}


def test_it_waits_for_a_newer_version_in_progress() -> None:
    """Only when that one is final, it is known whether it counts."""
    yard, version = given_up()
    newer = yard.drop(KEY, file_of("acc"))
    stored = yard.world.uploads.stored
    stored[newer.upload_id] = replace(
        stored[version.upload_id],
        id=newer.upload_id,
        status=Status.PROCESSING,
        failure=None,
        version_order="9999999999#",
        lease_until=int(yard.world.now) + 20_000,
    )
    assert sweep(yard, FIRST) == 0
    assert yard.world.uploads.retries
    stored[newer.upload_id] = replace(stored[newer.upload_id], status=Status.FAILED)
    assert sweep(yard) == 1


def test_versions_that_were_all_given_up_are_all_processed() -> None:
    """Nothing of the key counts, so nothing replaces anything."""
    yard, _ = given_up()
    yard.world.now += 1
    given_up(KEY, file_of("acc"), yard)
    assert sweep_and_deliver(yard) == {"a": 1, "b": 1, "c": 2}


def dies_at_the_end(call: str) -> None:
    """Break the last call of an attempt: it has claimed its content, and stored all rows."""
    if call == "uploads.finish":
        raise CrashError(call)


def test_the_same_bytes_that_were_let_in_meanwhile_replace_it() -> None:
    """A person uploaded the file again under another key, with allow-duplicate: else all rows would count twice."""
    yard = new_yard()
    version = yard.drop(KEY, file_of("ab"))
    yard.world.switch.before_call = dies_at_the_end
    with pytest.raises(CrashError):
        yard.world.deliver(version)
    yard.world.switch.before_call = lambda _: None
    assert yard.world.uploads.stored[version.upload_id].sha256 is not None
    give_up(yard, version)
    yard.world.now += 1
    again = yard.world.drop(file_of("ab"), "uploads/again.csv", allow_duplicate=True, at=int(yard.world.now))
    yard.queue.notify(again)
    yard.queue.deliver()
    assert sweep_and_deliver(yard) == {"a": 1, "b": 1}
    assert yard.status(again) is Status.SUCCEEDED


def test_an_older_file_of_customers_undoes_nothing() -> None:
    """It is processed, and changes only customers that the newer one does not name."""
    yard, _ = given_up("customers/a.csv", b"id,name\na,Old\nb,Old\n")
    yard.queue.notify(yard.drop("customers/a.csv", b"id,name\na,New\n"))
    yard.queue.deliver()
    sweep_and_deliver(yard)
    assert yard.world.customers.stored["a"].customer.name == "New"


def test_a_file_that_is_gone_is_left_alone() -> None:
    """The same answer as a person gets: nothing changes."""
    yard, version = given_up()
    before = yard.world.uploads.stored[version.upload_id]
    yard.world.objects.delete(version)
    assert sweep(yard, FIRST) == 0
    assert yard.world.uploads.stored[version.upload_id] == before
    assert not yard.world.uploads.retries


def test_a_run_starts_no_more_than_its_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest follows in the next runs, those that waited longest first."""
    monkeypatch.setattr(retry, "MAX_STARTED", 2)
    yard = new_yard()
    versions = [given_up(f"uploads/{number}.csv", file_of("a" * (number + 1)), yard)[1] for number in range(5)]
    assert [sweep(yard, pause) for pause in (FIRST, 0, 0, 0)] == [2, 2, 1, 0]
    assert set(yard.queue.sent) == {version.upload_id for version in versions}


def test_a_full_queue_gets_no_more() -> None:
    """The retry stays until there is room."""
    yard, version = given_up()
    yard.queue.messages += [Message(version)] * MAX_WAITING_MESSAGES
    assert sweep(yard, FIRST) == 0
    yard.queue.messages.clear()
    assert sweep(yard) == 1
