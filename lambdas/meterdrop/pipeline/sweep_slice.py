"""One run of the sweep: what it may still do, and how far it came."""

from dataclasses import dataclass, field

from meterdrop.domain.uploads.objects import FoundVersion, Mark
from meterdrop.pipeline.attempt import Attempt, LeaseLostError
from meterdrop.pipeline.sweep_ports import Marks, Messages

QUIET = 15 * 60
"""Seconds after which a message that was to come would have: until then nothing is missed."""
MOST_WAITING = 1_000
"""Messages in the queue from which on nothing is added: what it misses may be among them."""


@dataclass(slots=True)
class Swept:
    """What one run did."""

    listed: int = 0
    """Object versions looked at."""
    found: int = 0
    """Those that had no status, though they are old enough."""
    resumed: int = 0
    """Uploads on their way that nobody held."""


@dataclass(slots=True)
class Slice:
    """What the parts of a run share."""

    messages: Messages
    marks: Marks
    attempt: Attempt
    quiet: int
    mark: Mark
    swept: Swept = field(default_factory=Swept)
    room: int = 0
    """Messages that may still be sent."""

    @property
    def until(self) -> int:
        """Epoch seconds; what is younger is left alone."""
        return self.attempt.now - self.quiet

    def look_for_room(self) -> None:
        """See how many messages the queue may get."""
        self.room = max(0, MOST_WAITING - self.messages.waiting())

    def resume(self, upload_id: str) -> None:
        """Ask for an upload to go on."""
        self.messages.send(upload_id)
        self.swept.resumed += 1
        self.room -= 1

    def tell_of(self, found: FoundVersion) -> None:
        """Tell of a version as S3 does."""
        self.messages.send_found(found.version, found.size, self.attempt.now)
        self.swept.found += 1
        self.room -= 1

    def note(self, mark: Mark) -> None:
        """Store how far this run came; raises LeaseLostError where another one is at work."""
        if mark != self.mark:
            if not self.marks.put(mark, self.attempt.token):
                raise LeaseLostError
            self.mark = mark
