"""Notifications come more than once, and two at once: one attempt at a time holds an upload, and final means final."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.upload import Failure, Upload
from meterdrop.pipeline.attempt import GRACE, MARGIN, Attempt, BusyError, LeaseLostError, OutOfTimeError
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import LIFE, World

FILE = (
    b"timestamp,event_name,payload_stripe_customer_id,payload_value\n"
    b"2024-09-25,ai_search_api,cus_QMJJtcu70R1x46,400\n"
    b"2024-09-25,ai_search_api,cus_nobody,400\n"
)


def stored(world: World) -> tuple[object, ...]:
    """Return everything that is stored, to be compared."""
    return (
        dict(world.uploads.stored),
        dict(world.events),
        dict(world.usage),
        dict(world.claims.stored),
        {key: list(versions) for key, versions in world.objects.error_files.items()},
    )


def test_three_deliveries() -> None:
    """The same notification three times: the second and third change nothing."""
    world = World()
    version = world.drop(FILE)
    world.deliver(version)
    before = stored(world)
    assert [world.deliver(version), world.deliver(version)] == [None, None]
    assert stored(world) == before
    assert_sound(world.outcome(version))


def interleave(world: World, version: ObjectVersion, meanwhile: Callable[[], None], *, at: str) -> None:
    """Let something happen at the moment before the first attempt's call of that name."""

    def before_call(name: str) -> None:
        if name == at:
            world.switch.before_call = lambda _: None
            meanwhile()

    world.switch.before_call = before_call
    world.deliver(version)


@pytest.mark.parametrize("at", ["objects.read", "events.insert", "usage.put", "objects.write_error_file"])
def test_a_second_delivery_meets_a_live_lease(at: str) -> None:
    """While one attempt is at work another is told when to come again, and changes nothing."""
    world = World()
    version = world.drop(FILE)
    waits: list[float] = []

    def deliver_again() -> None:
        before = stored(world)
        with pytest.raises(BusyError) as busy:
            world.deliver(version)
        waits.append(busy.value.seconds)
        assert stored(world) == before

    interleave(world, version, deliver_again, at=at)
    assert waits == [LIFE + GRACE]
    assert_sound(world.outcome(version))


def test_two_attempts_claim_at_once() -> None:
    """Of two attempts that find nothing, one creates the upload; the other comes again."""
    world = World()
    version = world.drop(FILE)
    done: list[Upload | None] = []
    with pytest.raises(BusyError):
        interleave(world, version, lambda: done.append(world.deliver(version)), at="uploads.create")
    assert [upload.status for upload in done if upload] == [Status.SUCCEEDED_WITH_ERRORS]
    assert_sound(world.outcome(version))


def test_two_attempts_take_up_a_crashed_upload_at_once() -> None:
    """Of two attempts after a crash one gets the lease; the other comes again."""
    world = World()
    version = world.drop(FILE)
    world.switch.plan(Crash(at=4, took_effect=False, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    world.now += LIFE + GRACE + 1
    done: list[Upload | None] = []
    with pytest.raises(BusyError):
        interleave(world, version, lambda: done.append(world.deliver(version)), at="uploads.save")
    assert_sound(world.outcome(version))


def test_many_threads_at_once() -> None:
    """However many deliveries run at once, all come to one upload, counted once."""
    world = World(batch=1)
    version = world.drop(FILE)

    def deliver(_: int) -> str:
        try:
            upload = world.deliver(version)
        except BusyError:
            return "busy"
        return "nothing" if upload is None else upload.status.value

    with ThreadPoolExecutor(8) as executor:
        answers = list(executor.map(deliver, range(8)))
    assert answers.count("succeeded_with_errors") == 1
    assert set(answers) <= {"succeeded_with_errors", "busy", "nothing"}
    assert_sound(world.outcome(version))


@pytest.mark.parametrize("at", ["uploads.save", "objects.write_error_file", "uploads.finish"])
def test_finalize_is_fenced_by_the_claim(at: str) -> None:
    """An attempt whose upload somebody else changed does not overwrite that, and says so."""
    world = World()
    version = world.drop(FILE)

    def change() -> None:
        upload = world.uploads.stored[version.upload_id]
        world.uploads.stored[upload.id] = replace(upload, lease_token="another", revision=upload.revision + 1)

    with pytest.raises(LeaseLostError):
        interleave(world, version, change, at=at)
    assert world.uploads.stored[version.upload_id].lease_token == "another"
    assert world.uploads.stored[version.upload_id].status is Status.PROCESSING


def test_no_lease_is_given_back_under_a_sender() -> None:
    """Where one call of many fails, the others end before another attempt may begin."""
    world, lock = World(batch=1), threading.Lock()
    under_way = 0
    seen: list[int] = []

    def before_call(name: str) -> None:
        nonlocal under_way
        if name == "uploads.save":
            seen.append(under_way)
        if name != "events.insert":
            return
        with lock:
            under_way += 1
            is_first = under_way == 1
        if is_first:
            raise ConnectionError
        time.sleep(0.05)
        with lock:
            under_way -= 1

    world.switch.before_call = before_call
    header, row, _ = FILE.splitlines(keepends=True)
    with pytest.raises(ConnectionError):
        world.deliver(world.drop(header + 10 * row))
    assert seen[-1] == 1, "the one that failed is never counted down"


def test_a_failed_attempt_gives_its_lease_back() -> None:
    """After a caught failure the next attempt need not wait, and attempts without progress are counted."""
    world = World()
    version = world.drop(FILE)
    for number in (1, 2, 3):
        world.switch.plan(Crash(at=5, took_effect=False, kills=False))
        with pytest.raises(CrashError):
            world.deliver(version)
        upload = world.uploads.stored[version.upload_id]
        assert (upload.lease_until, upload.attempts, upload.status) == (world.now, number, Status.PROCESSING)
    world.switch.plan(None)
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert outcome.upload.attempts == 0


@pytest.mark.parametrize("status", [Status.REVERTING, Status.REVERTED, Status.SUCCEEDED, Status.FAILED])
def test_final_means_final(status: Status) -> None:
    """What was reverted or failed stays so, whatever is delivered again."""
    world = World()
    version = world.drop(FILE)
    upload = world.ingest(FILE, "uploads/other.csv").upload
    failure = Failure(FileCode.MALFORMED, "bad") if status is Status.FAILED else None
    world.uploads.stored[version.upload_id] = replace(upload, id=version.upload_id, status=status, failure=failure)
    before = stored(world)
    assert world.deliver(version) is None
    assert stored(world) == before


def test_an_internal_error_is_taken_up_again() -> None:
    """Of all failures, ours alone is tried again when a notification comes."""
    world = World()
    version = world.drop(FILE)
    world.ingest(b"", "uploads/other.csv")
    failed = next(iter(world.uploads.stored.values()))
    world.uploads.stored[version.upload_id] = replace(
        failed,
        id=version.upload_id,
        key=version.key,
        version_id=version.version_id,
        size=len(FILE),
        failure=Failure(FileCode.INTERNAL_ERROR, "given up"),
    )
    upload = world.deliver(version)
    assert upload is not None
    assert upload.status is Status.SUCCEEDED_WITH_ERRORS
    assert_sound(world.outcome(version))


def test_the_same_key_again_is_another_upload() -> None:
    """Bucket, key and version make an upload: another version is another one, with events of its own."""
    world = World()
    first = world.ingest(FILE)
    second = world.ingest(FILE.replace(b"400", b"500"))
    assert first.upload.id != second.upload.id
    assert_sound(first)
    assert_sound(second)


def test_arrival_is_fixed_by_the_first_claim() -> None:
    """A retry a year later judges by the same arrival: what was in the future then still is."""
    world = World()
    version = world.drop(FILE.replace(b"2024-09-25", b"2024-09-30"))
    world.switch.plan(Crash(at=5, took_effect=False, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    world.now += 365 * 86_400
    outcome = world.deliver_until_final(version)
    assert {sample.code.value for sample in outcome.upload.samples} >= {"timestamp_in_future"}
    assert outcome.upload.counts.error == 2


@pytest.mark.parametrize(("modified", "notified"), [(1_000_000_000, 1_000_000_100), (1_000_000_100, 1_000_000_000)])
def test_arrival_is_the_later_of_both_times(modified: int, notified: int) -> None:
    """LastModified of a multipart upload is when it began; the notification's time may be that of another clock."""
    world = World()
    version = world.drop(FILE, at=modified)
    world.deliver(version, notified)
    assert world.uploads.stored[version.upload_id].created == 1_000_000_100


def test_an_attempt_ends_before_the_platform_ends_it() -> None:
    """No call is begun that could outlast the attempt; the lease lasts until nobody can be at work any more."""
    now = [1000.0]
    attempt = Attempt(2000.0, lambda: now[0])
    attempt.check()
    now[0] = 2000.0 - MARGIN
    attempt.check()
    now[0] += 0.5
    with pytest.raises(OutOfTimeError):
        attempt.check()
    assert attempt.lease_until > 2000
