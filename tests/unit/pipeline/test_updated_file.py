"""A file dropped again on its key: in which order, beside which others, and through which crashes."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Counts, Failure, Upload
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import Outcome, World
from tests.support.updates import HEADER, KEY, KINDS, counted, deliver_all, file_of

OTHER_KEY = "uploads/acme/other.csv"


def change(world: World, version: ObjectVersion, to: Callable[[Upload], Upload]) -> None:
    """Bring a final upload on its way again, as the API does."""
    upload = world.uploads.stored[version.upload_id]
    world.uploads.stored[upload.id] = replace(to(upload), revision=upload.revision + 1)


def go_on(world: World, version: ObjectVersion) -> Outcome:
    """Deliver the message that an upload is to go on."""
    for _ in range(5):
        try:
            Ingest(world.ports, BUCKET, None).resume(version.upload_id, world.attempt())
            break
        except BusyError as busy:
            world.now += busy.seconds + 1
    return world.outcome(version)


def version_of(outcome: Outcome) -> ObjectVersion:
    """Return the object version of an upload."""
    return ObjectVersion(BUCKET, outcome.upload.key, outcome.upload.version_id)


def error_file_of(outcome: Outcome, row: int, letter: str) -> bytes:
    """Write the corrected error file of one row."""
    header = HEADER.strip() + ",identifier,upload,row_number,error_code,error_field,error_message\n"
    return f"{header}{KINDS[letter]},{outcome.upload.id}:{row},{outcome.upload.id},{row},,,\n".encode()


def prepared() -> tuple[World, ObjectVersion]:
    """Make a world with a file, its corrected error file, and the whole file corrected, which is to be delivered."""
    world = World(batch=2)
    first = world.ingest(file_of("abxan"), KEY)
    world.ingest(error_file_of(first, 3, "b"), OTHER_KEY)
    world.switch.plan(None)
    return world, world.drop(file_of("cbaabbca"), KEY)


@cache
def undisturbed() -> tuple[Outcome, int]:
    """Return what comes of the update without a crash, and how many calls that takes."""
    world, version = prepared()
    return world.deliver_until_final(version), len(world.switch.calls)


def test_update() -> None:
    """Two of each were counted by the file and its error file: new are what is more, in file order."""
    outcome, _ = undisturbed()
    assert Counts(8, 4, 4, 0) == outcome.upload.counts
    assert [1, 6, 7, 8] == list(outcome.events)
    assert_sound(outcome)


@pytest.mark.parametrize("kills", [True, False], ids=["process dies", "call fails"])
@pytest.mark.parametrize("took_effect", [True, False], ids=["after", "before"])
@pytest.mark.parametrize("at", range(1, undisturbed()[1] + 1))
def test_crash_at_any_call(at: int, took_effect: bool, kills: bool) -> None:
    """One crash before or after any call, then retries: the same end as without."""
    world, version = prepared()
    deliver_all(world, [version], [Crash(at, took_effect, kills)])
    outcome, expected = world.outcome(version), undisturbed()[0]
    assert_sound(outcome)
    assert expected.upload.counts == outcome.upload.counts
    assert {"a": 3, "b": 3, "c": 2} == counted(world.events.values())


def test_first_file_needs_two_calls_more() -> None:
    """Where no file came before on its key, nothing is read but the claim."""
    world = World()
    world.ingest(file_of("abc"), KEY)
    assert ["claims.get", "claims.put"] * 2 == [name for name in world.switch.calls if name.startswith("claims")]
    assert "events.read" not in world.switch.calls


def test_later_version_first() -> None:
    """Notifications come in any order: of two versions the one that comes later adds what the other had not."""
    world = World()
    first, second = world.drop(file_of("aab"), KEY), world.drop(file_of("abbc"), KEY)
    assert Counts(4, 4, 0, 0) == world.deliver_until_final(second).upload.counts
    outcome = world.deliver_until_final(first)
    assert_sound(outcome)
    assert Counts(3, 1, 2, 0) == outcome.upload.counts
    assert [2] == list(outcome.events)


@pytest.mark.parametrize("at", ["events.insert", "usage.put", "uploads.finish"])
def test_one_after_the_other(at: str) -> None:
    """While one version is at work another waits, which is no attempt without progress."""
    world = World(batch=2)
    first, second = world.drop(file_of("aabb"), KEY), world.drop(file_of("abbc"), KEY)
    waits: list[float] = []

    def before_call(name: str) -> None:
        if name == at:
            world.switch.before_call = lambda _: None
            with pytest.raises(BusyError) as busy:
                world.deliver(second)
            waits.append(busy.value.seconds)

    world.switch.before_call = before_call
    world.deliver(first)
    assert [2] == waits
    waiting = world.uploads.stored[second.upload_id]
    assert (Status.PROCESSING, 0) == (waiting.status, waiting.attempts)
    assert waiting.lease_until <= world.now
    assert Counts(4, 1, 3, 0) == world.deliver_until_final(second).upload.counts


def test_both_claim_the_key_at_once() -> None:
    """Of two that find the key free one gets it; the other comes again and finds what that one counted."""
    world = World()
    first, second = world.drop(file_of("ab"), KEY), world.drop(file_of("bc"), KEY)

    def before_call(name: str) -> None:
        if name == "claims.put":
            world.switch.before_call = lambda _: None
            world.deliver(second)

    world.switch.before_call = before_call
    with pytest.raises(BusyError):
        world.deliver(first)
    assert Counts(2, 2, 0, 0) == world.outcome(second).upload.counts
    assert Counts(2, 1, 1, 0) == world.deliver_until_final(first).upload.counts


@pytest.mark.parametrize(("at", "time"), [("uploads.get", 2), ("claims.put", 1)])
def test_an_owner_that_is_at_work_again(at: str, time: int) -> None:
    """Who found the owner final, and it is processed again meanwhile, does not take its place."""
    world = World(batch=2)
    first = world.drop(file_of("anb"), KEY)
    world.deliver(first)
    world.customers.add("cus_nobody")
    second = world.drop(file_of("anb"), KEY)
    looks: list[str] = []

    def before_call(name: str) -> None:
        if name == at:
            looks.append(name)
            if len(looks) == time:
                world.switch.before_call = lambda _: None
                change(world, first, to_reprocess)
                world.switch.plan(Crash(8, took_effect=True, kills=False))
                with pytest.raises(CrashError):
                    Ingest(world.ports, BUCKET, None).resume(first.upload_id, world.attempt())
                world.switch.plan(None)

    world.switch.before_call = before_call
    with pytest.raises(BusyError):
        world.deliver(second)
    world.now += 100
    go_on(world, first)
    deliver_all(world, [second])
    assert {"a": 1, "b": 1, "n": 1} == counted(world.events.values())


def test_processed_again_before_a_later_version() -> None:
    """An earlier version that is to be processed again waits for a later one at work, which does not wait for it."""
    world = World(batch=2)
    first = world.drop(file_of("an"), KEY)
    world.deliver(first)
    world.ingest(file_of("anb"), KEY)
    world.customers.add("cus_nobody")
    change(world, first, to_reprocess)
    assert Counts(3, 1, 2, 0) == world.ingest(file_of("anb"), KEY).upload.counts
    assert Counts(2, 1, 1, 0) == go_on(world, first).upload.counts
    assert {"a": 1, "b": 1, "n": 1} == counted(world.events.values())


def test_unchanged_again_and_again() -> None:
    """A file that is dropped every hour, mostly unchanged, costs no more each time, and is claimed in little space."""
    world = World()
    first = world.ingest(file_of("aab"), KEY)
    reads = []
    for _ in range(4):
        world.switch.plan(None)
        assert Counts(3, 0, 3, 0) == world.ingest(file_of("aab"), KEY).upload.counts
        reads.append(len(world.switch.calls))
    assert 1 == len(set(reads[1:]))
    longer = world.ingest(file_of("aabbc"), KEY)
    assert {first.upload.id: "1-3", longer.upload.id: "4-5"} == world.claims.stored[f"key#{KEY}"].holders
    assert max(len(claim.holders) for claim in world.claims.stored.values()) <= 2


def test_given_up_and_dropped_again() -> None:
    """A file that we failed may be dropped again on its key; taken up after all, the first finds its rows counted."""
    world = World()
    first = world.drop(file_of("ab"), KEY)
    world.deliver(first)
    change(world, first, lambda upload: _given_up(world, upload))
    assert Counts(2, 2, 0, 0) == world.ingest(file_of("ab"), KEY).upload.counts
    assert Counts(2, 0, 2, 0) == world.deliver_until_final(first).upload.counts
    refused = world.ingest(file_of("ab"), OTHER_KEY).upload.failure
    assert refused is not None
    assert FileCode.DUPLICATE is refused.code


def _given_up(world: World, upload: Upload) -> Upload:
    for id_ in [id_ for id_, event in world.events.items() if event.upload == upload.id]:
        del world.events[id_]
    failure = Failure(FileCode.INTERNAL_ERROR, "as the test says")
    return replace(upload, status=Status.FAILED, counts=Counts(), totals=(), failure=failure)


def test_after_a_revert() -> None:
    """What is taken back does not count any more: the file dropped again is new, but for rows of its error file."""
    world = World()
    first = world.ingest(file_of("abx"), KEY)
    world.ingest(error_file_of(first, 3, "c"), OTHER_KEY)
    change(world, version_of(first), to_revert)
    go_on(world, version_of(first))
    again = world.ingest(file_of("abc"), KEY)
    assert Counts(3, 2, 1, 0) == again.upload.counts
    assert {"a": 1, "b": 1, "c": 1} == counted(world.events.values())


def test_while_an_earlier_one_is_reverted() -> None:
    """Rows are not compared with what is about to go."""
    world = World(batch=2)
    first, second = world.drop(file_of("aabb"), KEY), world.drop(file_of("aabbc"), KEY)
    world.deliver(first)
    change(world, first, to_revert)
    with pytest.raises(BusyError):
        world.deliver(second)
    go_on(world, first)
    assert Counts(5, 5, 0, 0) == world.deliver_until_final(second).upload.counts


def test_reverted_and_the_later_one_processed_again() -> None:
    """Rows that were duplicates of a reverted version come back when the later one is processed again, no sooner."""
    world = World()
    first, second = world.drop(file_of("ab"), KEY), world.drop(file_of("abc"), KEY)
    deliver_all(world, [first])
    deliver_all(world, [second])
    assert [second.upload_id] == world.relations.duplicates(first.upload_id)
    change(world, first, to_revert)
    go_on(world, first)
    assert {"c": 1} == counted(world.events.values())
    change(world, second, to_reprocess)
    outcome = go_on(world, second)
    assert_sound(outcome)
    assert Counts(3, 3, 0, 0) == outcome.upload.counts
    assert Counts(3, 0, 3, 0) == world.ingest(file_of("abc"), KEY).upload.counts


def test_an_error_file_waits_for_the_account() -> None:
    """While a version is at work an error file of another version waits, so that neither counts what the other does."""
    world = World(batch=1)
    first = world.ingest(file_of("x"), KEY)
    version = world.drop(file_of("aa"), KEY)
    twin = World(batch=1)
    twin.ingest(file_of("x"), KEY)
    twin.switch.plan(None)
    twin.ingest(file_of("aa"), KEY)
    world.switch.plan(Crash(twin.switch.calls.index("events.insert") + 1, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    corrected = world.drop(error_file_of(first, 1, "a"), OTHER_KEY)
    with pytest.raises(BusyError):
        world.deliver(corrected)
    world.now += 1_000
    outcome = world.deliver_until_final(version)
    assert_sound(outcome)
    assert Counts(2, 2, 0, 0) == outcome.upload.counts
    assert Counts(1, 0, 1, 0) == world.deliver_until_final(corrected).upload.counts
    assert {"a": 2} == counted(world.events.values())


def test_cancelled_rows_stay_cancelled() -> None:
    """A row whose event was taken back by hand is a duplicate when it comes again, no comeback."""
    world = World()
    first = world.ingest(file_of("aab"), KEY)
    cancelled = first.events[1]
    world.events[cancelled.id] = cancelled._replace(cancelled=int(world.now))
    assert Counts(3, 0, 3, 0) == world.ingest(file_of("aab"), KEY).upload.counts


def test_an_identifier_of_this_very_upload() -> None:
    """A row that has the id of an earlier file's row counts for that file: its own file's equal row is a duplicate."""
    world = World(batch=1)
    first = world.ingest(file_of("xx"), KEY)
    header = HEADER.strip() + ",identifier\n"
    data = f"{header}{KINDS['a']},{first.upload.id}:2\n{KINDS['a']},\n".encode()
    version = world.drop(data, KEY)
    at = [*_calls_of(first, data)].index("events.insert") + 1
    deliver_all(world, [version], [Crash(at, took_effect=True, kills=True)])
    outcome = world.outcome(version)
    assert_sound(outcome)
    assert Counts(2, 1, 1, 0) == outcome.upload.counts


def _calls_of(first: Outcome, data: bytes) -> list[str]:
    twin = World(batch=1)
    assert first.upload.id == twin.ingest(file_of("xx"), KEY).upload.id
    twin.switch.plan(None)
    twin.ingest(data, KEY)
    return twin.switch.calls


def test_same_bytes_on_several_keys() -> None:
    """Bytes let in under a second key are an update of either; where one counts no more, the other keeps them."""
    world = World()
    data = file_of("ab")
    here = world.ingest(data, KEY)
    world.ingest(data, OTHER_KEY, allow_duplicate=True)
    assert Counts(2, 0, 2, 0) == world.ingest(data, KEY).upload.counts
    assert Counts(2, 0, 2, 0) == world.ingest(data, OTHER_KEY).upload.counts
    change(world, version_of(here), to_revert)
    go_on(world, version_of(here))
    refused = world.ingest(data, KEY).upload.failure
    assert refused is not None
    assert FileCode.DUPLICATE is refused.code
    assert OTHER_KEY in refused.message


def test_a_third_key_waits_for_both() -> None:
    """Bytes stay with the first upload of a key when a later one of it is reverted."""
    world = World()
    data = file_of("ab")
    world.ingest(data, KEY)
    again = world.ingest(data, KEY)
    change(world, version_of(again), to_revert)
    go_on(world, version_of(again))
    refused = world.ingest(data, OTHER_KEY).upload.failure
    assert refused is not None
    assert FileCode.DUPLICATE is refused.code


def test_processed_again_both_at_once() -> None:
    """Of two uploads of the same key and bytes none waits for the other's waiting, whatever of the bytes they hold."""
    world = World(batch=2)
    data = file_of("ab")
    first = version_of(world.ingest(data, KEY))
    second = version_of(world.ingest(data, KEY))
    world.ingest(data, OTHER_KEY, allow_duplicate=True)
    for version in (first, second):
        change(world, version, to_reprocess)
    with pytest.raises(BusyError):
        Ingest(world.ports, BUCKET, None).resume(first.upload_id, world.attempt())
    assert Counts(2, 0, 2, 0) == go_on(world, second).upload.counts
    assert Counts(2, 2, 0, 0) == go_on(world, first).upload.counts


def test_refused_files_leave_no_trace_in_the_claim() -> None:
    """A file that is dropped every hour, and refused as another's, does not fill the claim of its key."""
    world = World()
    world.ingest(file_of("ab"), KEY)
    for _ in range(4):
        failure = world.ingest(file_of("ab"), OTHER_KEY).upload.failure
        assert failure is not None
        assert FileCode.DUPLICATE is failure.code
    assert 1 == len(world.claims.stored[f"key#{OTHER_KEY}"].holders)


def test_all_rows_refused_the_first_time() -> None:
    """The same bytes again, once their customer is registered, count: on the same key nothing stands against it."""
    world = World()
    world.ingest(file_of("nn"), KEY)
    world.customers.add("cus_nobody")
    assert Counts(2, 2, 0, 0) == world.ingest(file_of("nn"), KEY).upload.counts


def test_a_dry_run_claims_no_key() -> None:
    """It looks, and it waits as the file would in earnest, but nobody waits for it."""
    world = World()
    world.ingest(file_of("ab"), "validate/acme/usage.csv")
    assert {} == world.claims.stored
    version = world.drop(file_of("ab"), KEY)
    twin = World()
    twin.ingest(file_of("ab"), KEY)
    world.switch.plan(Crash(twin.switch.calls.index("events.insert") + 1, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    with pytest.raises(BusyError):
        world.deliver(world.drop(file_of("abc"), "validate/acme/usage.csv"))
