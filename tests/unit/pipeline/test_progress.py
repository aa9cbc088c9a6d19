"""What a watcher sees while an upload is processed."""

from itertools import pairwise

import pytest

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Counts, Upload
from meterdrop.pipeline.ingest import store_events
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import World

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
GOOD = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400\n"
BAD = b"2024-09-25,ai_search_api,cus_nobody,400\n"
FILE = HEADER + (GOOD * 3 + BAD) * 120


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the counts more often than large files need."""
    monkeypatch.setattr(store_events, "_RECORDED_AT_ONCE", 25)


def slow_world(key: str = "uploads/usage.csv", data: bytes = FILE) -> tuple[World, ObjectVersion]:
    """Make a world in which every insert, and every read of events, takes a second."""
    world = World(batch=2)

    def before_call(name: str) -> None:
        world.now += name in {"events.insert", "events.read"}

    world.switch.before_call = before_call
    return world, world.drop(data, key)


def seen(world: World, upload: Upload) -> list[Counts]:
    """Return the counts that were shown, one after the other."""
    return [each.counts for each in world.uploads.history if each.id == upload.id]


def assert_never_shrinks(shown: list[Counts]) -> None:
    """Compare each count with the one before it."""
    for before, after in pairwise(shown):
        assert (before.row, before.success, before.duplicate, before.error) <= (
            after.row,
            after.success,
            after.duplicate,
            after.error,
        )
        assert after.success >= before.success
        assert after.error >= before.error


def test_counts_grow() -> None:
    """Counts are stored on the way, every two seconds or so, and grow until they are final."""
    world, version = slow_world()
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    shown = seen(world, outcome.upload)
    assert 4 < len(shown) < 100
    assert_never_shrinks(shown)
    assert shown[-1] == Counts(480, 360, 0, 120)


def test_counts_do_not_shrink_in_a_retry() -> None:
    """A retry begins to settle from the first row, and shows what it has only where that is more."""
    world, version = slow_world()
    world.switch.plan(Crash(at=170, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    left = world.uploads.stored[version.upload_id].counts
    assert left.row > 0
    world.switch.plan(None)
    world.now += 1_000
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert_never_shrinks(seen(world, outcome.upload))
    assert outcome.upload.counts == Counts(480, 360, 0, 120)


def test_counts_of_a_dry_run_do_not_shrink_in_a_retry() -> None:
    """A dry run stores nothing that a retry could find, and counts from the first row again."""
    # A dry run reads the IDs that other uploads may have stored: identifiers.
    rows = b"".join(row[:-1] + b",id%d\n" % number for number, row in enumerate(FILE.splitlines(keepends=True)[1:]))
    data = HEADER[:-1] + b",identifier\n" + rows
    twin, dropped = slow_world("validate/usage.csv", data)
    twin.deliver(dropped)
    at = twin.switch.calls.index("objects.write_error_file") + 1
    world, version = slow_world("validate/usage.csv", data)
    world.switch.plan(Crash(at=at, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    left = world.uploads.stored[version.upload_id].counts
    assert left.row > 0
    world.switch.plan(None)
    world.now += 1_000
    outcome = world.deliver_until_final(version)
    assert_never_shrinks(seen(world, outcome.upload))
    assert outcome.upload.counts == Counts(480, 360, 0, 120)


def test_progress_is_an_attempt_that_counts() -> None:
    """An attempt that settled more rows than any before it is no attempt without progress."""
    world, version = slow_world()
    world.switch.plan(Crash(at=170, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    upload = world.uploads.stored[version.upload_id]
    assert (upload.status, upload.attempts) == (Status.PROCESSING, 0)
