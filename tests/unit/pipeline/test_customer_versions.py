"""Versions of a file of customers: the newest stays, in whatever order they are taken up, and deleted customers too."""

from collections.abc import Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from meterdrop.domain.uploads.claims import CustomersClaim
from meterdrop.domain.uploads.keys import nfc
from meterdrop.domain.uploads.objects import ObjectVersion, version_order
from meterdrop.domain.uploads.transitions import to_reprocess
from meterdrop.domain.uploads.upload import Counts
from meterdrop.pipeline.attempt import GRACE, BusyError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.catalog import ARRIVAL
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import LIFE, Outcome, World

KEY = "customers/a.csv"
OLD, NEW = b"id,name\na,Old\nb,Old\n", b"id,name\na,New\nb,New\n,Nobody\n"


def name(world: World, id_: str) -> str | None:
    """Return a customer's name."""
    return world.customers.stored[id_].customer.name


def counts(outcome: Outcome) -> tuple[int, int, int]:
    """Return successes, duplicates and errors, once they are seen to add up."""
    assert_sound(outcome)
    found = outcome.upload.counts
    return found.success, found.duplicate, found.error


def reprocess(world: World, version: ObjectVersion) -> Outcome:
    """Process an upload again."""
    changed = to_reprocess(world.uploads.stored[version.upload_id])
    world.uploads.stored[version.upload_id] = changed
    for _ in range(5):
        try:
            Ingest(world.ports, BUCKET, None).resume(version.upload_id, world.attempt())
            break
        except BusyError as busy:
            world.now += busy.seconds + 1
    return world.outcome(version)


def test_a_late_notification_of_an_older_version() -> None:
    """It changes nobody: all its good rows are duplicates, its bad ones are refused as ever."""
    world = World()
    older, newer = world.drop(NEW, KEY), world.drop(b"id,name\na,Newest\nb,Newest\n", KEY)
    assert counts(world.deliver_until_final(newer)) == (2, 0, 0)
    assert counts(world.deliver_until_final(older)) == (0, 2, 1)
    assert (name(world, "a"), name(world, "b")) == ("Newest", "Newest")


def test_versions_in_their_order() -> None:
    """Each is taken up as before."""
    world = World()
    assert counts(world.ingest(OLD, KEY)) == (2, 0, 0)
    assert counts(world.ingest(NEW, KEY)) == (2, 0, 1)
    assert name(world, "a") == "New"


def test_an_older_version_registers_nobody() -> None:
    """Who is in the old version alone, and was never registered, is not by it any more."""
    world = World()
    older, newer = world.drop(b"id,name\nc,Old\n", KEY), world.drop(NEW, KEY)
    world.deliver_until_final(newer)
    assert counts(world.deliver_until_final(older)) == (0, 1, 0)
    assert "c" not in world.customers.stored


def test_an_old_version_that_is_reprocessed() -> None:
    """What it wrote itself stays counted; what a newer version says is not taken back."""
    world = World()
    older = world.drop(b"id,name\na,Old\nc,Old\n", KEY)
    assert counts(world.deliver_until_final(older)) == (2, 0, 0)
    world.ingest(NEW, KEY)
    assert counts(reprocess(world, older)) == (1, 1, 0)
    assert (name(world, "a"), name(world, "c")) == ("New", "Old")


def test_the_newest_is_reprocessed() -> None:
    """It is not older than itself: what the API changed since is as the file says again."""
    world = World()
    newest = world.drop(NEW, KEY)
    world.deliver_until_final(newest)
    world.customers.add("a")
    assert counts(reprocess(world, newest)) == (2, 0, 1)
    assert name(world, "a") == "New"


def test_a_version_without_a_sequencer() -> None:
    """The sweep knows seconds only: of two versions of one second the one that was taken up stays."""
    world = World()
    told = world.drop(OLD, KEY)
    found = ObjectVersion(BUCKET, KEY, world.drop(NEW, KEY).version_id)
    later = ObjectVersion(BUCKET, KEY, world.drop(b"id,name\na,Latest\n", KEY, at=ARRIVAL + 1).version_id)
    world.deliver_until_final(told)
    assert counts(world.deliver_until_final(found)) == (0, 2, 1)
    assert counts(world.deliver_until_final(later)) == (1, 0, 0)
    assert name(world, "a") == "Latest"


def test_a_file_that_is_refused_is_no_version() -> None:
    """It was not taken up: the one before it still is, when its notification comes late."""
    world = World()
    older, broken = world.drop(OLD, KEY), world.drop(b"", KEY)
    world.deliver_until_final(broken)
    assert counts(world.deliver_until_final(older)) == (2, 0, 0)


def test_another_key_has_versions_of_its_own() -> None:
    """Order holds for one key: what is dropped under another is no version of it."""
    world = World()
    other, newer = world.drop(OLD, "customers/b.csv"), world.drop(NEW, KEY)
    world.deliver_until_final(newer)
    assert counts(world.deliver_until_final(other)) == (2, 0, 0)


def test_one_key_however_its_letters_are_composed() -> None:
    """A name from a Mac is the one from a PC."""
    world = World()
    older, newer = world.drop(OLD, "customers/ma\u0308rz.csv"), world.drop(NEW, "customers/m\u00e4rz.csv")
    world.deliver_until_final(newer)
    assert counts(world.deliver_until_final(older)) == (0, 2, 0)


def test_one_after_the_other() -> None:
    """While a version is at work another one waits, and only that."""
    world = World()
    first, second = world.drop(OLD, KEY), world.drop(NEW, KEY)
    seen: list[str] = []

    def drop_in(call: str) -> None:
        if call == "registry.write" and not seen:
            seen.append(call)
            with pytest.raises(BusyError, match="same key is being processed"):
                world.deliver(second)

    world.switch.before_call = drop_in
    world.deliver(first)
    world.switch.before_call = lambda _: None
    assert seen
    assert world.uploads.stored[second.upload_id].attempts == 0
    assert counts(world.deliver_until_final(second)) == (2, 0, 1)
    assert name(world, "a") == "New"


def test_two_that_claim_at_the_same_moment() -> None:
    """One of them is told to come back."""
    world = World()
    first, second = world.drop(OLD, KEY), world.drop(NEW, KEY)
    is_done: list[bool] = []

    def overtake(call: str) -> None:
        if call == "customers_claims.put" and not is_done:
            is_done.append(True)
            world.deliver(second)

    world.switch.before_call = overtake
    with pytest.raises(BusyError, match="arrives at this moment"):
        world.deliver(first)
    world.switch.before_call = lambda _: None
    world.now += 2
    assert counts(world.deliver_until_final(first)) == (0, 2, 0)
    assert name(world, "a") == "New"


def test_the_claim_stays_small() -> None:
    """However often a file is updated."""
    world = World()
    for number in range(20):
        newest = world.ingest(f"id,name\na,{number}\n".encode(), KEY).upload
    assert world.customers_claims.stored == {
        f"customers#{KEY}": CustomersClaim(newest.id, newest.id, newest.version_order, 20)
    }


_events = st.lists(
    st.tuples(
        st.integers(0, 3), st.one_of(st.none(), st.builds(Crash, st.integers(1, 25), st.booleans(), st.booleans()))
    ),
    min_size=1,
    max_size=10,
)


@given(_events, st.lists(st.sampled_from([ARRIVAL - 1, ARRIVAL]), min_size=4, max_size=4))
@example([(2, None), (0, None), (1, None)], [ARRIVAL - 3, ARRIVAL - 2, ARRIVAL - 1, ARRIVAL])
def test_any_order_and_crashes(events: Sequence[tuple[int, Crash | None]], stored_at: list[int]) -> None:
    """However notifications come, again and into crashes: the customers end as the newest delivered version says."""
    world = World(batch=1)
    versions = [world.drop(f"id,name\na,{n}\nb,{n}\n".encode(), KEY, at=at) for n, at in enumerate(sorted(stored_at))]
    for which, planned in events:
        world.switch.plan(planned)
        try:
            world.deliver(versions[which])
        except CrashError:
            world.now += LIFE + GRACE + 1
        except BusyError as busy:
            world.now += busy.seconds + 1
        world.switch.plan(None)
    delivered = sorted({which for which, _ in events})
    for _ in delivered:  # one may wait for another that crashed
        for which in delivered:
            world.deliver_until_final(versions[which])
    assert [name(world, id_) for id_ in "ab"] == [str(delivered[-1])] * 2


SEQUENCERS = ["0066F1964C0A55AED5", "0066f1964c0a55aed6", "0066F1964C0A55AED60A", "0066F1964D"]


def test_order() -> None:
    """By the second, then by S3's sequencer as S3 says it compares: with zeros behind the shorter one."""
    orders = [version_order(5, sequencer) for sequencer in ["", *SEQUENCERS]] + [version_order(10, "")]
    assert orders == sorted(set(orders))
    assert version_order(5, "0A") == version_order(5, "0A00")


def test_a_key_in_nfc() -> None:
    """Composed, so that both spellings are one; what would outgrow every key stays as it is."""
    assert nfc("uploads/ma\u0308rz.csv") == nfc("uploads/m\u00e4rz.csv") == "uploads/m\u00e4rz.csv"
    assert nfc("uploads/" + "\U0001d160" * 254) == "uploads/" + "\U0001d160" * 254


def test_files_of_two_thousand_rows() -> None:
    """Put right after each other, notified the other way round, at work at once: the later one stays."""
    older, newer = ("".join(["id,name\n", *(f"c{row},{text}\n" for row in range(2_000))]).encode() for text in "ab")
    world = World()
    first, second = world.drop(older, KEY), world.drop(newer, KEY)
    world.deliver_until_final(second)
    world.deliver_until_final(first)
    assert {name(world, f"c{row}") for row in range(2_000)} == {"b"}
    assert world.outcome(first).upload.counts == Counts(2_000, 0, 2_000, 0)


@pytest.mark.parametrize("at", [ARRIVAL, ARRIVAL + 1_000])
def test_a_deleted_customer_does_not_come_back(at: int) -> None:
    """The file that arrived before the deletion, or in its very second, knows nothing of it."""
    world = World()
    version = world.drop(NEW, KEY)
    world.deliver_until_final(version)
    world.customers.delete("a", at)
    assert counts(reprocess(world, version)) == (1, 1, 1)
    assert world.customers.stored["a"].deleted == at
    assert world.customers.registered(["a", "b"]) == {"b"}


def test_a_later_file_registers_a_deleted_customer_again() -> None:
    """As a new one: nothing of what was deleted comes back."""
    world = World()
    world.ingest(b"id,name,email\na,Ada,ada@example.com\n", KEY)
    world.customers.delete("a", ARRIVAL - 1)
    outcome = world.ingest(b"id,name\na,Ada\n", KEY)
    assert counts(outcome) == (1, 0, 0)
    stored = world.customers.stored["a"]
    assert (stored.deleted, stored.customer.name, stored.customer.email) == (None, "Ada", None)
    assert (stored.customer.created, stored.revision) == (ARRIVAL, 3)


def test_an_old_file_does_not_change_a_new_customer_with_the_id() -> None:
    """It tells of the deleted one, whose name and address would be back under the ID of somebody else."""
    world = World()
    old = world.drop(b"id,name,email\na,Erika,erika@example.com\n", KEY)
    world.deliver_until_final(old)
    world.customers.delete("a", ARRIVAL + 5)
    world.now += 20
    world.deliver_until_final(world.drop(b"id,name\na,Somebody\n", "customers/later.csv", at=ARRIVAL + 10))
    new = world.customers.stored["a"]
    assert (new.deleted, new.customer.name) == (None, "Somebody")
    assert counts(reprocess(world, old)) == (0, 1, 0)
    assert world.customers.stored["a"] == new


@pytest.mark.parametrize("is_known", [True, False])
def test_a_deletion_between_read_and_write_wins(is_known: bool) -> None:
    """Be it of one who was there, or was made and deleted in between."""
    world = World()
    if is_known:
        world.ingest(b"id,name\na,Before\n", "customers/before.csv")
    version = world.drop(b"id,name\na,After\n", KEY)
    is_done: list[bool] = []

    def delete(call: str) -> None:
        if call == "registry.write" and not is_done:
            is_done.append(True)
            if not is_known:
                world.customers.add("a")
            world.customers.delete("a", ARRIVAL + 5)

    world.switch.before_call = delete
    outcome = world.deliver_until_final(version)
    assert is_done
    assert counts(outcome) == (0, 1, 0)
    assert world.customers.stored["a"].deleted == ARRIVAL + 5
