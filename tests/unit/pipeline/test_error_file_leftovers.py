"""Parts of an error file that an earlier attempt or run has left: none stays beyond the final status."""

from collections.abc import Iterator
from functools import cache

import pytest

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.error_parts import Limits
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.transitions import to_reprocess
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import Outcome, World
from tests.unit.pipeline.test_crashes import assert_same, crash
from tests.unit.pipeline.test_revert import begin

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
BAD = b"2024-09-25,ai_search_api,cus_nobody,1\n"
WORSE = b"2024-09-25,ai_search_api,cus_no,1\n"
LIMITS = Limits(part=1_500)


def prepared(data: bytes) -> tuple[World, ObjectVersion]:
    """Make a world of small parts, and drop a file."""
    world = World(limits=LIMITS)
    return world, world.drop(data)


@cache
def undisturbed(data: bytes) -> tuple[Outcome, int]:
    """Return what comes of a file, and how many calls that takes."""
    world, version = prepared(data)
    return world.deliver_until_final(version), len(world.switch.calls)


FILE = HEADER + BAD * 20


def reprocess(world: World, version: ObjectVersion) -> Outcome:
    """Process an upload again and see it through."""
    begin(world, version, to_reprocess)
    Ingest(world.ports, BUCKET, None, limits=LIMITS).resume(version.upload_id, world.attempt())
    return world.outcome(version)


def standing(world: World) -> Iterator[bytes]:
    """Return every error file that can be read in the bucket."""
    return (versions[-1] for versions in world.objects.error_files.values() if versions[-1] is not None)


def assert_none_left(world: World, upload: Upload) -> None:
    """Nothing stands in the bucket but what the status names."""
    assert len(list(standing(world))) == (upload.error_file.part_count if upload.error_file else 0)


@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("at", range(1, undisturbed(FILE)[1] + 1))
def test_a_crash_and_fewer_errors(at: int, took_effect: bool, kills: bool) -> None:
    """Wherever an attempt of several parts ends: the next one, of one part or of none, leaves no other."""
    for customers in ((), ("cus_nobody",)):
        world, version = prepared(FILE + WORSE)
        crash(world, version, Crash(at, took_effect, kills))
        for customer in customers:
            world.customers.add(customer)
        outcome = world.deliver_until_final(version)
        assert_sound(outcome)
        assert_none_left(world, outcome.upload)
        if not customers:
            assert_same(world, version, undisturbed(FILE + WORSE)[0])


def test_a_later_run_with_fewer_parts() -> None:
    """Each run leaves as many parts as it has errors for, and a crash in between leaves no more."""
    world, version = prepared(FILE + WORSE * 8)
    first = world.deliver_until_final(version)
    assert_sound(first)
    assert first.upload.error_file is not None
    assert first.upload.error_file.part_count > 3
    world.customers.add("cus_nobody")
    second = reprocess(world, version)
    assert_sound(second)
    assert second.upload.error_file is not None
    assert first.upload.error_file.part_count > second.upload.error_file.part_count > 1
    assert_none_left(world, second.upload)
    world.customers.add("cus_no")
    third = reprocess(world, version)
    assert (Status.SUCCEEDED, None) == (third.upload.status, third.upload.error_file)
    assert_none_left(world, third.upload)


def test_nothing_is_removed_twice() -> None:
    """A key whose part is gone gets no more delete markers."""
    world, version = prepared(FILE)
    world.deliver_until_final(version)
    world.customers.add("cus_nobody")
    reprocess(world, version)
    world.switch.plan(None)
    reprocess(world, version)
    assert 1 == world.switch.calls.count("objects.delete_error_file")


def test_giving_up_leaves_one_part() -> None:
    """The failed upload's error file is one part, whatever the attempts before it wrote."""
    world, version = prepared(FILE)
    last = [number for number, call in enumerate(_calls(FILE), 1) if call == "objects.write_error_file"][-1]
    crash(world, version, Crash(last, took_effect=True, kills=True))
    assert len(list(standing(world))) > 2
    Ingest(world.ports, BUCKET, None).give_up(version.upload_id, world.attempt())
    outcome = world.outcome(version)
    assert_sound(outcome)
    assert Status.FAILED is outcome.upload.status
    assert_none_left(world, outcome.upload)


def _calls(data: bytes) -> list[str]:
    world, version = prepared(data)
    world.deliver(version)
    return list(world.switch.calls)
