"""When an upload is given up, and that it gets a final status whatever its message is and however far it came."""

from dataclasses import dataclass, replace

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.objects import ObjectFacts, ObjectGoneError, ObjectVersion
from meterdrop.domain.uploads.upload import Counts
from meterdrop.pipeline import attempt as pauses
from meterdrop.pipeline.attempt import GRACE, MAX_ATTEMPTS, Attempt, BusyError, ExhaustedError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET, FakeObjects
from tests.support.fakes.catalog import ARRIVAL
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import LIFE, World
from tests.unit.pipeline.test_crashes import FILE


def ingest(world: World) -> Ingest:
    """Return the pipeline."""
    return Ingest(world.ports, BUCKET, None)


def give_up(world: World, version: ObjectVersion) -> None:
    """Deliver a dead letter that is S3's notification."""
    ingest(world).give_up_version(version, ARRIVAL, world.attempt())


def fail_once(world: World, version: ObjectVersion, at: int = 6) -> None:
    """Let an attempt fail that brings nothing."""
    world.switch.plan(Crash(at, took_effect=False, kills=False))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)


def assert_given_up(world: World, version: ObjectVersion) -> None:
    """Hold that nothing is stored, and that status and error file say so."""
    outcome = world.outcome(version)
    assert_sound(outcome)
    assert outcome.upload.failure is not None
    assert (outcome.upload.status, outcome.upload.failure.code) == (Status.FAILED, FileCode.INTERNAL_ERROR)
    assert (outcome.events, outcome.usage, outcome.upload.counts) == ({}, {}, Counts())
    assert outcome.error_file is not None


def test_after_so_many_attempts_without_progress_it_is_given_up() -> None:
    """The attempt says so instead of running again, and leaves everything as it is."""
    world = World()
    version = world.drop(FILE)
    for _ in range(MAX_ATTEMPTS):
        fail_once(world, version)
    before = world.uploads.stored[version.upload_id]
    assert before.attempts == MAX_ATTEMPTS
    with pytest.raises(ExhaustedError):
        world.deliver(version)
    with pytest.raises(ExhaustedError):
        ingest(world).resume(version.upload_id, world.attempt())
    assert world.uploads.stored[version.upload_id] == before
    give_up(world, version)
    assert_given_up(world, version)


def test_a_live_lease_comes_first() -> None:
    """The last attempt may still bring it to its end."""
    world = World()
    version = world.drop(FILE)
    fail_once(world, version)
    upload = world.uploads.stored[version.upload_id]
    world.uploads.stored[upload.id] = replace(upload, attempts=MAX_ATTEMPTS, lease_until=int(world.now) + 10)
    with pytest.raises(BusyError):
        world.deliver(version)
    with pytest.raises(BusyError):
        give_up(world, version)


def test_what_was_given_up_starts_from_the_first_attempt_again() -> None:
    """A later delivery finds its way, however often it was tried before."""
    world = World()
    version = world.drop(FILE)
    for _ in range(MAX_ATTEMPTS):
        fail_once(world, version)
    give_up(world, version)
    fail_once(world, version)
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert outcome.upload.status is Status.SUCCEEDED_WITH_ERRORS


def test_a_dead_letter_of_what_is_final_changes_nothing() -> None:
    """Whatever its status."""
    world = World()
    for data in (FILE, b"", b"\0"):
        version = world.drop(data, f"uploads/{len(data)}.csv")
        world.deliver_until_final(version)
        before = world.uploads.stored[version.upload_id]
        give_up(world, version)
        give_up(world, version)
        assert world.uploads.stored[version.upload_id] == before


def test_a_version_without_any_status_gets_one() -> None:
    """Its notification was all there was; size and arrival are as a first claim finds them."""
    world = World()
    version = world.drop(FILE, at=ARRIVAL + 5)
    give_up(world, version)
    assert_given_up(world, version)
    upload = world.uploads.stored[version.upload_id]
    assert (upload.size, upload.created) == (len(FILE), ARRIVAL + 5)
    assert_sound(world.deliver_until_final(version))


@dataclass(slots=True)
class Refusing(FakeObjects):
    """A bucket whose objects nobody may look at, such as those encrypted with a key of somebody else."""

    def facts(self, _: ObjectVersion) -> ObjectFacts:
        """Refuse."""
        raise PermissionError


def test_an_object_that_aws_refuses_to_tell_of() -> None:
    """No status can count the attempts, so the queue's count does; it fails all the same in the end."""
    world = World()
    version = world.drop(FILE)
    world.objects = Refusing(world.switch, world.objects.dropped)

    def attempt(receives: int) -> Attempt:
        return Attempt(world.now + LIFE, lambda: world.now, receives=receives)

    for receives in (1, MAX_ATTEMPTS - 1):
        with pytest.raises(PermissionError):
            ingest(world).run(version, ARRIVAL, attempt(receives))
    with pytest.raises(ExhaustedError):
        ingest(world).run(version, ARRIVAL, attempt(MAX_ATTEMPTS))
    assert world.uploads.stored == {}
    give_up(world, version)
    assert_given_up(world, version)
    assert (world.uploads.stored[version.upload_id].size, world.uploads.stored[version.upload_id].created) == (
        None,
        ARRIVAL,
    )


def test_an_undo_without_its_file_is_refused() -> None:
    """The events of a file that is gone cannot be found by it: nothing is called undone that is not."""
    world = World(batch=2)
    version = world.drop(FILE)
    world.switch.plan(Crash(16, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    world.now += LIFE + GRACE + 1
    stored = dict(world.events)
    assert stored
    world.objects.delete(version)
    with pytest.raises(ObjectGoneError):
        give_up(world, version)
    assert (world.events, world.uploads.stored[version.upload_id].status) == (stored, Status.PROCESSING)


def calls_of_giving_up() -> int:
    """Return how many calls it takes to give up what is half stored."""
    world, version = half_stored()
    give_up(world, version)
    return len(world.switch.calls)


def half_stored() -> tuple[World, ObjectVersion]:
    """Make a world in which an attempt was killed with events stored."""
    world = World(batch=2)
    version = world.drop(FILE)
    world.switch.plan(Crash(20, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    world.now += LIFE + GRACE + 1
    return world, version


@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("known", [True, False], ids=["half stored", "unknown"])
@pytest.mark.parametrize("at", range(1, calls_of_giving_up() + 1))
def test_a_crash_at_any_call(at: int, known: bool, took_effect: bool, kills: bool) -> None:
    """The next try gives it up all the same."""
    if known:
        world, version = half_stored()
    else:
        world = World()
        version = world.drop(FILE)
    world.switch.plan(Crash(at, took_effect, kills))
    try:
        give_up(world, version)
    except CrashError:
        world.now += LIFE + GRACE + 1
    world.switch.plan(None)
    give_up(world, version)
    assert_given_up(world, version)


def test_pauses_between_attempts_grow() -> None:
    """The second attempt comes soon; those of trouble that lasts are spread over half a minute."""
    bounds = [(1, 5, 10), (2, 5, 15), (5, 5, 30), (MAX_ATTEMPTS, 5, 30)]
    for attempt, least, most in bounds:
        drawn = [pauses.after_failure(attempt) for _ in range(200)]
        assert least <= min(drawn)
        assert (most - least) * 0.8 < max(drawn) - least <= most - least


def test_pauses_between_recoveries_grow_to_hours() -> None:
    """Doubled from half a minute to ten minutes, so that an outage of any length is over for all soon after its end."""
    assert [pauses.before_recovery(n) for n in (1, 2, 3, 5, 6, 999)] == [30, 60, 120, 480, 600, 600]
    assert [pauses.before_recovery(pauses.MOVED_AFTER + n) for n in (1, 2, 3)] == [30, 60, 120]
