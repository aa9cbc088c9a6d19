"""The automatic runs of uploads that were given up. Each failure stores when the next run is due."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from meterdrop.domain.changes import SWEEP, Change
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.uploads.claims import content_name
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError
from meterdrop.domain.uploads.transitions import REPROCESS, Retry, UnexpectedStateError, to_retry
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import Attempt
from meterdrop.pipeline.ports import KnownUploads, Retries, SharedClaims
from meterdrop.pipeline.requeue import Requeue

MAX_STARTED = 500
"""Maximum retries that a run of the sweep looks at."""
_MAX_VERSIONS = 100
"""Maximum versions of a key to look at, newest first."""


@dataclass(frozen=True, slots=True)
class AutomaticRuns:
    """The automatic runs of one bucket's uploads."""

    retries: Retries
    uploads: KnownUploads
    claims: SharedClaims
    requeue: Requeue
    on_done: Callable[[str, str], None] = lambda _, __: None
    """Receives the ID of each upload whose retry is done, and what became of it."""

    def start(self, attempt: Attempt, room: int) -> int:
        """Start the runs that are due, `room` at most. Returns their number.

        A retry is removed after its run is stored. After a crash in between, the next run of the sweep finds the
        upload changed, and only removes the retry.
        """
        started = 0
        for retry in self.retries.due(attempt.now, MAX_STARTED):
            attempt.check()
            if started == room:
                break
            result = self._start(retry, attempt.now)
            if result is None:
                continue
            self.retries.remove(retry)
            self.on_done(retry.upload_id, result)
            started += result == _STARTED
        return started

    def _start(self, retry: Retry, now: int) -> str | None:
        """Start a run. Returns what became of it, or None if this isn't decided yet."""
        upload = self.requeue.uploads.get(retry.upload_id)
        if upload is None:
            return "unknown"
        later = {other.status for other in self._later(upload)} - {Status.FAILED}
        if later - _PASSING:
            return "replaced by a later upload"
        if later:
            return None
        try:
            change = Change(REPROCESS, SWEEP, now)
            self.requeue.begin(retry.upload_id, partial(to_retry, retry=retry, now=now), change)
        except UnexpectedStateError:
            return "changed meanwhile"
        except (ObjectGoneError, ObjectUnreadableError):
            return "file not readable"
        return _STARTED

    def _later(self, upload: Upload) -> Iterator[Upload]:
        """Yield the later uploads that a person may have made because this one failed."""
        if upload.kind is not Kind.USAGE or upload.dry_run:
            return  # counts nothing, and an older version of a customer file changes nothing that a newer one set
        versions = islice(self.uploads.of_key(upload.key), _MAX_VERSIONS)
        yield from (other for other in versions if other.version_order > upload.version_order)
        claim = None if upload.sha256 is None else self.claims.get(content_name(upload.partner, upload.sha256))
        for id_ in claim.holders if claim else ():
            other = self.requeue.uploads.get(id_)
            if other is not None and other.created_id > upload.created_id:
                yield other


_STARTED = "started"
_PASSING = {Status.PENDING, Status.PROCESSING}
