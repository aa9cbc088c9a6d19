"""The queue and its dead letters in memory: messages show again unless they are acknowledged."""

from collections.abc import Callable
from dataclasses import dataclass, field

from meterdrop.domain.uploads.objects import ObjectVersion
from meterdrop.pipeline.attempt import Attempt, BusyError, ExhaustedError
from meterdrop.pipeline.ingest.run import Ingest
from tests.support.fakes.bucket import BUCKET
from tests.support.fakes.crash import CrashError
from tests.support.fakes.world import LIFE, World


@dataclass(slots=True)
class Message:
    """A notification of a version, or the id of an upload that is to go on."""

    asked: ObjectVersion | str
    at: int = 0
    shows_at: float = 0
    receives: int = 0


@dataclass(slots=True)
class FakeQueue:
    """Fits `sweep_ports.Messages`, and delivers as SQS and the two functions behind it do."""

    world: World
    messages: list[Message] = field(default_factory=list)
    dead_letters: list[Message] = field(default_factory=list)
    sent: list[ObjectVersion | str] = field(default_factory=list)
    """What the sweep sent."""
    before_send: Callable[[ObjectVersion | str], None] = lambda _: None

    def notify(self, version: ObjectVersion) -> None:
        """Send S3's notification."""
        self.messages.append(Message(version, int(self.world.now)))

    def waiting(self) -> int:
        """Return how many messages show."""
        return sum(message.shows_at <= self.world.now for message in self.messages)

    def send(self, upload_id: str) -> None:
        """Ask for an upload to go on."""
        self._send(Message(upload_id))

    def send_period(self, period_id: str) -> None:
        """Ask for a billing period to be closed."""
        self.sent.append(period_id)

    def send_found(self, version: ObjectVersion, _: int, at: int) -> None:
        """Tell of a version."""
        self._send(Message(version, at))

    def deliver(self) -> None:
        """Deliver every message that shows, once."""
        for message in [each for each in self.messages if each.shows_at <= self.world.now]:
            attempt = self._attempt(message)
            ingest = Ingest(self.world.ports, BUCKET, None)
            try:
                if isinstance(message.asked, str):
                    ingest.resume(message.asked, attempt)
                else:
                    ingest.run(message.asked, message.at, attempt)
            except BusyError as busy:
                message.shows_at = self.world.now + busy.seconds + 1
            except CrashError:
                message.shows_at = self.world.now + LIFE + 5
            except ExhaustedError:
                self.messages.remove(message)
                self.dead_letters.append(message)
            else:
                self.messages.remove(message)

    def deliver_dead(self) -> None:
        """Deliver every dead letter, once."""
        for message in list(self.dead_letters):
            attempt = self._attempt(message)
            ingest = Ingest(self.world.ports, BUCKET, None)
            try:
                if isinstance(message.asked, str):
                    ingest.give_up(message.asked, attempt)
                else:
                    ingest.give_up_version(message.asked, message.at, attempt)
            except (BusyError, CrashError):
                continue
            self.dead_letters.remove(message)

    def _send(self, message: Message) -> None:
        self.before_send(message.asked)
        self.sent.append(message.asked)
        self.messages.append(message)

    def _attempt(self, message: Message) -> Attempt:
        message.receives += 1
        attempt = self.world.attempt()
        attempt.receives = message.receives
        return attempt
