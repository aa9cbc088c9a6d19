"""A whole file, corrected and dropped on the key of one that was given up, whose error file counts meanwhile."""

from meterdrop.domain.uploads.transitions import to_reprocess
from meterdrop.domain.uploads.upload import Counts
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.world import World
from tests.support.updates import KEY, counted, file_of
from tests.unit.pipeline.test_updated_file import OTHER_KEY, change, error_file_of, version_of


def test_rows_of_its_error_file_count_once() -> None:
    """What the corrected error file has counted stays counted, and is not counted again by the whole file."""
    world = World()
    first = world.ingest(file_of("ax"), KEY)
    world.ingest(error_file_of(first, 2, "b"), OTHER_KEY)
    change(world, version_of(first), to_reprocess)
    Ingest(world.ports, BUCKET, None).give_up(first.upload.id, world.attempt())
    assert Counts(2, 1, 1, 0) == world.ingest(file_of("ab"), KEY).upload.counts
    assert {"a": 1, "b": 1} == counted(world.events.values())


def test_what_failed_corrects_nothing() -> None:
    """An error file that was dropped back, counted, and is given up when it is processed again has no parent then."""
    world = World()
    first = world.ingest(file_of("ax"), KEY)
    corrected = world.ingest(error_file_of(first, 2, "b"), OTHER_KEY)
    assert first.upload.id == corrected.upload.parent
    change(world, version_of(corrected), to_reprocess)
    Ingest(world.ports, BUCKET, None).give_up(corrected.upload.id, world.attempt())
    assert world.uploads.stored[corrected.upload.id].parent is None
