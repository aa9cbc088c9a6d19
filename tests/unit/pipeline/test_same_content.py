"""The same bytes again: whose rows count, who waits, and who is let in."""

from dataclasses import replace

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.claims import SharedClaim
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Failure
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import Outcome, World

FILE = (
    b"timestamp,event_name,payload_stripe_customer_id,payload_value\n2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400\n"
)


def make(world: World, outcome: Outcome, status: Status, failure: FileCode | None = None) -> None:
    """Change what became of an upload; one that counts no more has no events."""
    why = None if failure is None else Failure(failure, "as the test says")
    world.uploads.stored[outcome.upload.id] = replace(outcome.upload, status=status, failure=why)
    if status in {Status.REVERTED, Status.FAILED}:
        for event in outcome.events.values():
            del world.events[event.id]


def crashed(world: World, key: str) -> ObjectVersion:
    """Leave an upload that owns the content, whose process died before its first event."""
    version = world.drop(FILE, key)
    twin = World()
    twin.ingest(FILE)
    world.switch.plan(Crash(twin.switch.calls.index("events.insert") + 1, took_effect=False, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    return version


def test_waits_for_an_owner_that_is_processing() -> None:
    """Nothing is decided while the owner is not final; to wait is no attempt without progress."""
    world = World()
    owner = crashed(world, "uploads/a.csv")
    version = world.drop(FILE, "uploads/b.csv")
    for _ in range(3):
        with pytest.raises(BusyError):
            world.deliver(version)
    waiting = world.uploads.stored[version.upload_id]
    assert (waiting.status, waiting.attempts, waiting.lease_until) == (Status.PROCESSING, 0, world.now)
    world.now += 1_000
    assert world.deliver_until_final(owner).upload.status is Status.SUCCEEDED
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert outcome.upload.failure is not None
    assert outcome.upload.failure.code is FileCode.DUPLICATE
    assert owner.upload_id in outcome.upload.failure.message


def test_a_dry_run_waits_too() -> None:
    """A dry run has the verdict that the file would have in earnest, so it waits for the same."""
    world = World()
    crashed(world, "uploads/a.csv")
    with pytest.raises(BusyError):
        world.deliver(world.drop(FILE, "validate/b.csv"))


@pytest.mark.parametrize(
    ("status", "failure"),
    [(Status.REVERTED, None), (Status.FAILED, FileCode.UNKNOWN_COLUMNS), (Status.FAILED, FileCode.DUPLICATE)],
)
def test_content_is_free_again(status: Status, failure: FileCode | None) -> None:
    """An owner that was reverted, or failed for a reason of its own, keeps nobody out."""
    world = World()
    make(world, world.ingest(FILE, "uploads/a.csv"), status, failure)
    second = world.ingest(FILE, "uploads/b.csv")
    third = world.ingest(FILE, "uploads/c.csv")
    assert second.upload.status is Status.SUCCEEDED
    assert third.upload.failure is not None
    assert second.upload.id in third.upload.failure.message


def test_an_owner_that_we_gave_up() -> None:
    """An owner that failed by our fault keeps its content, and the message says to reprocess it."""
    world = World()
    owner = world.ingest(FILE, "uploads/a.csv")
    make(world, owner, Status.FAILED, FileCode.INTERNAL_ERROR)
    outcome = world.ingest(FILE, "uploads/b.csv")
    assert outcome.upload.failure is not None
    assert outcome.upload.failure.code is FileCode.DUPLICATE
    assert owner.upload.id in outcome.upload.failure.message
    assert "Reprocess that upload" in outcome.upload.failure.message


def test_an_owner_being_reverted_is_waited_for() -> None:
    """Reverting is not final: whether the content is free is not known yet."""
    world = World()
    make(world, world.ingest(FILE, "uploads/a.csv"), Status.REVERTING)
    with pytest.raises(BusyError):
        world.deliver(world.drop(FILE, "uploads/b.csv"))


def test_one_that_was_let_in_beside_counts_as_well() -> None:
    """Content is free when all who hold it are reverted, those that came by allow-duplicate too."""
    world = World()
    owner = world.ingest(FILE, "uploads/a.csv")
    beside = world.ingest(FILE, "uploads/b.csv", allow_duplicate=True)
    assert_sound(beside)
    make(world, owner, Status.REVERTED)
    refused = world.ingest(FILE, "uploads/c.csv")
    assert refused.upload.failure is not None
    assert beside.upload.id in refused.upload.failure.message
    make(world, beside, Status.REVERTED)
    assert world.ingest(FILE, "uploads/d.csv").upload.status is Status.SUCCEEDED


def test_a_dry_run_claims_nothing() -> None:
    """A dry run only looks, with allow-duplicate as well."""
    world = World()
    world.ingest(FILE, "validate/a.csv")
    world.ingest(FILE, "validate/b.csv", allow_duplicate=True)
    assert world.claims.stored == {}


def test_two_arrive_at_once() -> None:
    """Of two uploads that find the content free one claims it; the other comes again, and then meets an owner."""
    world = World()
    first, second = world.drop(FILE, "uploads/a.csv"), world.drop(FILE, "uploads/b.csv")
    puts: list[str] = []

    def before_call(name: str) -> None:
        puts.extend([name] if name == "claims.put" else [])
        if len(puts) == 2:  # the key is claimed, now the content
            world.switch.before_call = lambda _: None
            world.deliver(second)

    world.switch.before_call = before_call
    with pytest.raises(BusyError):
        world.deliver(first)
    assert world.outcome(second).upload.status is Status.SUCCEEDED
    outcome = world.deliver_until_final(first)
    assert outcome.upload.failure is not None
    assert outcome.upload.failure.code is FileCode.DUPLICATE
    assert len(world.events) == 1


def test_a_failed_owner_that_is_at_work_again() -> None:
    """Who found the content free, and its owner is processed again meanwhile, does not get it."""
    world = World(batch=2)
    owner = world.ingest(FILE, "uploads/a.csv")
    make(world, owner, Status.FAILED, FileCode.MISSING_COLUMNS)
    version = world.drop(FILE, "uploads/b.csv")
    puts: list[str] = []

    def before_call(name: str) -> None:
        puts.extend([name] if name == "claims.put" else [])
        if len(puts) == 2:  # the key is claimed, now the content
            world.switch.before_call = lambda _: None
            make(world, owner, Status.PROCESSING)
            Ingest(world.ports, BUCKET, None).resume(owner.upload.id, world.attempt())

    world.switch.before_call = before_call
    with pytest.raises(BusyError):
        world.deliver(version)
    outcome = world.deliver_until_final(version)
    assert outcome.upload.failure is not None
    assert outcome.upload.failure.code is FileCode.DUPLICATE
    assert 1 == len(world.events)


def test_an_owner_that_is_gone() -> None:
    """A claim of an upload that does not exist keeps nobody out for ever."""
    world = World()
    outcome = world.ingest(FILE, "uploads/a.csv")
    for name in world.claims.stored:
        world.claims.stored[name] = SharedClaim("upl_" + "a" * 26, {"upl_" + "a" * 26: ""})
    del world.uploads.stored[outcome.upload.id]
    assert world.ingest(FILE, "uploads/b.csv").upload.status is Status.SUCCEEDED
