"""A revert that reprocesses the uploads whose rows were duplicates of its rows."""

from functools import partial

import pytest

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Counts
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import World

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value,identifier\n"
ROWS = b"".join(b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,%d,row-%d\n" % (n, n) for n in range(5))
_revert = partial(to_revert, reprocesses_duplicates=True)


def dropped(copies: int = 3) -> tuple[World, list[ObjectVersion]]:
    """Upload one file, and then copies of its rows with one row more each."""
    world = World()
    versions = [world.drop(HEADER + ROWS, "uploads/first.csv")]
    for number in range(copies):
        more = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,9,own-%d\n" % number
        versions.append(world.drop(HEADER + ROWS + more, f"uploads/{number}.csv"))
    for version in versions:
        world.deliver_until_final(version)
    return world, versions


def deliver_sent(world: World) -> None:
    """Deliver the messages that the revert sent, each twice: SQS delivers at least once."""
    for upload_id in world.messages.sent * 2:
        world.ingester().resume(upload_id, world.attempt())


def test_the_rows_count_once_in_the_uploads_that_had_them_too() -> None:
    """The first of them that is processed counts the rows. The others keep duplicates."""
    world, (first, *others) = dropped()
    world.change(first, _revert)
    assert world.uploads.stored[first.upload_id].status is Status.REVERTED
    assert sorted(world.messages.sent) == sorted(other.upload_id for other in others)
    assert {world.uploads.stored[other.upload_id].status for other in others} == {Status.PROCESSING}
    deliver_sent(world)
    outcomes = [world.outcome(other) for other in others]
    for outcome in outcomes:
        assert_sound(outcome)
        assert outcome.upload.run == 2
    assert sorted(outcome.upload.counts.success for outcome in outcomes) == [1, 1, 6]
    assert len(world.events) == 8


def test_without_the_parameter_nothing_else_happens() -> None:
    """The rows stay duplicates, as the response says."""
    world, (first, *others) = dropped()
    world.change(first, to_revert)
    assert world.messages.sent == []
    assert {world.outcome(other).upload.counts for other in others} == {Counts(6, 1, 5)}


def test_it_can_be_asked_for_while_the_revert_runs() -> None:
    """A second request adds the parameter, and a third without it takes nothing back."""
    world, (first, *_) = dropped()
    reverting = to_revert(world.uploads.stored[first.upload_id])
    asked = _revert(reverting)
    assert (reverting.reprocesses_duplicates, asked.reprocesses_duplicates) == (False, True)
    assert (_revert(asked), to_revert(asked)) == (asked, asked)


def test_uploads_that_cannot_be_reprocessed_hold_nothing_up() -> None:
    """One is reverted itself, another one's file is gone."""
    world, (first, reverted, gone, other) = dropped()
    world.change(reverted, to_revert)
    world.objects.delete(gone)
    world.change(first, _revert)
    assert world.messages.sent == [other.upload_id]
    assert world.uploads.stored[first.upload_id].status is Status.REVERTED


def calls_of_a_revert() -> int:
    """Return how many calls a revert makes."""
    world, (first, *_) = dropped(2)
    world.switch.plan(None)
    world.change(first, _revert)
    return len(world.switch.calls)


@pytest.mark.parametrize("took_effect", [False, True])
@pytest.mark.parametrize("at", range(1, calls_of_a_revert() + 1))
def test_a_crash_at_any_call(at: int, took_effect: bool) -> None:
    """Whatever call the process dies at, every row counts once at the end, and no upload is left in progress."""
    world, (first, *others) = dropped(2)
    world.switch.plan(Crash(at, took_effect=took_effect, kills=True))
    try:
        world.change(first, _revert)
    except CrashError:
        world.switch.plan(None)
        if world.uploads.stored[first.upload_id].status is not Status.REVERTED:
            world.now += 1_000
            world.change(first, lambda upload: upload)
    world.switch.plan(None)
    deliver_sent(world)
    assert world.uploads.stored[first.upload_id].status is Status.REVERTED
    for other in others:
        assert_sound(world.outcome(other))
    assert sorted(world.outcome(other).upload.counts.success for other in others) == [1, 6]
    assert len(world.events) == 7


def test_a_duplicate_that_is_in_progress_gets_another_message() -> None:
    """Its attempt finds the rows free, or waits for the revert."""
    world, (first, second, *_) = dropped(1)
    world.uploads.stored[second.upload_id] = to_reprocess(world.uploads.stored[second.upload_id])
    world.change(first, _revert)
    deliver_sent(world)
    assert world.outcome(second).upload.counts == Counts(6, 6)
