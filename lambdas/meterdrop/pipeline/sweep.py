"""The sweep: finds missed files, stalled uploads and stalled billing periods, and sends the missing messages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.objects import ListedVersion, RecountCursor, SweepCursor, VersionCursor, VersionWalk
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import MAX_ATTEMPTS, Attempt, LeaseLostError, OutOfTimeError
from meterdrop.pipeline.ports import ClosingPeriods, KnownUploads, Messages, SweepCursors, Versions
from meterdrop.pipeline.recount import Recount
from meterdrop.pipeline.retry import AutomaticRuns

MIN_AGE_SECONDS = 15 * 60
"""Seconds within which every expected message arrives. Nothing younger counts as missed."""
MAX_WAITING_MESSAGES = 1_000
"""Messages in the queue at which the sweep adds none: they may include those that seem to be missing."""


@dataclass(slots=True)
class SweepCounts:
    """The counts of one run."""

    listed: int = 0
    """Object versions listed."""
    found: int = 0
    """Listed versions without a status that are old enough to have one."""
    resumed: int = 0
    """Unfinished uploads that no attempt held, and billing periods that no attempt was closing."""
    reprocessed: int = 0
    """Uploads that were given up, and whose next automatic run was due."""
    differing: int = 0
    """Recounted uploads whose events or usage differ from their status."""


@dataclass(slots=True)
class SweepRun:
    """The state that the parts of a run share."""

    messages: Messages
    cursors: SweepCursors
    attempt: Attempt
    quiet: int
    cursor: SweepCursor
    counts: SweepCounts = field(default_factory=SweepCounts)
    room: int = 0
    """Messages that may still be sent."""

    @property
    def until(self) -> int:
        """Epoch seconds; the sweep ignores anything younger."""
        return self.attempt.now - self.quiet

    def look_for_room(self) -> None:
        """Set `room` to the number of messages that the queue may still get."""
        self.room = max(0, MAX_WAITING_MESSAGES - self.messages.waiting())

    def resume(self, upload_id: str) -> None:
        """Send the message that continues an upload."""
        self.messages.send(upload_id)
        self.counts.resumed += 1
        self.room -= 1

    def resume_period(self, period_id: str) -> None:
        """Send the message that closes a billing period."""
        self.messages.send_period(period_id)
        self.counts.resumed += 1
        self.room -= 1

    def tell_of(self, found: ListedVersion) -> None:
        """Send a notification of a version in the form that S3 uses."""
        self.messages.send_found(found.version, found.size, self.attempt.now)
        self.counts.found += 1
        self.room -= 1

    def note(self, cursor: SweepCursor) -> None:
        """Store the cursor of this run. Raises LeaseLostError if another run holds it."""
        if cursor != self.cursor:
            if not self.cursors.put(cursor, self.attempt.token):
                raise LeaseLostError
            self.cursor = cursor


MAX_EXAMINED = 1_000
"""Maximum number of uploads that a run reads for each status that is not final."""
_PASSING = (Status.PENDING, Status.PROCESSING, Status.REVERTING)
_RECOVERY = 12 * 3600
"""Seconds without a try to give an upload up, after which its dead letter is lost. Thousands of them take turns."""


def requeue_stalled_uploads(sweep_run: SweepRun, uploads: KnownUploads) -> None:
    """Send messages for stalled uploads of every status that is not final, starting where the last run stopped."""
    sweep_run.look_for_room()
    for status in _PASSING:
        _one_status(sweep_run, status, uploads)


def _one_status(sweep_run: SweepRun, status: Status, uploads: KnownUploads) -> None:
    last = None
    for examined, upload in enumerate(
        uploads.passing(status, sweep_run.until, sweep_run.cursor.passing.get(status.value))
    ):
        sweep_run.attempt.check()
        if examined == MAX_EXAMINED or not sweep_run.room:
            break
        if _is_held_by_nobody(upload, sweep_run):
            sweep_run.resume(upload.id)
        last = upload.id
    else:
        last = None
    others = {name: id_ for name, id_ in sweep_run.cursor.passing.items() if name != status.value}
    sweep_run.note(replace(sweep_run.cursor, passing={**others, status.value: last} if last else others))


def requeue_stalled_periods(sweep_run: SweepRun, periods: ClosingPeriods) -> None:
    """Send messages for billing periods that are being closed, and that no attempt held lately."""
    sweep_run.look_for_room()
    for period in periods.list_periods():
        sweep_run.attempt.check()
        is_stalled = not period.is_final and max(period.lease_until, period.closing_at or 0) <= sweep_run.until
        if is_stalled and sweep_run.room:
            sweep_run.resume_period(period.id)


def _is_held_by_nobody(upload: Upload, sweep_run: SweepRun) -> bool:
    quiet = sweep_run.quiet
    if upload.attempts >= MAX_ATTEMPTS:
        quiet = max(quiet, _RECOVERY)  # its message is in the dead-letter queue, and each one sent adds another there
    return upload.lease_until <= sweep_run.attempt.now - quiet


MAX_PAGES = 10
"""List calls of a run, 1,000 versions each. The runs of a day cover a bucket of a million versions."""


CHECK_ALL_SECONDS = 24 * 3600
"""Seconds after which a walk checks every version again, and not only those that are new since the last walk."""
SETTLED_SECONDS = 2 * 3600
"""Seconds before a walk from which it may not have seen all versions: S3 dates a multipart upload at its start."""


def renotify_missed_versions(sweep_run: SweepRun, versions: Versions, uploads: KnownUploads) -> None:
    """Send notifications for versions without a status, from where the last run stopped to the end of the bucket."""
    sweep_run.look_for_room()
    for _ in range(MAX_PAGES):
        sweep_run.attempt.check()
        cursor = sweep_run.cursor
        walk = _new_walk(sweep_run) if cursor.versions == VersionCursor() else cursor.walk
        page = versions.page(cursor.versions)
        sweep_run.counts.listed += len(page.versions)
        unknown = _unknown(sweep_run, walk, page.versions, uploads)
        if not _all_told(sweep_run, unknown):
            return  # the next run looks at this page again
        walk = replace(walk, has_missed=walk.has_missed or bool(unknown))
        after = page.next or cursor.versions.next_prefix()
        cursor = replace(cursor, versions=after or VersionCursor(), walk=walk)
        sweep_run.note(cursor if after else _walked(sweep_run, cursor))
        if after is None:
            return


def _new_walk(sweep_run: SweepRun) -> VersionWalk:
    cursor, now = sweep_run.cursor, sweep_run.attempt.now
    checks_all = now - cursor.checked_at >= CHECK_ALL_SECONDS
    return VersionWalk(now, 0 if checks_all else cursor.known_until)


def _walked(sweep_run: SweepRun, cursor: SweepCursor) -> SweepCursor:
    """Return the cursor after a walk. After one that missed versions, the next walk checks them again."""
    walk = cursor.walk
    if walk.has_missed:
        return cursor
    known_until = walk.began_at - max(SETTLED_SECONDS, sweep_run.quiet)
    return replace(cursor, known_until=known_until, checked_at=cursor.checked_at if walk.known_until else walk.began_at)


def _unknown(
    sweep_run: SweepRun, walk: VersionWalk, versions: Iterable[ListedVersion], uploads: KnownUploads
) -> list[ListedVersion]:
    # You start a run with a shorter minimum age to find what is missing, so it checks every version.
    since = walk.known_until if sweep_run.quiet >= MIN_AGE_SECONDS else 0
    # Folders of the S3 console are empty objects, whose notifications are ignored too.
    old = [
        found
        for found in versions
        if since < found.last_modified <= sweep_run.until and (found.size or not found.version.key.endswith("/"))
    ]
    known = uploads.known([found.version.upload_id for found in old]) if old else set()
    # Oldest first: the rows of an error file are refused while the upload that they name is unknown.
    return sorted((found for found in old if found.version.upload_id not in known), key=lambda each: each.last_modified)


def _all_told(sweep_run: SweepRun, unknown: Iterable[ListedVersion]) -> bool:
    """Send a notification of each version. Returns False if there was no room for all."""
    for found in unknown:
        sweep_run.attempt.check()
        if not sweep_run.room:
            return False
        sweep_run.tell_of(found)
    return True


MAX_OUTBOX_PAGES = 10
SendLeft = Callable[[int, str | None], str | None]
"""Sends a page of status events stored before a time, from a cursor. Returns the cursor of the next page."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The sweep of one bucket and its uploads."""

    versions: Versions
    uploads: KnownUploads
    periods: ClosingPeriods
    cursors: SweepCursors
    messages: Messages
    publish_unsent: SendLeft
    automatic_runs: AutomaticRuns
    recount: Recount

    def run(self, attempt: Attempt, quiet: int = MIN_AGE_SECONDS) -> SweepCounts | None:
        """Do one run. Returns None if another is in progress. Raises the first exception after trying all parts."""
        cursor = self.cursors.take(attempt.token, attempt.now, attempt.lease_until)
        if cursor is None:
            return None
        sweep_run = SweepRun(self.messages, self.cursors, attempt, quiet, cursor)
        try:
            self._all_parts(sweep_run)
        finally:
            attempt.is_ending = True
            self.cursors.give_back(attempt.token)
        return sweep_run.counts

    def _all_parts(self, sweep_run: SweepRun) -> None:
        """Do every part, even if another part fails. Raises the first exception at the end."""
        troubles: list[Exception] = []
        for part in (self._outbox, self._uploads, self._periods, self._retries, self._versions, self._recount):
            try:
                part(sweep_run)
            except OutOfTimeError:
                break
            except Exception as error:  # noqa: BLE001 (raised below)
                troubles.append(error)
        if troubles:
            raise troubles[0]

    def _outbox(self, sweep_run: SweepRun) -> None:
        for _ in range(MAX_OUTBOX_PAGES):
            sweep_run.attempt.check()
            place = self.publish_unsent(sweep_run.until, sweep_run.cursor.outbox)
            sweep_run.note(replace(sweep_run.cursor, outbox=place))
            if place is None:
                return

    def _uploads(self, sweep_run: SweepRun) -> None:
        requeue_stalled_uploads(sweep_run, self.uploads)

    def _periods(self, sweep_run: SweepRun) -> None:
        requeue_stalled_periods(sweep_run, self.periods)

    def _retries(self, sweep_run: SweepRun) -> None:
        sweep_run.look_for_room()
        sweep_run.counts.reprocessed = self.automatic_runs.start(sweep_run.attempt, sweep_run.room)

    def _versions(self, sweep_run: SweepRun) -> None:
        renotify_missed_versions(sweep_run, self.versions, self.uploads)

    def _recount(self, sweep_run: SweepRun) -> None:
        def note(cursor: RecountCursor) -> None:
            sweep_run.note(replace(sweep_run.cursor, recount=cursor))

        cursor, attempt = sweep_run.cursor.recount, sweep_run.attempt
        for differs in self.recount.run(cursor, attempt, sweep_run.until, note):
            sweep_run.counts.differing += differs
