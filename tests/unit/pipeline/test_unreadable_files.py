"""Objects that S3 will never hand out: their uploads fail at once, and say why."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from meterdrop.domain.changes import Change
from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.uploads.objects import ObjectUnreadableError, Unreadable
from meterdrop.domain.uploads.transitions import to_reprocess, to_revert
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.ingest.run import Ingest
from meterdrop.pipeline.requeue import Requeue
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.catalog import ARRIVAL
from tests.support.fakes.queue import FakeQueue
from tests.support.fakes.recount import assert_sound
from tests.support.fakes.world import World
from tests.unit.pipeline.test_crashes import FILE

WORDS = {
    Unreadable.ARCHIVED: ["archive storage class", "STANDARD", "Restore the object"],
    Unreadable.CUSTOMER_KEY: ["customer-provided key", "SSE-S3", "Upload the file again"],
    Unreadable.KMS_KEY: ["KMS key", "kms:Decrypt", "Upload the file again"],
}


@pytest.mark.parametrize("reason", Unreadable)
def test_it_fails_at_once(reason: Unreadable) -> None:
    """One delivery, no retry: a status with the reason and what to do, and an error file that says the same."""
    world = World()
    version = world.drop(FILE, at=ARRIVAL - 10)
    world.objects.unreadable[version] = reason
    upload = world.deliver(version)
    assert upload is not None
    assert upload.failure is not None
    assert (upload.status, upload.failure.code) == (Status.FAILED, FileCode.UNREADABLE)
    assert (upload.size, upload.created) == (None, ARRIVAL)
    assert [words for words in WORDS[reason] if words not in upload.failure.message] == []
    outcome = world.outcome(version)
    assert_sound(outcome)
    assert outcome.error_file is not None
    assert b"file_unreadable" in outcome.error_file
    assert world.deliver(version) is None


@pytest.mark.parametrize("key", ["validate/a.csv", "customers/a.csv"])
def test_of_every_kind(key: str) -> None:
    """A dry run says so too, and a file of customers."""
    world = World()
    version = world.drop(FILE, key)
    world.objects.unreadable[version] = Unreadable.ARCHIVED
    upload = world.deliver_until_final(version).upload
    assert upload.failure is not None
    assert upload.failure.code is FileCode.UNREADABLE


def test_a_head_that_knows_nothing_of_it() -> None:
    """The key of an object may refuse only when it is read."""
    world = World()
    version = world.drop(FILE)

    def refuse(call: str) -> None:
        if call == "objects.read":
            world.objects.unreadable[version] = Unreadable.KMS_KEY

    world.switch.before_call = refuse
    upload = world.deliver_until_final(version).upload
    assert upload.size == len(FILE)
    assert upload.failure is not None
    assert upload.failure.code is FileCode.UNREADABLE


def test_it_is_reprocessed_once_it_can_be_read() -> None:
    """After the object was restored, or its key allowed."""
    world = World()
    version = world.drop(FILE)
    world.objects.unreadable[version] = Unreadable.ARCHIVED
    upload = world.deliver_until_final(version).upload
    del world.objects.unreadable[version]
    requeue(world).begin(upload.id, to_reprocess, Change("test"))
    Ingest(world.ports, BUCKET, None).resume(upload.id, world.attempt())
    assert world.outcome(version).upload.counts.success


def requeue(world: World) -> Requeue:
    """Make what begins reverts and reprocesses."""
    return Requeue(world.uploads, world.objects, FakeQueue(world), BUCKET)


@pytest.mark.parametrize("change", [to_revert, to_reprocess])
def test_what_counts_is_left_alone(change: Callable[[Upload], Upload]) -> None:
    """A file that was archived after it was counted is needed for both: nothing is changed."""
    world = World()
    outcome = world.ingest(FILE)
    [version] = world.objects.dropped
    world.objects.unreadable[version] = Unreadable.ARCHIVED
    with pytest.raises(ObjectUnreadableError):
        requeue(world).begin(outcome.upload.id, change, Change("test"))
    assert world.outcome(version) == outcome


def test_rows_that_may_be_stored_are_not_given_up() -> None:
    """Where they may be, it is not enough to say so: an undo needs the file, and the queue tries again."""
    world = World()
    version = world.drop(FILE)
    world.deliver_until_final(version)
    stored = world.uploads.stored[version.upload_id]
    world.uploads.stored[stored.id] = replace(to_reprocess(stored), revision=stored.revision + 1)
    world.objects.unreadable[version] = Unreadable.KMS_KEY
    with pytest.raises(ObjectUnreadableError):
        Ingest(world.ports, BUCKET, None).resume(stored.id, world.attempt())
