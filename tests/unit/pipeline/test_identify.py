"""Which rows the rows of a file are: read back through error files of error files, in bounded work."""

from dataclasses import replace

import pytest

from meterdrop.domain.files.errors import CellError
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError, ObjectVersion, Unreadable
from meterdrop.domain.uploads.transitions import to_revert
from meterdrop.domain.uploads.upload import Counts
from meterdrop.domain.validation.row_reference import RESTORE, references_in
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ingest import identify
from meterdrop.pipeline.ingest.identify import Identify
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import Outcome, World
from tests.support.updates import HEADER, KEY, KINDS, counted, deliver_all, file_of
from tests.unit.pipeline.test_updated_file import OTHER_KEY, change, go_on, version_of

COLUMNS = HEADER.strip() + ",identifier,upload,row_number\n"
Row = tuple[str, str, str, object]
"""A row of an error file: the letter of its kind, then its cells in `identifier`, `upload` and `row_number`."""


def error_file(*rows: Row) -> bytes:
    """Write an error file."""
    return (COLUMNS + "".join(f"{KINDS[kind]},{id_},{of},{row}\n" for kind, id_, of, row in rows)).encode()


def names(of: str, *rows: object) -> bytes:
    """Write an error file whose identifiers are gone, which names rows of one upload."""
    return error_file(*(("x", "", of, row) for row in rows))


def ids(world: World, data: bytes, *, waits: bool = True) -> dict[int, str]:
    """Return the ids of the rows of a new file that its own cells do not tell, and the words of refusals."""
    world.switch.plan(None)
    upload = replace(next(iter(world.uploads.stored.values())), id="upl_" + "z" * 26)
    found = Identify(upload, BUCKET, world.uploads, world.objects, 0, waits).identities(references_in(data))
    return {row: id_.message if isinstance(id_, CellError) else id_ for row, id_ in found.ids.items()}


def reads(world: World) -> int:
    """Return how many files were read."""
    return world.switch.calls.count("objects.read")


def chain(world: World, length: int, rows: int = 2) -> list[Outcome]:
    """Drop a file all of whose rows are bad, the error file of that, the error file of this, and so on."""
    found = [world.ingest(file_of("x" * rows), KEY)]
    for number in range(1, length):
        data = names(found[-1].upload.id, *range(1, rows + 1))
        found.append(world.ingest(data, f"uploads/error file {number}.csv"))
    return found


def test_error_files_of_error_files() -> None:
    """A row is the first file's, whatever the identifiers have become; each file on the way is read once."""
    world = World()
    first, *_, last = chain(world, 4, rows=3)
    assert {1: f"{first.upload.id}:3", 2: f"{first.upload.id}:1"} == ids(world, names(last.upload.id, 3, 1))
    assert 4 == reads(world)
    corrected = error_file(("a", "", last.upload.id, 3), ("a", "", last.upload.id, 1))
    for expected in (Counts(2, 2, 0, 0), Counts(2, 0, 2, 0)):
        outcome = world.ingest(corrected, OTHER_KEY)
        assert_sound(outcome)
        assert expected == outcome.upload.counts
    assert {f"{first.upload.id}:{row}" for row in (1, 3)} == world.events.keys()


def test_an_identifier_of_its_own_is_found_through_all_of_them() -> None:
    """Emptied in one error file, it is known by the file before."""
    world = World()
    first = world.ingest(error_file(("x", "ord-1", "", "")), KEY)
    second = world.ingest(names(first.upload.id, 1), "uploads/2.csv")
    third = world.ingest(names(second.upload.id, 1), "uploads/3.csv")
    assert {1: "ord-1"} == ids(world, names(third.upload.id, 1))
    changed = ids(world, error_file(("a", "ord-01", third.upload.id, 1)))
    assert '"ord-1"' in changed[1]


def test_many_ways_to_one_row() -> None:
    """Two files name rows of the same two files before, and so on: each file is read once."""
    world = World()
    first = world.ingest(file_of("xx"), KEY).upload.id
    layer = [first, first]
    for number in range(12):
        data = error_file(*(("x", "", of, row) for row, of in enumerate(layer, 1)))
        layer = [world.ingest(data, f"uploads/{number}{side}.csv").upload.id for side in "lr"]
    data = error_file(*(("x", "", of, row) for of in layer for row in (1, 2)))
    assert dict(enumerate([f"{first}:1", f"{first}:2"] * 2, 1)) == ids(world, data)
    assert 25 == reads(world)


def test_a_row_at_the_end_of_several_ways() -> None:
    """What one way has read is not read again by another."""
    world = World()
    found = [each.upload.id for each in chain(world, 4, rows=1)]
    data = error_file(*(("x", "", of, 1) for of in reversed(found)))
    assert dict.fromkeys(range(1, 5), f"{found[0]}:1") == ids(world, data)
    assert 4 == reads(world)


def test_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound rows are refused, and told what to do; one that needs fewer files is found all the same."""
    monkeypatch.setattr(identify, "MAX_FILES_READ", 3)
    world = World()
    first, second, third, fourth = (each.upload.id for each in chain(world, 4))
    assert {1: f"{first}:1"} == ids(world, names(third, 1))
    found = ids(world, error_file(("a", "", fourth, 1), ("a", "", first, 2)))
    assert "too many uploads; the limit is 3" in found[1]
    assert f"{first}:2" == found[2]
    assert 3 == reads(world)
    monkeypatch.setattr(identify, "MAX_FILES_READ", 2)
    # The way of the first row would read the first file once more.
    found = ids(world, error_file(("a", "", second, 1), ("a", "", first, 2)))
    assert ("too many uploads; the limit is 2" in found[1], found[2], reads(world)) == (True, f"{first}:2", 2)


def test_lookups_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of uploads that there are not cost a look each, and no more of them than files."""
    monkeypatch.setattr(identify, "MAX_FILES_READ", 3)
    world = World()
    world.ingest(file_of("x"), KEY)
    found = ids(world, error_file(*(("a", "", "upl_" + letter * 26, 1) for letter in "abcde")))
    assert ["no usage upload"] * 3 + ["too many"] * 2 == [
        next(words for words in ("no usage upload", "too many") if words in text) for text in found.values()
    ]
    assert 3 == world.switch.calls.count("uploads.get")


@pytest.mark.parametrize("unreadable", [False, True], ids=["deleted", "unreadable"])
def test_a_parent_whose_file_is_gone(unreadable: bool) -> None:
    """Rows with an identifier of their own pass; who they are is not known of others, nor of ids like Meterdrop's."""
    world = World()
    first = world.ingest(error_file(("x", "ord-1", "", ""), ("x", "", "", "")), KEY)
    if unreadable:
        world.objects.unreadable[version_of(first)] = next(iter(Unreadable))
    else:
        world.objects.delete(version_of(first))
    of = first.upload.id
    data = error_file(("a", "ord-1", of, 1), ("a", "", of, 2), ("a", f"{of}:2", of, 2), ("a", f"{of}:2", "", ""))
    found = ids(world, data)
    assert [2, 3, 4] == sorted(found)
    assert all("S3 can't return" in words for words in found.values())
    assert Counts(4, 1, 0, 3) == world.ingest(data, OTHER_KEY).upload.counts
    assert ["ord-1"] == list(world.events)
    with pytest.raises((ObjectGoneError, ObjectUnreadableError)):
        ids(world, data, waits=False)


def test_an_undo_whose_parents_file_is_gone() -> None:
    """Without its identifiers an error file does not tell its events: nothing is taken for undone that is stored."""
    world = World()
    first = world.ingest(file_of("x"), KEY)
    corrected = world.ingest(error_file(("a", "", first.upload.id, 1)), OTHER_KEY)
    world.objects.delete(version_of(first))
    change(world, version_of(corrected), to_revert)
    with pytest.raises(ObjectGoneError):
        go_on(world, version_of(corrected))
    assert {"a": 1} == counted(world.events.values())


@pytest.mark.parametrize("emptied", [False, True])
def test_an_undo_of_an_error_file(emptied: bool) -> None:
    """Its events are found by the rows that they are, and those of others stay."""
    world = World()
    first = world.ingest(file_of("axx"), KEY)
    of = first.upload.id
    data = error_file(*(("b", "" if emptied else f"{of}:{row}", of, row) for row in (2, 3)))
    corrected = world.ingest(data, OTHER_KEY)
    assert {"a": 1, "b": 2} == counted(world.events.values())
    change(world, version_of(corrected), to_revert)
    outcome = go_on(world, version_of(corrected))
    assert ({}, {}) == (outcome.events, outcome.usage)
    assert {"a": 1} == counted(world.events.values())


def test_an_undo_needs_no_parent_of_rows_with_identifiers() -> None:
    """The identifiers tell which events they are, whatever has become of the parent's file."""
    world = World()
    first = world.ingest(file_of("x"), KEY)
    corrected = world.ingest(error_file(("a", f"{first.upload.id}:1", first.upload.id, 1)), OTHER_KEY)
    world.objects.delete(version_of(first))
    change(world, version_of(corrected), to_revert)
    go_on(world, version_of(corrected))
    assert {} == counted(world.events.values())


def test_rows_that_refer_to_each_other() -> None:
    """A circle, which needs an upload's id before there is the upload, ends as rows that are refused."""
    world = World()
    second = ObjectVersion(BUCKET, "uploads/2.csv", "version-2").upload_id
    first = world.ingest(names(second, 1), "uploads/1.csv")
    assert second == world.ingest(names(first.upload.id, 1), "uploads/2.csv").upload.id
    found = ids(world, names(first.upload.id, 1))
    assert "refers to itself" in found[1]


def test_uploads_that_no_row_can_be_of() -> None:
    """One of customers has no events, and this very upload has none yet."""
    world = World()
    world.ingest(file_of("x"), KEY)
    customers = world.ingest(b"id\ncus_1\n", "customers/c.csv").upload.id
    nobody, myself = "upl_" + "a" * 26, "upl_" + "z" * 26
    found = ids(world, error_file(*(("a", "", of, 1) for of in (customers, nobody, myself))))
    for row, of in enumerate((customers, nobody), 1):
        assert f"The row refers to upload {of}, but no usage upload has this ID." in found[row]
    assert "refers to itself" in found[3]


def test_row_number_is_missing() -> None:
    """The identifier tells which row it is, or is the row's own; else the row is refused."""
    world = World()
    of = world.ingest(file_of("xx"), KEY).upload.id
    data = error_file(*(("a", id_, of, row) for id_ in (f"{of}:2", "ord-1", "") for row in ("", "x", "0", "-1")))
    found = ids(world, data)
    assert [9, 10, 11, 12] == sorted(found)
    assert all("row_number" in words for words in found.values())
    assert f"Row 3 of upload {of} doesn't exist: it has 2 rows. {RESTORE}" == ids(world, names(of, 3))[1]
    assert {1: f"{of}:2"} == ids(world, names(of, 2))


def test_an_early_error_file_waits_before_it_claims() -> None:
    """Two uploads that need each other's key never wait for each other."""
    world = World()
    of = world.ingest(file_of("x"), KEY).upload.id
    parent = world.drop(error_file(("x", "", of, 1), ("a", "", "", "")), OTHER_KEY)
    world.switch.plan(Crash(4, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(parent)
    world.switch.plan(None)
    assert ["key#" + KEY] == [name for name in world.claims.stored if name.startswith("key#")]
    early = world.drop(error_file(("a", "", parent.upload_id, 1), ("b", "", "", "")), KEY)
    with pytest.raises(BusyError):
        world.deliver(early)
    world.now += 1_000
    deliver_all(world, [parent, early])
    assert {"a": 2, "b": 1} == counted(world.events.values())
