"""What goes to the dead letters, and what their function does with each."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from meterdrop.domain.codes import FileCode
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.handlers import ingest, recover
from meterdrop.pipeline.attempt import MAX_ATTEMPTS, Attempt
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import Crash, CrashError
from tests.support.fakes.lambda_context import FakeLambdaContext
from tests.support.fakes.world import World
from tests.unit.pipeline.test_crashes import FILE

if TYPE_CHECKING:
    from meterdrop.handlers.sqs import Record

STAYS = {"batchItemFailures": [{"itemIdentifier": "m"}]}
DONE: dict[str, list[object]] = {"batchItemFailures": []}
SECRET = "cus_secret"


@dataclass(slots=True)
class WorldWiring:
    """Fits `handlers.bootstrap.Bootstrap` over a world in memory."""

    world: World
    shown_in: list[float] = field(default_factory=list)
    set_aside_: list[str] = field(default_factory=list)
    of_other_buckets: int = 0
    """Notifications that were left alone."""

    @property
    def queue(self) -> "WorldWiring":
        """Return the queue."""
        return self

    def ingest(self, attempt: Attempt) -> Ingest:
        """Return the pipeline; time is the world's."""
        attempt.clock = lambda: self.world.now
        attempt.ends = self.world.now + 600
        return Ingest(self.world.ports, BUCKET, None, on_other_bucket=self.note_other_bucket)

    def note_other_bucket(self) -> None:
        """Remember."""
        self.of_other_buckets += 1

    def show_again_in(self, _: str, seconds: float) -> None:
        """Remember."""
        self.shown_in.append(seconds)

    def set_aside(self, body: str) -> None:
        """Remember."""
        with self.world.switch.call("queue.set_aside"):
            self.set_aside_.append(body)


Handle = Callable[..., dict[str, list[object]]]


@pytest.fixture
def bootstrap() -> WorldWiring:
    """Make a world."""
    return WorldWiring(World())


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch, bootstrap: WorldWiring) -> Handle:
    """Give a function that hands one message over to a handler."""

    def handle(module: ModuleType, body: str, receives: int = 1) -> dict[str, list[object]]:
        monkeypatch.setattr(module, "_bootstrap", lambda: bootstrap)
        record: Record = {
            "messageId": "m",
            "receiptHandle": "r",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(receives)},
        }
        answer: dict[str, list[object]] = module.handler({"Records": [record]}, FakeLambdaContext(600_000))
        return answer

    return handle


def notification(version: ObjectVersion) -> str:
    """Write S3's message."""
    object_ = {"key": version.key, "size": 1, "versionId": version.version_id}
    record = {
        "eventName": "ObjectCreated:Put",
        "eventTime": "2024-09-23T16:22:25.000Z",
        "s3": {"bucket": {"name": version.bucket}, "object": object_},
    }
    return json.dumps({"Records": [record]})


def ours(version: ObjectVersion) -> str:
    """Write a message of ours."""
    return json.dumps({"upload": version.upload_id})


def half_stored(world: World, attempts: int = 1) -> ObjectVersion:
    """Leave an upload behind whose attempt was killed."""
    version = world.drop(FILE)
    world.switch.plan(Crash(15, took_effect=True, kills=True))
    with pytest.raises(CrashError):
        world.deliver(version)
    world.switch.plan(None)
    assert world.events
    upload = world.uploads.stored[version.upload_id]
    world.uploads.stored[upload.id] = replace(upload, attempts=attempts, lease_until=0)
    return version


@pytest.mark.parametrize("message", [notification, ours])
def test_the_last_attempt_sends_the_message_to_the_dead_letters(
    bootstrap: WorldWiring, handle: Handle, message: Callable[[ObjectVersion], str]
) -> None:
    """As it is, and then acknowledges it: from there it is given up."""
    version = half_stored(bootstrap.world, MAX_ATTEMPTS)
    assert handle(ingest, message(version)) == DONE
    assert bootstrap.set_aside_ == [message(version)]
    assert handle(recover, bootstrap.set_aside_[0]) == DONE
    upload = bootstrap.world.uploads.stored[version.upload_id]
    assert upload.failure is not None
    assert (upload.failure.code, bootstrap.world.events) == (FileCode.INTERNAL_ERROR, {})


def test_a_message_that_cannot_be_set_aside_stays(bootstrap: WorldWiring, handle: Handle) -> None:
    """It is acknowledged only after the other queue has it."""
    version = half_stored(bootstrap.world, MAX_ATTEMPTS)
    bootstrap.world.switch.plan(Crash(2, took_effect=False, kills=False))
    assert handle(ingest, ours(version)) == STAYS
    assert bootstrap.set_aside_ == []


@pytest.mark.parametrize("body", ["{", "7", "[]", '"text"', '{"upload": "#months"}', '{"Records": [{}]}'])
def test_what_is_no_message_is_set_aside_at_once(bootstrap: WorldWiring, handle: Handle, body: str) -> None:
    """It would be as unreadable the next time; among the dead letters it stays, for a person to look at."""
    assert handle(ingest, body) == DONE
    assert bootstrap.set_aside_ == [body]
    assert handle(recover, body) == STAYS


@pytest.mark.parametrize("body", ['{"some": "thing"}', '{"Records": []}', '{"Event": "s3:TestEvent"}'])
def test_what_asks_for_nothing(bootstrap: WorldWiring, handle: Handle, body: str) -> None:
    """The queue has such messages of S3's; among the dead letters it is somebody else's, and stays."""
    assert handle(ingest, body) == DONE
    assert bootstrap.set_aside_ == []
    assert handle(recover, body) == STAYS


def test_an_attempt_that_fails_again_and_again_pauses_longer(bootstrap: WorldWiring, handle: Handle) -> None:
    """By the attempts that the upload counts, not by how often the message was received."""
    version = half_stored(bootstrap.world)
    for attempts, most in ((1, 15), (20, 30)):
        upload = bootstrap.world.uploads.stored[version.upload_id]
        bootstrap.world.uploads.stored[upload.id] = replace(upload, attempts=attempts)
        pauses = []
        for _ in range(30):
            bootstrap.world.switch.plan(Crash(3, took_effect=False, kills=False))
            assert handle(ingest, ours(version), receives=500) == STAYS
            pauses.append(bootstrap.shown_in[-1])
            now = bootstrap.world.uploads.stored[version.upload_id]
            bootstrap.world.uploads.stored[upload.id] = replace(now, attempts=attempts)
        assert 5 <= min(pauses) <= max(pauses) <= most
        assert max(pauses) > most / 2


def test_a_dead_letter_of_an_upload_that_is_held_waits(bootstrap: WorldWiring, handle: Handle) -> None:
    """Until the lease has ended: what is being stored cannot be undone."""
    version = half_stored(bootstrap.world)
    upload = bootstrap.world.uploads.stored[version.upload_id]
    bootstrap.world.uploads.stored[upload.id] = replace(upload, lease_until=int(bootstrap.world.now) + 100)
    before = dict(bootstrap.world.events)
    assert handle(recover, ours(version)) == STAYS
    assert bootstrap.shown_in[-1] == 101
    assert bootstrap.world.events == before


@pytest.mark.parametrize(("receives", "seconds"), [(1, 30), (4, 240), (50, 21_600)])
def test_what_cannot_be_undone_stays(
    bootstrap: WorldWiring, handle: Handle, receives: int, seconds: int, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again, ever more rarely, and logged each time with what names the message."""
    version = half_stored(bootstrap.world)
    bootstrap.world.objects.delete(version)
    assert handle(recover, ours(version), receives) == STAYS
    assert bootstrap.shown_in[-1] == seconds
    log = vars(caplog.records[-1])
    assert (log["message"], log["error"], log["message_id"]) == ("dead letter stays", "ObjectGoneError", "m")


def test_no_text_of_a_message_is_logged(handle: Handle, caplog: pytest.LogCaptureFixture) -> None:
    """It may be anything."""
    for module in (ingest, recover):
        handle(module, f'{{"{SECRET}')
        handle(module, json.dumps({"upload": SECRET}))
    logged = str([vars(line) for line in caplog.records])
    assert logged.count("UnreadableError") == 4
    assert SECRET not in logged


@pytest.mark.parametrize("module", [ingest, recover])
def test_a_notification_of_another_bucket(handle: Handle, bootstrap: WorldWiring, module: ModuleType) -> None:
    """It is acknowledged and nothing comes of it, though key and version are those of a file that is here."""
    version = bootstrap.world.drop(FILE)
    body = notification(replace(version, bucket="another"))
    assert handle(module, body) == DONE
    assert (bootstrap.world.uploads.stored, bootstrap.set_aside_, bootstrap.of_other_buckets) == ({}, [], 1)
    assert handle(ingest, notification(version)) == DONE
    assert list(bootstrap.world.uploads.stored) == [version.upload_id]


def test_a_message_of_several_buckets(handle: Handle, bootstrap: WorldWiring) -> None:
    """What it tells of this one is taken."""
    version = bootstrap.world.drop(FILE)
    bodies = [json.loads(notification(each)) for each in (replace(version, bucket="another"), version)]
    assert handle(ingest, json.dumps({"Records": [record for body in bodies for record in body["Records"]]})) == DONE
    assert list(bootstrap.world.uploads.stored) == [version.upload_id]
