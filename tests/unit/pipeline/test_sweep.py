"""The sweep: what it finds, what it leaves alone, and what a run may cost."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import ObjectVersion, SweepCursor, VersionCursor
from meterdrop.pipeline import sweep as lost_uploads
from meterdrop.pipeline import sweep as lost_versions
from meterdrop.pipeline import sweep as sweep_slice
from meterdrop.pipeline.attempt import MARGIN, MAX_ATTEMPTS, Attempt, LeaseLostError
from meterdrop.pipeline.recount import Recount
from meterdrop.pipeline.requeue import Requeue
from meterdrop.pipeline.retry import AutomaticRuns
from meterdrop.pipeline.sweep import CHECK_ALL_SECONDS, MIN_AGE_SECONDS, SETTLED_SECONDS, Sweep, SweepCounts
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.catalog import ARRIVAL
from tests.support.fakes.crash import Crash
from tests.support.fakes.queue import FakeQueue
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.status import FakeRetries
from tests.support.fakes.sweeping import FakeKnown, FakeMarks, FakeVersions
from tests.support.fakes.world import LIFE, World
from tests.unit.pipeline.test_deliveries import FILE

CUSTOMERS = b"id,name\ncus_new,New\n"


@dataclass(slots=True)
class Yard:
    """A world with its queue and its sweep; refuses whatever the sweep should not send."""

    world: World = field(default_factory=World)
    page_size: int = 1_000
    outbox: Callable[[int, str | None], str | None] = lambda _, __: None
    queue: FakeQueue = field(init=False)
    versions: FakeVersions = field(init=False)
    known: FakeKnown = field(init=False)
    cursors: FakeMarks = field(default_factory=FakeMarks)

    def __post_init__(self) -> None:
        """Put the parts together."""
        self.queue = FakeQueue(self.world, before_send=self._judge)
        self.versions = FakeVersions(self.world.objects, self.page_size)
        self.known = FakeKnown(self.world.uploads.stored)

    @property
    def sweep(self) -> Sweep:
        """Return the sweep."""
        world = self.world
        requeue = Requeue(world.uploads, world.objects, self.queue, BUCKET)
        retries = FakeRetries(world.switch, world.uploads.retries)
        runs = AutomaticRuns(retries, self.known, world.claims, requeue)
        ports = world.ports
        recount = Recount(self.known, world.uploads, world.objects, ports.events, ports.usage, BUCKET)  # type: ignore[arg-type]  # recounts nothing
        return Sweep(self.versions, self.known, world.periods, self.cursors, self.queue, self.outbox, runs, recount)

    def run(self, life: float = LIFE) -> SweepCounts | None:
        """Do one slice."""
        return self.sweep.run(Attempt(self.world.now + life, lambda: self.world.now))

    def drop(self, key: str, data: bytes = FILE) -> ObjectVersion:
        """Drop a file now; nobody is notified."""
        return self.world.drop(data, key, at=int(self.world.now))

    def status(self, version: ObjectVersion) -> Status | None:
        """Return the status of a version."""
        upload = self.world.uploads.stored.get(version.upload_id)
        return None if upload is None else upload.status

    def _judge(self, asked: ObjectVersion | str) -> None:
        """Hold that what the sweep sends is neither known nor fresh, or is neither final nor held nor fresh."""
        uploads, until = self.world.uploads.stored, self.world.now - MIN_AGE_SECONDS
        if isinstance(asked, str):
            upload = uploads[asked]
            assert not upload.is_final
            assert max(upload.lease_until, upload.created) <= until
        else:
            assert asked.upload_id not in uploads
            assert self.world.objects.dropped[asked].last_modified <= until


@pytest.mark.parametrize("key", ["uploads/a.csv", "uploads/deep/er/a b+ü.csv", "validate/a.csv", "customers/a.csv"])
def test_a_version_that_no_notification_announced(key: str) -> None:
    """It is found, and becomes what it would have become; its arrival is that of its first claim."""
    yard = Yard()
    version = yard.drop(key, CUSTOMERS if key.startswith("customers/") else FILE)
    yard.world.now += MIN_AGE_SECONDS
    assert yard.run() == SweepCounts(listed=1, found=1)
    yard.queue.deliver()
    outcome = yard.world.outcome(version)
    assert_sound(outcome)
    assert outcome.upload.is_final
    assert outcome.upload.created == ARRIVAL + MIN_AGE_SECONDS


def test_missed_files_come_oldest_first() -> None:
    """The rows of an error file would be refused while the upload that they name is unknown."""
    yard = Yard()
    first = yard.drop("uploads/b.csv")
    yard.world.now += 1
    second = yard.drop("uploads/a.csv", b"x")
    yard.world.now += MIN_AGE_SECONDS
    told: list[ObjectVersion | str] = []
    yard.queue.before_send = told.append
    yard.run()
    assert told == [first, second]


def test_an_older_version_counts_too() -> None:
    """Each version under a key is an upload."""
    yard = Yard()
    versions = [yard.drop("uploads/a.csv", FILE), yard.drop("uploads/a.csv", FILE.replace(b"400", b"500"))]
    yard.world.now += MIN_AGE_SECONDS
    yard.run()
    assert set(yard.queue.sent) == set(versions)


def test_what_is_fresh_is_left_alone() -> None:
    """Its notification is under way."""
    yard = Yard()
    yard.drop("uploads/a.csv")
    yard.world.now += MIN_AGE_SECONDS - 1
    assert yard.run() == SweepCounts(listed=1)
    assert yard.queue.sent == []


def test_what_is_final_is_left_alone() -> None:
    """Whatever its status: found again and again, nothing is sent."""
    yard = Yard()
    for data in (FILE, b"", b"\0", CUSTOMERS):
        yard.queue.notify(yard.drop("uploads/a.csv", data))
    yard.queue.deliver()
    yard.world.now += 10 * MIN_AGE_SECONDS
    assert [yard.run(), yard.run()] == [SweepCounts(listed=4), SweepCounts(listed=4)]
    assert yard.queue.sent == []


def test_folders_are_left_alone() -> None:
    """What the S3 console makes is no upload; but a key of that form that holds something is one."""
    yard = Yard()
    yard.drop("uploads/acme/", b"")
    file = yard.drop("uploads/other/", FILE)
    yard.world.now += MIN_AGE_SECONDS
    yard.run()
    assert yard.queue.sent == [file]


def crashed(yard: Yard) -> ObjectVersion:
    """Leave an upload half-way, its message lost."""
    version = yard.drop("uploads/a.csv")
    yard.queue.notify(version)
    yard.world.switch.plan(Crash(at=8, took_effect=True, kills=True))
    yard.queue.deliver()
    yard.world.switch.plan(None)
    yard.queue.messages.clear()
    return version


def test_an_upload_that_nobody_holds_any_more() -> None:
    """Not while its lease lasts, nor a quarter of an hour after that; then it goes on."""
    yard = Yard()
    version = crashed(yard)
    lease_until = yard.world.uploads.stored[version.upload_id].lease_until
    yard.world.now = lease_until + MIN_AGE_SECONDS - 1
    assert yard.run() == SweepCounts(listed=1)
    yard.world.now += 1
    assert yard.run() == SweepCounts(listed=1, resumed=1)
    yard.queue.deliver()
    assert_sound(yard.world.outcome(version))
    assert yard.status(version) is Status.SUCCEEDED_WITH_ERRORS


@pytest.mark.parametrize("status", [Status.REVERTING, Status.PENDING])
def test_every_passing_state_comes_to_an_end(status: Status) -> None:
    """One that is to be reverted is, and one that waits is processed, though its message was lost."""
    yard = Yard()
    version = yard.drop("uploads/a.csv")
    yard.queue.notify(version)
    yard.queue.deliver()
    upload = yard.world.uploads.stored[version.upload_id]
    yard.world.uploads.stored[upload.id] = replace(upload, status=status, lease_until=int(yard.world.now))
    yard.world.now += MIN_AGE_SECONDS
    yard.run()
    yard.queue.deliver()
    expected = Status.REVERTED if status is Status.REVERTING else Status.SUCCEEDED_WITH_ERRORS
    assert yard.status(version) is expected


def test_one_that_is_to_be_given_up_is_left_to_the_dead_letters() -> None:
    """Only when they have not been tried for half a day is their message lost."""
    yard = Yard()
    version = crashed(yard)
    upload = yard.world.uploads.stored[version.upload_id]
    yard.world.uploads.stored[upload.id] = replace(upload, attempts=MAX_ATTEMPTS)
    yard.world.now = upload.lease_until + 12 * 3600 - 1
    assert yard.run() == SweepCounts(listed=1)
    yard.world.now += 1
    assert yard.run() == SweepCounts(listed=1, resumed=1)
    yard.queue.deliver()
    yard.queue.deliver_dead()
    outcome = yard.world.outcome(version)
    assert (outcome.upload.status, outcome.events, outcome.usage) == (Status.FAILED, {}, {})


def test_a_run_lists_ten_pages_at_most() -> None:
    """The next one goes on behind them, over all prefixes, and begins anew at the end."""
    yard = Yard(page_size=2)
    versions = [yard.drop(f"{prefix}/{n:02d}") for prefix in ("uploads", "validate", "customers") for n in range(11)]
    yard.world.now += MIN_AGE_SECONDS
    assert yard.run() == SweepCounts(listed=11 + 8, found=11 + 8)
    assert yard.versions.calls == lost_versions.MAX_PAGES == 10
    assert yard.cursors.mark.versions != VersionCursor()
    assert yard.run() == SweepCounts(listed=3 + 11, found=3 + 11)
    assert yard.versions.calls == 18
    assert yard.cursors.mark.versions == VersionCursor()
    assert set(yard.queue.sent) == set(versions)
    assert len(yard.queue.sent) == len(versions)


def looked_for(yard: Yard) -> int:
    """Do one run; return how many uploads it looked for."""
    yard.known.looked_for = 0
    yard.run()
    return yard.known.looked_for


def settled() -> Yard:
    """Return a yard with four files that are processed, and a walk that found all of them."""
    yard = Yard(page_size=2)
    for n in range(4):
        yard.queue.notify(yard.drop(f"uploads/{n}", FILE + b"x" * n))
    yard.queue.deliver()
    yard.world.now += SETTLED_SECONDS
    assert looked_for(yard) == 4
    yard.world.now += MIN_AGE_SECONDS
    return yard


def test_what_was_found_is_not_looked_for_again() -> None:
    """Only what is new since, which is found as soon as ever."""
    yard = settled()
    assert looked_for(yard) == 0
    version = yard.drop("uploads/1")
    yard.world.now += MIN_AGE_SECONDS
    assert looked_for(yard) == 1
    assert yard.queue.sent == [version]


def test_a_day_later_all_are_looked_for() -> None:
    """A version may have a date of long before it was there. None of them is missed for ever."""
    yard = settled()
    version = yard.world.drop(FILE, "uploads/in-parts.csv", at=int(yard.world.now) - SETTLED_SECONDS - MIN_AGE_SECONDS)
    assert looked_for(yard) == 0
    yard.world.now += CHECK_ALL_SECONDS - MIN_AGE_SECONDS - 1
    assert looked_for(yard) == 0
    yard.world.now += 1
    assert looked_for(yard) == 5
    assert yard.queue.sent == [version]


def test_one_that_takes_hours_to_arrive_is_found_at_once() -> None:
    """S3 dates what comes in parts at its beginning, so a walk trusts no date of its last two hours."""
    yard = settled()
    version = yard.world.drop(FILE, "uploads/in-parts.csv", at=int(yard.world.now) - SETTLED_SECONDS + 1)
    assert looked_for(yard) == 1
    assert yard.queue.sent == [version]


def test_what_was_missed_is_looked_for_until_it_is_there() -> None:
    """The message of the sweep may be lost too."""
    yard = settled()
    version = yard.drop("uploads/1")
    for _ in range(4):
        yard.world.now += SETTLED_SECONDS
        yard.run()
        yard.queue.messages.clear()
    assert yard.queue.sent == [version] * 4


def test_a_run_that_somebody_starts_looks_for_all() -> None:
    """It has no minimum age, for somebody looks for a file."""
    yard = settled()
    yard.known.looked_for = 0
    yard.sweep.run(Attempt(yard.world.now + LIFE, lambda: yard.world.now), 0)
    assert yard.known.looked_for == 4


def test_nothing_is_added_to_a_full_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missed may be in it; and where there is room for some, the same page is looked at again."""
    monkeypatch.setattr(sweep_slice, "MAX_WAITING_MESSAGES", 3)
    yard = Yard()
    versions = [yard.drop(f"uploads/{n}") for n in range(5)]
    yard.queue.notify(versions[4])
    yard.world.now += MIN_AGE_SECONDS
    assert yard.run() == SweepCounts(listed=5, found=2)
    assert yard.run() == SweepCounts(listed=5)
    yard.queue.deliver()
    assert yard.run() == SweepCounts(listed=5, found=2)
    assert sorted(version.key for version in versions[:4]) == sorted(map(key_of, yard.queue.sent))


def test_a_page_that_was_not_told_as_a_whole_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next run begins with it, not with the page behind, and no walk counts as done meanwhile."""
    monkeypatch.setattr(sweep_slice, "MAX_WAITING_MESSAGES", 3)
    yard = Yard(page_size=2)
    versions = [yard.drop(f"uploads/{n}") for n in range(8)]
    yard.world.now += MIN_AGE_SECONDS
    assert yard.run() == SweepCounts(listed=4, found=3)
    assert yard.cursors.mark.checked_at == 0
    yard.queue.deliver()
    yard.run()
    assert yard.queue.sent == versions[:6]


def key_of(asked: ObjectVersion | str) -> str:
    """Return the key of what was sent."""
    assert isinstance(asked, ObjectVersion)
    return asked.key


def test_a_run_reads_so_many_uploads_of_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one goes on behind them, so that held ones do not hide those that nobody holds."""
    monkeypatch.setattr(lost_uploads, "MAX_EXAMINED", 2)
    yard = Yard()
    for n in range(5):
        yard.drop(f"uploads/{n}", FILE + b"x" * n)
    versions = sorted(yard.world.objects.dropped, key=lambda version: version.upload_id)
    for version in versions:
        yard.world.switch.plan(Crash(at=4, took_effect=True, kills=True))
        yard.queue.notify(version)
        yard.queue.deliver()
    yard.world.switch.plan(None)
    yard.queue.messages.clear()
    for version in versions[:4]:
        upload = yard.world.uploads.stored[version.upload_id]
        yard.world.uploads.stored[upload.id] = replace(upload, lease_until=10**10)
    yard.world.now += LIFE + MIN_AGE_SECONDS + 60
    for _ in range(3):
        yard.known.examined = 0
        yard.run()
        assert yard.known.examined <= 3
    assert yard.queue.sent == [versions[4].upload_id]
    assert yard.cursors.mark.passing == {}


def test_two_runs_never_at_once() -> None:
    """The second does nothing, until the first one's lease has ended."""
    yard = Yard()
    yard.drop("uploads/a.csv")
    yard.world.now += MIN_AGE_SECONDS
    yard.cursors.take("another", int(yard.world.now), int(yard.world.now) + 300)
    assert yard.run() is None
    yard.world.now += 300
    assert yard.run() == SweepCounts(listed=1, found=1)


def test_a_run_that_lost_its_lease_stops() -> None:
    """What it notes would overwrite what another noted."""

    def steal(_: int, __: str | None) -> str:
        yard.cursors.token = "another"
        return "place"

    yard = Yard(outbox=steal)
    with pytest.raises(LeaseLostError):
        yard.run()
    assert yard.cursors.mark == SweepCursor()


def test_a_run_ends_before_its_time_does() -> None:
    """What is left is for the next one, which need not wait."""
    yard = Yard()
    yard.drop("uploads/a.csv")
    yard.world.now += MIN_AGE_SECONDS
    assert yard.run(MARGIN - 1) == SweepCounts()
    assert yard.run() == SweepCounts(listed=1, found=1)


def test_one_part_that_fails_does_not_hold_up_the_others() -> None:
    """Its trouble is told in the end, so that the platform counts an error."""

    def refuse(_: int, __: str | None) -> str | None:
        raise PermissionError

    yard = Yard(outbox=refuse)
    version = yard.drop("uploads/a.csv")
    yard.world.now += MIN_AGE_SECONDS
    with pytest.raises(PermissionError):
        yard.run()
    assert yard.queue.sent == [version]
    assert yard.cursors.until == 0


def test_the_outbox_is_sent_page_by_page() -> None:
    """Of what is older than a quarter of an hour, ten pages a run; the next one goes on behind them."""
    asked: list[tuple[int, str | None]] = []

    def publish_unsent(before: int, after: str | None) -> str | None:
        asked.append((before, after))
        return str(len(asked)) if len(asked) < 12 else None

    yard = Yard(outbox=publish_unsent)
    yard.run()
    assert asked == [(ARRIVAL - MIN_AGE_SECONDS, None), *((ARRIVAL - MIN_AGE_SECONDS, str(n)) for n in range(1, 10))]
    yard.run()
    assert [after for _, after in asked[10:]] == ["10", "11"]
    assert yard.cursors.mark.outbox is None


actions = st.one_of(
    st.tuples(st.just("drop"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("crash"), st.integers(1, 30), st.booleans()),
    st.tuples(st.just("pass"), st.integers(0, 2_000), st.booleans()),
    st.tuples(st.just("lose"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("sweep"), st.just(0), st.booleans()),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(actions, max_size=25))
def test_every_version_comes_to_a_final_status(story: list[tuple[str, int, bool]]) -> None:
    """Whatever is lost or crashes: after enough sweeps and deliveries all are final and sound, and each run is bounded.

    What the sweep sends is judged at the moment when it does.
    """
    yard = Yard(World(batch=2), page_size=2)
    world, queue = yard.world, yard.queue
    for what, number, flag in story:
        if what == "drop":
            key = f"{('uploads', 'validate')[flag]}/{number}.csv"
            version = yard.drop(key, FILE.replace(b"400", str(400 + len(world.objects.dropped)).encode()))
            if number % 2:
                queue.notify(version)
        elif what == "crash":
            world.switch.plan(Crash(number, took_effect=flag, kills=True))
            queue.deliver()
            world.switch.plan(None)
        elif what == "pass":
            world.now += number
        elif what == "lose":
            del queue.messages[number:]
        else:
            calls = yard.versions.calls
            yard.run()
            assert yard.versions.calls - calls <= lost_versions.MAX_PAGES
    for _ in range(8):
        world.now += LIFE + 2 * MIN_AGE_SECONDS
        yard.run()
        queue.deliver()
        world.now += 120
        queue.deliver()
    for version in world.objects.dropped:
        outcome = world.outcome(version)
        assert outcome.upload.is_final
        assert_sound(outcome)
    sent = len(queue.sent)
    world.now += 10 * MIN_AGE_SECONDS
    yard.run()
    assert len(queue.sent) == sent
