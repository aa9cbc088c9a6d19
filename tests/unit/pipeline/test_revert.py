"""Taking back an upload, on its owner's word or because it cannot be finished: all of it, and nothing of others."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import localcontext
from functools import cache

import pytest

from meterdrop.domain.changes import Change
from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.decimals import EXACT
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import GRACE, BusyError
from meterdrop.pipeline.ingest.run import Ingest
from meterdrop.pipeline.ingest.undo import Owned
from meterdrop.pipeline.requeue import Requeue
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import LIFE, Outcome, World
from tests.unit.pipeline.test_crashes import EARLIER, FILE


@dataclass(frozen=True, slots=True)
class Sent:
    """Fits `pipeline.lifecycle.Messages`."""

    ids: list[str] = field(default_factory=list)

    def send(self, upload_id: str) -> None:
        """Remember."""
        self.ids.append(upload_id)


def stored(data: bytes = FILE) -> tuple[World, ObjectVersion]:
    """Make a world with an upload, and an earlier one that it shares an identifier with."""
    world = World(batch=2)
    world.ingest(EARLIER, "uploads/earlier.csv")
    version = world.drop(data)
    world.deliver_until_final(version)
    return world, version


def begin(world: World, version: ObjectVersion, change: Callable[[Upload], Upload]) -> None:
    """Bring an upload on its way again; its message is `resume`."""
    sent = Sent()
    assert (
        Requeue(world.uploads, world.objects, sent, BUCKET).begin(version.upload_id, change, Change("test")) is not None
    )
    assert [version.upload_id] == sent.ids
    world.switch.plan(None)


def begin_revert(world: World, version: ObjectVersion) -> None:
    """Note that an upload is to be reverted, as the API does."""
    begin(world, version, to_revert)


def resume(world: World, version: ObjectVersion, *, gives_up: bool = False) -> None:
    """Deliver the message that an upload is to go on, until it has."""
    for _ in range(5):
        ingest = Ingest(world.ports, BUCKET, None)
        go_on = ingest.give_up if gives_up else ingest.resume
        try:
            go_on(version.upload_id, world.attempt())
        except BusyError as busy:
            world.now += busy.seconds + 1
        else:
            return
    raise AssertionError("the upload is never taken up")


def assert_nothing_left(world: World, outcome: Outcome) -> None:
    """Hold that all of the upload is gone and all of the earlier one is there."""
    assert (outcome.events, outcome.usage) == ({}, {})
    assert ["taken"] == list(world.events)
    assert 2 == len(world.usage)


@cache
def calls_of_a_revert() -> int:
    """Return how many calls a revert makes."""
    world, version = stored()
    begin_revert(world, version)
    resume(world, version)
    return len(world.switch.calls)


def test_a_revert_takes_all_of_it_back() -> None:
    """Events and usage are gone, what was judged and when stays, and the time of the revert is told."""
    world, version = stored()
    before = world.outcome(version).upload
    begin_revert(world, version)
    world.now += 100
    resume(world, version)
    outcome = world.outcome(version)
    assert_nothing_left(world, outcome)
    upload = outcome.upload
    assert (upload.status, upload.counts, upload.totals) == (Status.REVERTED, before.counts, before.totals)
    assert (upload.samples, upload.errors) == (before.samples, before.errors)
    assert (upload.started_at, upload.finished_at) == (before.started_at, before.finished_at)
    assert (before.reverted_at, upload.reverted_at, upload.lease_until) == (None, int(world.now), 0)
    assert [before.finished_at, int(world.now)] == [told.ended_at for told in world.status_events[-2:]]


def test_what_has_ended_once_has_for_good() -> None:
    """From the first final status on, through reprocess, giving up, redelivery and revert; not before it."""
    world, version = stored()
    begin(world, version, to_reprocess)
    resume(world, version, gives_up=True)
    world.deliver_until_final(version)
    begin_revert(world, version)
    resume(world, version)
    seen = [upload for upload in world.uploads.history if upload.id == version.upload_id]
    first = next(number for number, upload in enumerate(seen) if upload.is_final)
    assert {Status.FAILED, Status.SUCCEEDED_WITH_ERRORS, Status.REVERTED} <= {upload.status for upload in seen}
    assert [number >= first for number in range(len(seen))] == [upload.has_ended for upload in seen]
    assert first > 0
    assert {None} == {upload.finished_at for upload in seen if upload.status is Status.PROCESSING}


def test_what_it_updates_stays() -> None:
    """Neither a reprocess nor a revert changes which upload a file updates."""
    world, version = stored()
    updates = "upl_" + "b" * 26
    upload = world.uploads.stored[version.upload_id]
    world.uploads.stored[version.upload_id] = replace(upload, updates=updates)
    begin(world, version, to_reprocess)
    resume(world, version)
    begin_revert(world, version)
    resume(world, version)
    upload = world.outcome(version).upload
    assert updates == upload.updates


@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("at", range(1, calls_of_a_revert() + 1))
def test_a_crash_at_any_call_of_a_revert(at: int, took_effect: bool, kills: bool) -> None:
    """It goes on where it was, to the same end; and no figure is ever without its events."""
    world, version = stored()
    begin_revert(world, version)
    world.switch.plan(Crash(at, took_effect, kills))
    with suppress(CrashError):  # not raised where only the announcement is disturbed
        Ingest(world.ports, BUCKET, None).resume(version.upload_id, world.attempt())
    figures = sum(found.events for share, found in world.usage.items() if share.customer is None)
    assert figures <= len(world.events)
    world.switch.plan(None)
    world.now += LIFE + GRACE + 1 if kills else 10
    resume(world, version)
    assert_nothing_left(world, world.outcome(version))
    assert world.outcome(version).upload.status is Status.REVERTED


def test_undo_never_judges() -> None:
    """Meters and customers may all be gone: what was stored is found all the same."""
    world, version = stored()
    world.meters.stored.clear()
    world.customers.stored.clear()
    begin_revert(world, version)
    resume(world, version)
    assert_nothing_left(world, world.outcome(version))


def test_what_is_of_others_is_not_found() -> None:
    """A row that was a duplicate: that event isn't this upload's to take."""
    world, version = stored()
    (event,) = (event for event in world.events.values() if event.upload != version.upload_id)
    owned = Owned(version.upload_id)
    with localcontext(EXACT):
        owned.add(event)
    assert ({}, {}) == (owned.items, owned.contributions.totals())


def test_identifiers_are_free_again() -> None:
    """The same file dropped again after a revert counts anew, though its bytes were known."""
    world, version = stored()
    begin_revert(world, version)
    resume(world, version)
    again = world.ingest(FILE, "uploads/again.csv")
    assert_sound(again)
    assert again.upload.counts == world.outcome(version).upload.counts


def test_a_notification_does_not_disturb_a_revert() -> None:
    """While it goes on and afterwards, a late delivery changes nothing."""
    world, version = stored()
    begin_revert(world, version)
    assert world.deliver(version) is None
    resume(world, version)
    assert world.deliver(version) is None
    assert_nothing_left(world, world.outcome(version))


def test_one_revert_at_a_time() -> None:
    """A second delivery of the message waits for the first one's lease."""
    world, version = stored()
    begin_revert(world, version)
    world.switch.plan(Crash(3, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        Ingest(world.ports, BUCKET, None).resume(version.upload_id, world.attempt())
    world.switch.plan(None)
    with pytest.raises(BusyError):
        Ingest(world.ports, BUCKET, None).resume(version.upload_id, world.attempt())


@pytest.mark.parametrize("at", range(5, 40, 3))
def test_what_is_given_up_is_undone_first(at: int) -> None:
    """However far it came: nothing is left but a status and an error file that say what to do."""
    world = World(batch=2)
    world.ingest(EARLIER, "uploads/earlier.csv")
    version = world.drop(FILE)
    world.switch.plan(Crash(at, took_effect=True, kills=True))
    try:
        world.deliver(version)
    except CrashError:
        world.now += LIFE + GRACE + 1
    world.switch.plan(None)
    was_final = world.outcome(version).upload.is_final
    resume(world, version, gives_up=True)
    outcome = world.outcome(version)
    assert_sound(outcome)
    if was_final:
        return
    assert outcome.upload.failure is not None
    assert outcome.upload.failure.code is FileCode.INTERNAL_ERROR
    assert version.upload_id in outcome.upload.failure.message
    assert_nothing_left(world, outcome)


def test_what_was_given_up_is_taken_up_again() -> None:
    """A later delivery of the notification brings it to the end it should have had."""
    world = World(batch=2)
    expected = world.ingest(EARLIER, "uploads/earlier.csv")
    version = world.drop(FILE)
    world.switch.plan(Crash(12, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    world.now += LIFE + GRACE + 1
    resume(world, version, gives_up=True)
    assert_sound(world.deliver_until_final(version))
    assert world.outcome(version).upload.status is Status.SUCCEEDED_WITH_ERRORS
    assert expected.upload.status is Status.SUCCEEDED
