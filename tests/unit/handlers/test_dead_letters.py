"""What goes to the dead letters, and what their function does with each."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from meterdrop.domain.codes import FileCode
from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.domain.uploads.transitions import to_reprocess
from meterdrop.handlers import ingest, recover, sqs
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
class WorldDependencies:
    """`IngestDependencies` over a world in memory."""

    world: World
    shown_in: list[float] = field(default_factory=list)
    dead_letters: list[str] = field(default_factory=list)
    of_other_buckets: int = 0
    """Notifications that were left alone."""

    @property
    def queue(self) -> "WorldDependencies":
        """Return the queue."""
        return self

    def attempt(self, _ends: float, receives: int) -> Attempt:
        """Make an attempt; time is the world's."""
        return Attempt(self.world.now + 600, clock=lambda: self.world.now, receives=receives)

    @property
    def ingest(self) -> Ingest:
        """Return the pipeline."""
        return Ingest(self.world.ports, BUCKET, None, on_other_bucket=self.note_other_bucket)

    def note_other_bucket(self) -> None:
        """Remember."""
        self.of_other_buckets += 1

    def show_again_in(self, _: str, seconds: float) -> None:
        """Remember."""
        self.shown_in.append(seconds)

    def send_to_dead_letters(self, body: str) -> None:
        """Remember."""
        with self.world.switch.call("queue.send_to_dead_letters"):
            self.dead_letters.append(body)


Handle = Callable[..., dict[str, list[object]]]


@pytest.fixture
def dependencies() -> WorldDependencies:
    """Make a world."""
    return WorldDependencies(World())


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch, dependencies: WorldDependencies) -> Handle:
    """Give a function that hands one message over to a handler."""

    def handle(module: ModuleType, body: str, receives: int = 1) -> dict[str, list[object]]:
        monkeypatch.setattr(module, "ingest_dependencies", lambda: dependencies)
        monkeypatch.setattr(sqs, "Attempt", dependencies.attempt)
        record: Record = {
            "messageId": "m",
            "receiptHandle": "r",
            "body": body,
            "attributes": {"ApproximateReceiveCount": str(receives)},
        }
        response: dict[str, list[object]] = module.handler({"Records": [record]}, FakeLambdaContext(600_000))
        return response

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
    dependencies: WorldDependencies, handle: Handle, message: Callable[[ObjectVersion], str]
) -> None:
    """It says why it is there, and is then acknowledged: from there it is given up."""
    version = half_stored(dependencies.world, MAX_ATTEMPTS)
    assert handle(ingest, message(version)) == DONE
    assert dependencies.dead_letters == [sqs.exhausted(message(version))]
    assert handle(recover, dependencies.dead_letters[0]) == DONE
    upload = dependencies.world.uploads.stored[version.upload_id]
    assert upload.failure is not None
    assert (upload.failure.code, dependencies.world.events) == (FileCode.INTERNAL_ERROR, {})


def test_a_dead_letter_of_a_close_is_dropped(handle: Handle, caplog: pytest.LogCaptureFixture) -> None:
    """Its period stays closing, and the sweep sends a new message."""
    assert handle(recover, json.dumps({"period": f"bp_{'a' * 26}"})) == DONE
    assert "billing period not closed yet" in caplog.messages


def test_a_dead_letter_of_a_report_is_dropped(handle: Handle, caplog: pytest.LogCaptureFixture) -> None:
    """It changes nothing, and a client can request it again."""
    assert handle(recover, json.dumps({"report": f"urf_{'a' * 26}"})) == DONE
    assert "report given up" in caplog.messages


@pytest.mark.parametrize("message", [notification, ours])
def test_a_second_dead_letter_gives_up_no_later_run(
    dependencies: WorldDependencies, handle: Handle, message: Callable[[ObjectVersion], str]
) -> None:
    """The response to the first one was lost. A dead letter that SQS moves says nothing of attempts, and gives up."""
    version = half_stored(dependencies.world, MAX_ATTEMPTS)
    dead_letter = sqs.exhausted(message(version))
    assert handle(recover, dead_letter) == DONE
    failed = dependencies.world.uploads.stored[version.upload_id]
    reprocessed = replace(to_reprocess(failed), revision=failed.revision + 1)
    dependencies.world.uploads.stored[version.upload_id] = reprocessed
    assert handle(recover, dead_letter) == DONE
    assert dependencies.world.uploads.stored[version.upload_id] == reprocessed
    assert handle(recover, message(version)) == DONE
    assert dependencies.world.uploads.stored[version.upload_id].was_given_up


@pytest.mark.parametrize("at", range(1, 8))
def test_a_version_without_a_status_is_given_up_whatever_fails(
    dependencies: WorldDependencies, handle: Handle, at: int
) -> None:
    """S3 had refused so many times to return its facts that no upload counted the attempts."""
    world = dependencies.world
    version = world.drop(FILE)
    dead_letter = sqs.exhausted(notification(version))
    world.switch.plan(Crash(at, took_effect=False, kills=False))
    handle(recover, dead_letter)
    world.switch.plan(None)
    world.now += 1_000
    assert handle(recover, dead_letter) == DONE
    assert world.uploads.stored[version.upload_id].was_given_up


def test_a_message_stays_until_the_dead_letters_have_it(dependencies: WorldDependencies, handle: Handle) -> None:
    """It is acknowledged only after the other queue has it."""
    version = half_stored(dependencies.world, MAX_ATTEMPTS)
    dependencies.world.switch.plan(Crash(2, took_effect=False, kills=False))
    assert handle(ingest, ours(version)) == STAYS
    assert dependencies.dead_letters == []


@pytest.mark.parametrize("body", ["{", "7", "[]", '"text"', '{"upload": "#months"}', '{"Records": [{}]}'])
def test_an_unreadable_message_is_a_dead_letter_at_once(
    dependencies: WorldDependencies, handle: Handle, body: str
) -> None:
    """It would be as unreadable the next time; among the dead letters it stays, for a person to look at."""
    assert handle(ingest, body) == DONE
    assert dependencies.dead_letters == [body]
    assert handle(recover, body) == STAYS


@pytest.mark.parametrize("body", ['{"some": "thing"}', '{"Records": []}', '{"Event": "s3:TestEvent"}'])
def test_what_asks_for_nothing(dependencies: WorldDependencies, handle: Handle, body: str) -> None:
    """The queue has such messages of S3's; among the dead letters it is somebody else's, and stays."""
    assert handle(ingest, body) == DONE
    assert dependencies.dead_letters == []
    assert handle(recover, body) == STAYS


def test_an_attempt_that_fails_again_and_again_pauses_longer(dependencies: WorldDependencies, handle: Handle) -> None:
    """By the attempts that the upload counts, not by how often the message was received."""
    version = half_stored(dependencies.world)
    for attempts, most in ((1, 15), (20, 30)):
        upload = dependencies.world.uploads.stored[version.upload_id]
        dependencies.world.uploads.stored[upload.id] = replace(upload, attempts=attempts)
        pauses = []
        for _ in range(30):
            dependencies.world.switch.plan(Crash(3, took_effect=False, kills=False))
            assert handle(ingest, ours(version), receives=500) == STAYS
            pauses.append(dependencies.shown_in[-1])
            now = dependencies.world.uploads.stored[version.upload_id]
            dependencies.world.uploads.stored[upload.id] = replace(now, attempts=attempts)
        assert 5 <= min(pauses) <= max(pauses) <= most
        assert max(pauses) > most / 2


def test_a_dead_letter_of_an_upload_that_is_held_waits(dependencies: WorldDependencies, handle: Handle) -> None:
    """Until the lease has ended: what is being stored cannot be undone."""
    version = half_stored(dependencies.world)
    upload = dependencies.world.uploads.stored[version.upload_id]
    dependencies.world.uploads.stored[upload.id] = replace(upload, lease_until=int(dependencies.world.now) + 100)
    before = dict(dependencies.world.events)
    assert handle(recover, ours(version)) == STAYS
    assert dependencies.shown_in[-1] == 101
    assert dependencies.world.events == before


@pytest.mark.parametrize(("receives", "seconds"), [(1, 30), (4, 240), (50, 600)])
def test_what_cannot_be_undone_stays(
    dependencies: WorldDependencies, handle: Handle, receives: int, seconds: int, caplog: pytest.LogCaptureFixture
) -> None:
    """It is tried again, ever more rarely, and logged each time with what names the message."""
    version = half_stored(dependencies.world)
    dependencies.world.objects.delete(version)
    assert handle(recover, ours(version), receives) == STAYS
    assert dependencies.shown_in[-1] == seconds
    log = vars(caplog.records[-1])
    assert (log["message"], log["error"], log["message_id"]) == ("dead letter retried later", "ObjectGoneError", "m")


def test_no_text_of_a_message_is_logged(handle: Handle, caplog: pytest.LogCaptureFixture) -> None:
    """It may be anything."""
    for module in (ingest, recover):
        handle(module, f'{{"{SECRET}')
        handle(module, json.dumps({"upload": SECRET}))
    logged = str([vars(line) for line in caplog.records])
    assert logged.count("UnreadableMessageError") == 4
    assert SECRET not in logged


@pytest.mark.parametrize("module", [ingest, recover])
def test_a_notification_of_another_bucket(handle: Handle, dependencies: WorldDependencies, module: ModuleType) -> None:
    """It is acknowledged and nothing comes of it, though key and version are those of a file that is here."""
    version = dependencies.world.drop(FILE)
    body = notification(replace(version, bucket="another"))
    assert handle(module, body) == DONE
    assert (dependencies.world.uploads.stored, dependencies.dead_letters, dependencies.of_other_buckets) == ({}, [], 1)
    assert handle(ingest, notification(version)) == DONE
    assert list(dependencies.world.uploads.stored) == [version.upload_id]


def test_a_message_of_several_buckets(handle: Handle, dependencies: WorldDependencies) -> None:
    """What it tells of this one is taken."""
    version = dependencies.world.drop(FILE)
    bodies = [json.loads(notification(each)) for each in (replace(version, bucket="another"), version)]
    assert handle(ingest, json.dumps({"Records": [record for body in bodies for record in body["Records"]]})) == DONE
    assert list(dependencies.world.uploads.stored) == [version.upload_id]
