"""Every final status is told to the outside, at least once, whatever crashes; and repeats can be known as such."""

import json
from contextlib import suppress
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.resource import upload_object
from meterdrop.domain.uploads.status_event import StatusEvent, status_event
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import GRACE, OutOfTimeError
from meterdrop.pipeline.ingest.run import Ingest
from meterdrop.pipeline.publish import PAGE, publish_unsent
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.status import FakeAnnouncer
from tests.support.fakes.world import LIFE, World
from tests.unit.pipeline.test_crashes import FILE, crash
from tests.unit.pipeline.test_revert import begin_revert

FILES = {
    "usage": ("uploads/usage.csv", FILE),
    "failed": ("uploads/failed.csv", b""),
    "dry run": ("validate/usage.csv", FILE),
    "customers": ("customers/new.csv", b"id,name\ncus_new,Ada\ncus_other,\n"),
}


def final_statuses(world: World) -> list[Upload]:
    """Return every revision at which an upload came to a final status."""
    return [upload for upload in world.uploads.history if upload.is_final]


def event_ids(told: list[StatusEvent]) -> set[str]:
    """Return what consumers dedupe by."""
    return {json.loads(each.detail)["event_id"] for each in told}


def sweep(world: World) -> list[Exception]:
    """Send all that is left, page by page, and return what failed."""
    failed: list[Exception] = []
    after: str | None = None
    while True:
        ports = world.ports
        after = publish_unsent(
            ports.publisher, ports.outbox, before=int(world.now) + 1, after=after, on_failed=failed.append
        )
        if after is None:
            return failed


def assert_all_told(world: World) -> None:
    """Hold that each final status was told as it is stored, and nothing else was."""
    expected = {status_event(upload).sort_key: status_event(upload) for upload in final_statuses(world)}
    assert expected == {told.sort_key: told for told in world.status_events}
    assert len(expected) == len(event_ids(world.status_events))
    assert {} == world.uploads.outbox


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_upload_is_announced(name: str) -> None:
    """A usage file, a failed one, a dry run and one of customers: once each, as the API shows it."""
    key, data = FILES[name]
    world = World()
    upload = world.ingest(data, key).upload
    (told,) = world.status_events
    assert f"upload.{upload.status.value}" == told.type
    assert upload_object(upload).items() <= json.loads(told.detail).items()
    assert_all_told(world)


def test_the_status_comes_first() -> None:
    """Nobody hears of a status that is not stored; nothing is forgotten before it was accepted."""
    world = World()
    version = world.drop(FILE)
    world.deliver(version)
    assert ["uploads.finish", "announcer.send", "outbox.remove"] == world.switch.calls[-3:]


@cache
def calls(name: str) -> int:
    """Return how many calls an upload takes."""
    key, data = FILES[name]
    world = World(batch=2)
    world.deliver(world.drop(data, key))
    return len(world.switch.calls)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("back", range(5))
def test_a_crash_at_the_end(name: str, back: int, took_effect: bool, kills: bool) -> None:
    """Before and after each of the last calls: one final status, told at least once, with one id."""
    key, data = FILES[name]
    world = World(batch=2)
    version = world.drop(data, key)
    crash(world, version, Crash(calls(name) - back, took_effect, kills))
    world.now += LIFE + GRACE + 1
    world.deliver_until_final(version)
    assert [] == sweep(world)
    assert 1 == len(final_statuses(world))
    assert_all_told(world)


_crashes = st.builds(Crash, st.integers(1, 60), st.booleans(), st.booleans())


@given(st.lists(_crashes, max_size=4), st.sampled_from(sorted(FILES)), st.lists(st.integers(1, 3), max_size=3))
def test_several_crashes(crashes: list[Crash], name: str, in_sweeps: list[int]) -> None:
    """However often it crashes, in the sweep too."""
    key, data = FILES[name]
    world = World(batch=2)
    version = world.drop(data, key)
    for planned in crashes:
        crash(world, version, planned)
    world.deliver_until_final(version)
    for at in in_sweeps:
        world.switch.plan(Crash(at, took_effect=True, kills=True))
        with suppress(CrashError):
            sweep(world)
    world.switch.plan(None)
    assert [] == sweep(world)
    assert 1 == len(final_statuses(world))
    assert_all_told(world)


def test_each_final_status_has_an_id_of_its_own() -> None:
    """What succeeded and was reverted is told twice, and the second is no repeat of the first."""
    world = World()
    version = world.drop(FILE)
    world.deliver(version)
    begin_revert(world, version)
    Ingest(world.ports, BUCKET, None).resume(version.upload_id, world.attempt())
    assert ["upload.succeeded_with_errors", "upload.reverted"] == [told.type for told in world.status_events]
    assert_all_told(world)


def refusing(world: World, refused: ObjectVersion) -> None:
    """Let the bus refuse what is told of one upload."""
    send = FakeAnnouncer.send

    class Refusing(FakeAnnouncer):
        def send(self, status_event: StatusEvent) -> None:
            if status_event.subject == refused.upload_id:
                raise ConnectionError
            send(self, status_event)

    world.make_announcer = Refusing


def test_a_failure_to_announce_fails_nothing() -> None:
    """The upload is final and acknowledged; who runs the pipeline is told why, and the sweep sends it."""
    world = World()
    version = world.drop(FILE)
    refusing(world, version)
    told: list[BaseException] = []
    upload = Ingest(world.ports, BUCKET, None, on_publish_failed=told.append).run(version, 0, world.attempt())
    assert upload is not None
    assert Status.SUCCEEDED_WITH_ERRORS is upload.status
    assert [ConnectionError] == [type(error) for error in told]
    assert [] == world.status_events
    world.make_announcer = FakeAnnouncer
    assert [] == sweep(world)
    assert_all_told(world)


def test_one_that_is_refused_does_not_hold_up_the_others() -> None:
    """The sweep goes on past it, over several pages, and leaves it for the next."""
    world = World()
    versions = [world.drop(b"", f"uploads/{number}.csv") for number in range(2 * PAGE + 1)]
    for version in versions:
        world.switch.plan(None)
        refusing(world, version)
        world.deliver(version)
    refusing(world, versions[3])
    assert [ConnectionError] == [type(error) for error in sweep(world)]
    assert [versions[3].upload_id] == [told.subject for told in world.uploads.outbox.values()]
    assert 2 * PAGE == len(world.status_events)


def test_what_is_being_sent_at_this_moment_is_left_alone() -> None:
    """Only what is older than asked for is sent."""
    world = World()
    version = world.drop(FILE)
    refusing(world, version)
    world.deliver(version)
    world.make_announcer = FakeAnnouncer
    ports = world.ports
    finished = world.uploads.stored[version.upload_id].finished_at or 0
    publish_unsent(ports.publisher, ports.outbox, before=finished, after=None, on_failed=lambda _: None)
    assert [] == world.status_events
    publish_unsent(ports.publisher, ports.outbox, before=finished + 1, after=None, on_failed=lambda _: None)
    assert_all_told(world)


def test_a_sweep_ends_when_its_time_is_up() -> None:
    """That is no fault of the announcement: it is not told as one, and the rest is not tried."""
    world = World()
    version = world.drop(FILE)
    refusing(world, version)
    world.deliver(version)

    class Ended(FakeAnnouncer):
        def send(self, _: StatusEvent) -> None:
            raise OutOfTimeError

    world.make_announcer = Ended
    with pytest.raises(OutOfTimeError):
        sweep(world)
