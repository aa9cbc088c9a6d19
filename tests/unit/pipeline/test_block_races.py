"""Rows in blocks: crashes, corrections, reverts and reprocessing meet, and each row counts at most once.

Blocks have two rows here. The fake table raises if an event is stored in a block and in an item of its own.
"""

from collections.abc import Callable

import pytest

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Counts
from meterdrop.pipeline.attempt import GRACE, BusyError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import LIFE, Outcome, World
from tests.unit.pipeline.test_crashes import CHANGES
from tests.unit.pipeline.test_revert import begin, resume

HEADER = b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
GOOD = b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,%d\n"
OTHER = b"2024-09-25,ai_search_api,cus_GAXJtSu6021a6s,%d\n"
BAD = b"2024-09-25,ai_search_api,cus_nobody,%d\n"
FILE = HEADER + GOOD % 1 + BAD % 2 + GOOD % 3 + OTHER % 4 + BAD % 5 + OTHER % 6
GOOD_ROWS = (1, 3, 4, 6)


def correction(version: ObjectVersion, *rows: int) -> bytes:
    """Write the error file of an upload; its customer has been registered since."""
    header = b"timestamp,event_name,payload_stripe_customer_id,payload_value,upload,row_number\n"
    return header + b"".join(BAD[:-1] % row + b",%s,%d\n" % (version.upload_id.encode(), row) for row in rows)


def kill(world: World, call: str, attempt: Callable[[], object], number: int = 1) -> None:
    """Let an attempt die after the effect of one of its calls, and its lease end."""
    calls = world.switch.calls
    left = [number]

    def before_call(name: str) -> None:
        left[0] -= name == call
        if left[0] == 0 and world.switch.crash is None:
            world.switch.crash = Crash(len(calls) + 1, took_effect=True, kills=True)

    world.switch.plan(None)
    world.switch.before_call = before_call
    with pytest.raises(CrashError):
        attempt()
    world.switch.before_call = lambda _: None
    world.switch.plan(None)
    world.now += LIFE + GRACE + 1


def reprocess(world: World, version: ObjectVersion) -> Outcome:
    """Process an upload again."""
    begin(world, version, to_reprocess)
    resume(world, version)
    return world.outcome(version)


def assert_each_counts_once(world: World, *versions: ObjectVersion) -> None:
    """Compare the statuses with the events: every success has one, and no event is nobody's."""
    outcomes = [world.outcome(version) for version in versions]
    for outcome in outcomes:
        assert_sound(outcome)
    successes = sum(outcome.upload.counts.success for outcome in outcomes)
    assert len(world.events) == successes


def registered(world: World) -> None:
    """Register the customer that was missing."""
    world.customers.add("cus_nobody")


def test_an_error_file_before_its_parent_has_ended() -> None:
    """It waits, however far the parent is. Then the parent's later attempt has decided on the rows."""
    world = World(batch=2)
    parent = world.drop(FILE)
    child = world.drop(correction(parent, 2, 5), "uploads/corrected.csv")
    kill(world, "events.insert", lambda: world.deliver(parent), 2)
    with pytest.raises(BusyError):
        world.deliver(child)
    registered(world)
    world.deliver_until_final(parent)
    world.deliver_until_final(child)
    assert world.outcome(parent).upload.counts == Counts(6, 6, 0, 0)
    assert world.outcome(child).upload.counts == Counts(2, 0, 2, 0)
    assert_each_counts_once(world, parent, child)


@pytest.mark.parametrize("call", ["events.insert", "usage.put", "uploads.finish"])
def test_an_error_file_while_its_parent_ends(call: str) -> None:
    """Delivered at any call of the parent's first run, it waits; delivered again after it, it counts."""
    world = World(batch=2)
    parent = world.drop(FILE)
    child = world.drop(correction(parent, 2, 5), "uploads/corrected.csv")
    waited: list[bool] = []

    def before_call(name: str) -> None:
        if name == call and not waited:
            waited.append(True)
            # Not only for the account of their key.
            with pytest.raises(BusyError, match="has not ended"):
                world.deliver(child)

    world.switch.before_call = before_call
    world.deliver(parent)
    world.switch.before_call = lambda _: None
    assert waited
    registered(world)
    world.now += 100
    world.deliver_until_final(child)
    assert world.outcome(child).upload.counts == Counts(2, 2, 0, 0)
    assert_each_counts_once(world, parent, child)


def test_an_error_file_after_its_parent_has_ended() -> None:
    """Rows that the blocks don't hold are new, rows that they hold are duplicates or conflicts."""
    world = World(batch=2)
    parent = world.drop(FILE)
    world.deliver_until_final(parent)
    registered(world)
    child = world.drop(correction(parent, 1, 2, 5), "uploads/corrected.csv")
    world.deliver_until_final(child)
    counts = world.outcome(child).upload.counts
    assert (counts.success, counts.row) == (2, 3)
    assert world.events[f"{parent.upload_id}:1"].upload == parent.upload_id
    assert world.events[f"{parent.upload_id}:2"].item == f"{parent.upload_id}:2"
    assert_each_counts_once(world, parent, child)


@pytest.mark.parametrize("number", [1, 2])
def test_a_parent_reprocessed_while_its_error_file_is_at_work(number: int) -> None:
    """It waits for the error file, which holds the account of their key. Then the corrected rows are duplicates."""
    world = World(batch=2)
    parent = world.drop(FILE)
    world.deliver_until_final(parent)
    registered(world)
    child = world.drop(correction(parent, 2, 5), "uploads/corrected.csv")
    kill(world, "events.insert", lambda: world.deliver(child), number)
    begin(world, parent, to_reprocess)
    with pytest.raises(BusyError):
        Ingest(world.ports, BUCKET, None).resume(parent.upload_id, world.attempt())
    world.deliver_until_final(child)
    world.now += 100
    resume(world, parent)
    assert world.outcome(child).upload.counts == Counts(2, 2, 0, 0)
    assert world.outcome(parent).upload.counts == Counts(6, 4, 2, 0)
    assert_each_counts_once(world, parent, child)


@pytest.mark.parametrize("stored", [1, 2])
def test_a_parent_given_up_then_its_error_file_then_reprocessed(stored: int) -> None:
    """The parent's blocks are gone. Its rows come as single events, and the corrected rows stay the error file's."""
    world = World(batch=2)
    parent = world.drop(FILE)
    kill(world, "events.insert", lambda: world.deliver(parent), stored)
    assert world.events
    resume(world, parent, gives_up=True)
    assert world.outcome(parent).upload.status is Status.FAILED
    assert not world.events
    registered(world)
    child = world.drop(correction(parent, 1, 2), "uploads/corrected.csv")
    world.deliver_until_final(child)
    assert world.outcome(child).upload.counts == Counts(2, 2, 0, 0)
    outcome = reprocess(world, parent)
    assert outcome.upload.counts.success == 4
    assert all(event.item == event.id for event in world.events.values())
    assert_each_counts_once(world, parent, child)


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("number", [1, 2, 3])
def test_meters_or_customers_change_between_two_blocks(change: Callable[[World], None], number: int) -> None:
    """Stored blocks win, whatever the rows would be now. The other rows are validated as of now."""
    world = World(batch=1)
    version = world.drop(FILE)
    kill(world, "events.insert", lambda: world.deliver(version), number)
    before = dict(world.events)
    assert 0 < len(before) <= len(GOOD_ROWS)
    change(world)
    world.deliver_until_final(version)
    assert before.items() <= world.events.items()
    assert_each_counts_once(world, version)
    # A row that is valid only now is a single event beside its block.
    for row in {2, 5} & {event.row for event in world.events.values()}:
        block = f"{version.upload_id}/{(row - 1) // 2}"
        was_there = any(event.item == block for event in before.values())
        assert world.events[f"{version.upload_id}:{row}"].item == (f"{version.upload_id}:{row}" if was_there else block)


def test_an_identifier_spelled_like_a_row() -> None:
    """It is reserved: only the row of an upload that has ended, and that exists, can be meant."""
    world = World(batch=2)
    parent = world.drop(FILE)
    world.deliver_until_final(parent)
    header = HEADER[:-1] + b",identifier\n"
    upload_id = parent.upload_id.encode()
    names = [b":1", b":2", b":7", b":01", b"/0", b"/9"]
    rows = b"".join(GOOD[:-1] % 1 + b",%s%s\n" % (upload_id, name) for name in names)
    child = world.drop(header + rows, "uploads/other.csv")
    world.deliver_until_final(child)
    # Row 1 is stored with the same content, row 2 was refused, and the others are no rows.
    assert world.outcome(child).upload.counts == Counts(6, 1, 1, 4)
    assert_each_counts_once(world, parent, child)
    begin(world, child, to_revert)
    resume(world, child)
    assert len(world.events) == len(GOOD_ROWS)
    assert {event.upload for event in world.events.values()} == {parent.upload_id}


MIXED = (
    HEADER[:-1]
    + b",identifier\n"
    + b"".join(GOOD[:-1] % row + b",%s\n" % id_ for row, id_ in enumerate([b"", b"a", b"", b"", b"b", b""], 1))
)


@pytest.mark.parametrize("call", ["", "events.delete", "usage.remove"])
def test_a_revert_of_blocks_and_single_events(call: str) -> None:
    """A revert deletes both, after a crash too. The same file then counts again."""
    world = World(batch=2)
    version = world.drop(MIXED)
    world.deliver_until_final(version)
    blocks = {f"{version.upload_id}/{number}" for number in range(3)}
    assert {event.item for event in world.events.values()} == {*blocks, "a", "b"}
    begin(world, version, to_revert)
    if call:
        kill(world, call, lambda: resume(world, version))
    resume(world, version)
    assert (world.events, world.usage) == ({}, {})
    again = world.drop(MIXED)
    assert world.deliver_until_final(again).upload.counts == Counts(6, 6, 0, 0)
    assert_each_counts_once(world, again)


def test_blocks_reprocessed() -> None:
    """Stored rows stay in their blocks. A row that has become valid is a single event beside its block."""
    world = World(batch=2)
    version = world.drop(FILE)
    world.deliver_until_final(version)
    before = dict(world.events)
    assert reprocess(world, version).upload.counts == Counts(6, 4, 0, 2)
    assert world.events == before
    registered(world)
    assert reprocess(world, version).upload.counts == Counts(6, 6, 0, 0)
    assert before.items() <= world.events.items()
    assert {world.events[f"{version.upload_id}:{row}"].item for row in (2, 5)} == {
        f"{version.upload_id}:{row}" for row in (2, 5)
    }
    assert_each_counts_once(world, version)
