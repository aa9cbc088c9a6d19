"""However often a file is dropped again on its key, in any order and through any crashes: each row counts once.

Of every content there are as many events as the file has rows that has the most of them.
"""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from meterdrop.domain.uploads.transitions import to_reprocess
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash
from tests.support.fakes.recount import assert_sound, error_rows
from tests.support.fakes.world import World
from tests.support.updates import KEY, KINDS, counted, deliver_all, file_of, greatest

_files = st.lists(st.text(alphabet="aabcnx", min_size=1, max_size=7), min_size=1, max_size=4)
_crashes = st.lists(
    st.one_of(st.none(), st.builds(Crash, st.integers(1, 45), st.booleans(), st.booleans())), max_size=6
)


@given(_files, _crashes, st.randoms(use_true_random=False))
def test_each_row_counts_once(files: list[str], crashes: list[Crash | None], order: Random) -> None:
    """Delivered in any order, each attempt into a crash or not; attempts at several of them take turns."""
    world = World(batch=2)
    versions = [world.drop(file_of(file), KEY) for file in files]
    order.shuffle(versions)
    deliver_all(world, versions, crashes)
    assert greatest(files) == counted(world.events.values())
    for version in versions:
        assert_sound(world.outcome(version))


@given(_files, _crashes, st.data())
def test_processed_once_more(files: list[str], crashes: list[Crash | None], data: st.DataObject) -> None:
    """To process any of them again changes nothing but what the catalog does: here a customer was registered since."""
    world = World(batch=2)
    versions = [world.drop(file_of(file), KEY) for file in files]
    deliver_all(world, versions, crashes)
    world.customers.add("cus_nobody")
    again = data.draw(st.lists(st.sampled_from(range(len(files))), max_size=3))
    for at in again:
        upload = world.uploads.stored[versions[at].upload_id]
        world.uploads.stored[upload.id] = replace(to_reprocess(upload), revision=upload.revision + 1)
        for _ in range(5):
            try:
                Ingest(world.ports, BUCKET, None).resume(upload.id, world.attempt())
                break
            except BusyError as busy:
                world.now += busy.seconds + 1
        assert_sound(world.outcome(versions[at]))
    expected = greatest(files) | greatest([files[at] for at in again], good="n")
    assert expected == counted(world.events.values())


@given(_files, _crashes, st.lists(st.booleans(), min_size=4, max_size=4))
def test_catalog_changes_in_between(files: list[str], crashes: list[Crash | None], changes: list[bool]) -> None:
    """What is stored stays; nothing good is missing, and nothing counts more often than it was dropped."""
    world = World(batch=2)
    versions = []
    for file, is_registered in zip(files, changes, strict=False):
        versions.append(world.drop(file_of(file), KEY))
        before = len(world.events)
        deliver_all(world, versions[-1:], [crash for crash in crashes[:1] if crash])
        crashes = crashes[1:]
        assert before <= len(world.events)
        world.customers.stored.pop("cus_QMJJtcu70R1x46", None)
        if is_registered:
            world.customers.add("cus_QMJJtcu70R1x46")
    stored = counted(world.events.values())
    dropped = Counter("".join(files))
    assert all(count <= dropped[letter] for letter, count in stored.items())
    for file, version in zip(files, versions, strict=True):
        outcome = world.outcome(version)
        assert_sound(outcome)
        refused = {int(row["row_number"]) for row in error_rows(outcome.error_file)}
        good = Counter(letter for row, letter in enumerate(file, 1) if row not in refused)
        assert all(stored[letter] >= count for letter, count in good.items()), KINDS


@given(_files, st.lists(st.booleans(), min_size=4, max_size=4), _crashes)
def test_with_allow_duplicate_all_rows_are_new(
    files: list[str], allowed: list[bool], crashes: list[Crash | None]
) -> None:
    """Each file that is let in adds all its rows; each other one adds what is missing."""
    world = World(batch=2)
    expected: Counter[str] = Counter()
    for file, allow in zip(files, allowed, strict=False):
        good = Counter(letter for letter in file if letter in "abc")
        expected = expected + good if allow else expected | good
        version = world.drop(file_of(file), KEY, allow_duplicate=allow)
        deliver_all(world, [version], crashes[:2])
        crashes = crashes[2:]
        assert expected == counted(world.events.values())
        assert_sound(world.outcome(version))
