"""Rows that an account has without an event of their own, and rows of several versions in one file."""

from dataclasses import replace

import pytest

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.uploads.claims import Holder, keeps_content, must_wait
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Counts, Failure
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import Outcome, World
from tests.support.updates import HEADER, KEY, KINDS, counted, deliver_all, file_of
from tests.unit.pipeline.test_identify import error_file
from tests.unit.pipeline.test_updated_file import OTHER_KEY, change, go_on, version_of


def bring(world: World, parent: Outcome, *rows: tuple[int, str], key: str = OTHER_KEY) -> Outcome:
    """Drop rows of a version, corrected, as its error file has them."""
    of = parent.upload.id
    outcome = world.ingest(error_file(*((kind, f"{of}:{row}", of, row) for row, kind in rows)), key)
    assert_sound(outcome)
    return outcome


def two_versions(second: str) -> tuple[World, Outcome]:
    """Make a world with a version that has one row `a`, and another one; return that."""
    world = World()
    world.ingest(file_of("a"), KEY)
    return world, world.ingest(file_of(second), KEY)


def test_duplicates_of_a_version_are_rows_of_it() -> None:
    """Three equal rows, one of which was counted for the version before: two are new, whenever they come."""
    world, second = two_versions("axx")
    assert Counts(2, 2, 0, 0) == bring(world, second, (2, "a"), (3, "a")).upload.counts
    assert {"a": 3} == counted(world.events.values())


def test_duplicates_of_an_error_file_are_rows_of_its_version() -> None:
    """One row came as a duplicate: the next one is new. The first is what it came as, and no other."""
    world, second = two_versions("xx")
    assert Counts(1, 0, 1, 0) == bring(world, second, (1, "a")).upload.counts
    assert Counts(1, 1, 0, 0) == bring(world, second, (2, "a")).upload.counts
    assert Counts(2, 0, 1, 1) == bring(world, second, (1, "a"), (1, "b")).upload.counts
    assert {"a": 2} == counted(world.events.values())


def test_duplicates_of_what_is_reverted_are_forgotten() -> None:
    """The row is free again, for other content too."""
    world, second = two_versions("x")
    as_a = bring(world, second, (1, "a"))
    change(world, version_of(as_a), to_revert)
    go_on(world, version_of(as_a))
    assert Counts(1, 1, 0, 0) == bring(world, second, (1, "b")).upload.counts


def test_a_run_without_duplicates_leaves_no_notes_of_the_run_before() -> None:
    """What was a duplicate has an event of its own when the upload that had it is reverted."""
    world = World()
    first, second = (version_of(world.ingest(file_of(letters), KEY)) for letters in ("a", "ab"))
    assert second.upload_id in world.matched.stored
    change(world, first, to_revert)
    go_on(world, first)
    change(world, second, to_reprocess)
    assert Counts(2, 2, 0, 0) == go_on(world, second).upload.counts
    assert not world.matched.stored[second.upload_id]


def test_a_dry_run_leaves_no_notes() -> None:
    """What it says of a row binds nobody."""
    world, second = two_versions("x")
    tried = bring(world, second, (1, "a"), key=OTHER_KEY.replace("uploads/", "validate/"))
    assert Counts(1, 0, 1, 0) == tried.upload.counts
    assert Counts(1, 1, 0, 0) == bring(world, second, (1, "b")).upload.counts


def test_a_row_of_an_unchanged_version() -> None:
    """All of its rows are accounted: each is a duplicate, and none may become another."""
    world, second = two_versions("a")
    assert Counts(2, 0, 1, 1) == bring(world, second, (1, "a"), (1, "b")).upload.counts


def test_one_row_twice_in_a_file() -> None:
    """Both are the row that the account has, or say that they are another."""
    world, second = two_versions("x")
    assert Counts(2, 0, 2, 0) == bring(world, second, (1, "a"), (1, "a")).upload.counts
    assert Counts(2, 0, 1, 1) == bring(world, second, (1, "b"), (1, "a")).upload.counts


def test_rows_of_two_versions_in_one_file() -> None:
    """The account has no other version; of equal rows of the two one is new."""
    world = World()
    first, second = (world.ingest(file_of(letters), KEY).upload.id for letters in ("x", "xx"))
    data = error_file(*((kind, "", of, row) for kind, of, row in (("a", first, 1), ("a", second, 1), ("a", second, 2))))
    outcome = world.ingest(data, OTHER_KEY)
    assert_sound(outcome)
    assert Counts(3, 2, 1, 0) == outcome.upload.counts


def test_rows_that_are_away_are_rows_of_nothing() -> None:
    """Equal rows of two versions whose customer is not registered: neither is a duplicate of the other."""
    world = World()
    first, second = (world.ingest(file_of(letters), KEY).upload.id for letters in ("n", "nx"))
    data = error_file(("n", "", first, 1), ("n", "", second, 1))
    assert Counts(2, 0, 0, 2) == world.ingest(data, OTHER_KEY).upload.counts


def test_a_row_that_is_away_and_was_accounted_as_another() -> None:
    """It stays refused: what is counted of it says something else."""
    world, second = two_versions("x")
    bring(world, second, (1, "a"))
    refused = bring(world, second, (1, "n"))
    assert Counts(1, 0, 0, 1) == refused.upload.counts
    assert ["meter_event_customer_not_found"] == [sample.code for sample in refused.upload.samples]


def test_rows_that_are_away_among_too_many_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that is a duplicate is in no error file, however that is made."""
    world = World()
    world.ingest(file_of("ac"), KEY)
    del world.customers.stored["cus_GAXJtSu6021a6s"]
    monkeypatch.setattr("meterdrop.domain.uploads.error_file.BUFFER_BYTES", -1)
    outcome = world.ingest(file_of("acx"), KEY)
    assert_sound(outcome)
    assert Counts(3, 0, 2, 1) == outcome.upload.counts


def test_a_version_that_was_given_up() -> None:
    """Processed again, and given up while it owned its key: it stays a version, for the rows of its error file."""
    world = World()
    first = world.ingest(file_of("ax"), KEY)
    bring(world, first, (2, "b"))
    change(world, version_of(first), to_reprocess)
    world.switch.before_call = lambda name: _break(name, "events.read")
    with pytest.raises(ZeroDivisionError):
        go_on(world, version_of(first))
    world.switch.before_call = lambda _: None
    assert first.upload.id == world.claims.stored[f"key#{KEY}"].owner
    Ingest(world.ports, BUCKET, None).give_up(first.upload.id, world.attempt())
    assert Counts(2, 1, 1, 0) == world.ingest(file_of("ab"), KEY).upload.counts


def _break(name: str, at: str) -> None:
    if name == at:
        raise ZeroDivisionError


def test_a_row_with_another_error_too() -> None:
    """A customer who is away hides no error of the row itself, though the rest of it is counted."""
    world = World()
    header = HEADER.strip() + ",payload_note\n"
    world.ingest(f"{header}{KINDS['a']},\n".encode(), KEY)
    del world.customers.stored["cus_QMJJtcu70R1x46"]
    outcome = world.ingest(f"{header}{KINDS['a']},{'n' * 101}\n{KINDS['a']},\n".encode(), KEY)
    assert Counts(2, 0, 1, 1) == outcome.upload.counts
    assert {1} == {sample.row_number for sample in outcome.upload.samples}


def test_an_emptied_error_file_is_no_version() -> None:
    """All its rows are those of its parent's key, wherever it is dropped: it updates nothing there."""
    world = World()
    world.ingest(file_of("a"), OTHER_KEY)
    first = world.ingest(file_of("x"), KEY).upload.id
    corrected = world.ingest(error_file(("a", "", first, 1)), OTHER_KEY).upload
    assert (Counts(1, 1, 0, 0), None) == (corrected.counts, corrected.updates)


def test_claims_are_made_in_one_order() -> None:
    """Of two files with rows of both keys one waits for the other, and not each for the other."""
    world = World()
    here, there = (world.ingest(file_of(letters), key).upload.id for letters, key in (("x", KEY), ("xx", OTHER_KEY)))
    first = world.drop(error_file(("a", "", there, 1), ("a", "", "", "")), KEY)
    second = world.drop(error_file(("b", "", here, 1), ("b", "", "", "")), OTHER_KEY)
    puts: list[str] = []

    def before_call(name: str) -> None:
        puts.extend([name] if name == "claims.put" else [])
        if len(puts) == 2:
            world.switch.before_call = lambda _: None
            with pytest.raises(BusyError):
                world.deliver(second)

    world.switch.before_call = before_call
    world.deliver(first)
    deliver_all(world, [second])
    assert {"a": 2, "b": 2} == counted(world.events.values())


def test_who_keeps_a_content() -> None:
    """Whoever counts a row of it, or will; who is waited for, and who is refused for it."""
    upload = World().ingest(file_of("a"), KEY).upload
    internal = Failure(FileCode.INTERNAL_ERROR, "as the test says")
    at_work = replace(upload, status=Status.PROCESSING)
    reverting = replace(upload, status=Status.REVERTING)
    given_up = replace(upload, status=Status.FAILED, failure=internal)
    refused = replace(given_up, failure=replace(internal, code=FileCode.NO_ROWS))
    reverted = replace(upload, status=Status.REVERTED)
    # Whether it keeps the content, then whether another waits for it: of the same account, of another one.
    expected: list[tuple[Holder, bool, bool, bool | None]] = [
        (Holder(upload, KEY, counts=True), True, False, None),
        (Holder(upload, KEY, counts=False), False, False, False),
        (Holder(at_work, KEY, counts=False), True, False, True),
        (Holder(reverting, KEY, counts=True), True, True, True),
        (Holder(given_up, KEY, counts=False), True, False, None),
        (Holder(refused, KEY, counts=False), False, False, False),
        (Holder(reverted, KEY, counts=True), False, False, False),
    ]
    for holder, is_kept, waits_here, waits_there in expected:
        assert is_kept == keeps_content(holder), holder
        assert waits_here == must_wait(KEY, [holder], is_own=True), holder
        if waits_there is None:
            with pytest.raises(FileError, match=upload.id):
                must_wait(OTHER_KEY, [holder], is_own=True)
        else:
            assert waits_there == must_wait(OTHER_KEY, [holder], is_own=True), holder


def test_a_content_that_its_own_account_keeps() -> None:
    """Whoever else has it makes no difference: it was let in there."""
    upload = World().ingest(file_of("a"), KEY).upload
    holders = [Holder(upload, OTHER_KEY, counts=True), Holder(upload, KEY, counts=True)]
    assert not must_wait(KEY, holders, is_own=True)
    with pytest.raises(FileError):
        must_wait(KEY, [holders[0], Holder(upload, KEY, counts=False)], is_own=True)
