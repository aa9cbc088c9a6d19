"""The sweep: finds uploads that no message is under way for, and sends the messages that are missing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import FoundVersion, SweepCursor, VersionCursor
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import LONGEST_RECOVERY, MAX_ATTEMPTS, Attempt, LeaseLostError, OutOfTimeError
from meterdrop.pipeline.ports import KnownUploads, Messages, SweepCursors, Versions

MIN_AGE_SECONDS = 15 * 60
"""Seconds after which a message that was to come would have: until then nothing is missed."""
MAX_WAITING_MESSAGES = 1_000
"""Messages in the queue from which on nothing is added: what it misses may be among them."""


@dataclass(slots=True)
class SweepCounts:
    """What one run did."""

    listed: int = 0
    """Object versions looked at."""
    found: int = 0
    """Those that had no status, though they are old enough."""
    resumed: int = 0
    """Uploads on their way that nobody held."""


@dataclass(slots=True)
class SweepRun:
    """What the parts of a run share."""

    messages: Messages
    marks: SweepCursors
    attempt: Attempt
    quiet: int
    mark: SweepCursor
    swept: SweepCounts = field(default_factory=SweepCounts)
    room: int = 0
    """Messages that may still be sent."""

    @property
    def until(self) -> int:
        """Epoch seconds; what is younger is left alone."""
        return self.attempt.now - self.quiet

    def look_for_room(self) -> None:
        """See how many messages the queue may get."""
        self.room = max(0, MAX_WAITING_MESSAGES - self.messages.waiting())

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

    def note(self, mark: SweepCursor) -> None:
        """Store how far this run came; raises LeaseLostError where another one is at work."""
        if mark != self.mark:
            if not self.marks.put(mark, self.attempt.token):
                raise LeaseLostError
            self.mark = mark


MAX_EXAMINED = 1_000
"""Uploads of one passing status that a run reads."""
_PASSING = (Status.PENDING, Status.PROCESSING, Status.REVERTING)
_RECOVERY = 2 * LONGEST_RECOVERY  # seconds in which an upload that is to be given up is tried again at least once


def requeue_stalled_uploads(slice_: SweepRun, uploads: KnownUploads) -> None:
    """Look at the uploads of every passing status, from where the run before could look no further."""
    slice_.look_for_room()
    for status in _PASSING:
        _one_status(slice_, status, uploads)


def _one_status(slice_: SweepRun, status: Status, uploads: KnownUploads) -> None:
    last = None
    for examined, upload in enumerate(uploads.passing(status, slice_.until, slice_.mark.passing.get(status.value))):
        slice_.attempt.check()
        if examined == MAX_EXAMINED or not slice_.room:
            break
        if _is_held_by_nobody(upload, slice_):
            slice_.resume(upload.id)
        last = upload.id
    else:
        last = None
    others = {name: id_ for name, id_ in slice_.mark.passing.items() if name != status.value}
    slice_.note(replace(slice_.mark, passing={**others, status.value: last} if last else others))


def _is_held_by_nobody(upload: Upload, slice_: SweepRun) -> bool:
    quiet = slice_.quiet
    if upload.attempts >= MAX_ATTEMPTS:
        quiet = max(quiet, _RECOVERY)  # its message is among the dead letters, which are tried rarely
    return upload.lease_until <= slice_.attempt.now - quiet


MAX_PAGES = 10
"""List calls of a run, a thousand versions each: a bucket of a million is walked in a day of runs."""


def renotify_missed_versions(slice_: SweepRun, versions: Versions, uploads: KnownUploads) -> None:
    """Walk over all versions, from where the run before stopped, to the end at the most."""
    slice_.look_for_room()
    for _ in range(MAX_PAGES):
        slice_.attempt.check()
        place = slice_.mark.versions
        page = versions.page(place)
        slice_.swept.listed += len(page.versions)
        if not _all_told(slice_, _unknown(slice_, page.versions, uploads)):
            return  # the next run looks at this page again
        after = page.next or place.next_prefix()
        walked_at = slice_.mark.walked_at if after else slice_.attempt.now
        slice_.note(replace(slice_.mark, versions=after or VersionCursor(), walked_at=walked_at))
        if after is None:
            return


def _unknown(slice_: SweepRun, versions: Iterable[FoundVersion], uploads: KnownUploads) -> list[FoundVersion]:
    # Folders of the S3 console hold nothing, and their notifications are left out too.
    old = [
        found
        for found in versions
        if found.last_modified <= slice_.until and (found.size or not found.version.key.endswith("/"))
    ]
    known = uploads.known([found.version.upload_id for found in old]) if old else set()
    return [found for found in old if found.version.upload_id not in known]


def _all_told(slice_: SweepRun, unknown: Iterable[FoundVersion]) -> bool:
    """Tell of each; False where there was no room for all."""
    for found in unknown:
        slice_.attempt.check()
        if not slice_.room:
            return False
        slice_.tell_of(found)
    return True


MAX_OUTBOX_PAGES = 10
SendLeft = Callable[[int, str | None], str | None]
"""Sends a page of what has been in the outbox since before a time; returns where the next page begins."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Sweeps one bucket and its uploads."""

    versions: Versions
    uploads: KnownUploads
    marks: SweepCursors
    messages: Messages
    publish_unsent: SendLeft

    def run(self, attempt: Attempt, quiet: int = MIN_AGE_SECONDS) -> SweepCounts | None:
        """Do one slice; None where another run is at work. Raises what AWS raises, once all parts had their turn."""
        mark = self.marks.take(attempt.token, attempt.now, attempt.lease_until)
        if mark is None:
            return None
        slice_ = SweepRun(self.messages, self.marks, attempt, quiet, mark)
        try:
            self._all_parts(slice_)
        finally:
            self.marks.give_back(attempt.token)
        return slice_.swept

    def _all_parts(self, slice_: SweepRun) -> None:
        """Do every part; one that fails does not hold up the others, and its trouble is raised in the end."""
        troubles: list[Exception] = []
        for part in (self._outbox, self._uploads, self._versions):
            try:
                part(slice_)
            except OutOfTimeError:
                break
            except Exception as error:  # noqa: BLE001 (raised below)
                troubles.append(error)
        if troubles:
            raise troubles[0]

    def _outbox(self, slice_: SweepRun) -> None:
        for _ in range(MAX_OUTBOX_PAGES):
            slice_.attempt.check()
            place = self.publish_unsent(slice_.until, slice_.mark.outbox)
            slice_.note(replace(slice_.mark, outbox=place))
            if place is None:
                return

    def _uploads(self, slice_: SweepRun) -> None:
        requeue_stalled_uploads(slice_, self.uploads)

    def _versions(self, slice_: SweepRun) -> None:
        renotify_missed_versions(slice_, self.versions, self.uploads)
