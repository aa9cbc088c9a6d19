"""Claims an upload for one attempt, and counts attempts without progress."""

from dataclasses import dataclass, replace

from meterdrop.domain.changes import Author, Change
from meterdrop.domain.codes import Status
from meterdrop.domain.metering.partners import Partners
from meterdrop.domain.uploads.keys import DRY_RUN_PREFIX, INPUT_PREFIXES, input_prefix, is_hidden, partner_of
from meterdrop.domain.uploads.objects import ObjectGoneError, ObjectUnreadableError, ObjectVersion, version_order
from meterdrop.domain.uploads.status_event import status_event
from meterdrop.domain.uploads.transitions import ARRIVAL, with_change
from meterdrop.domain.uploads.upload import Counts, Upload
from meterdrop.pipeline.attempt import MAX_ATTEMPTS, Attempt, BusyError, ExhaustedError, LeaseLostError
from meterdrop.pipeline.lease import Lease, take
from meterdrop.pipeline.ports import Objects, Uploads


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The bucket and the partners, for the first claim of an upload."""

    objects: Objects
    partners: Partners


class Claim(Lease[Upload]):
    """An upload that this attempt holds."""

    def __init__(self, upload: Upload, uploads: Uploads, *, is_first: bool) -> None:
        """Hold an upload. `is_first`: whether no earlier attempt can have stored anything."""
        super().__init__(upload, uploads)
        self.is_first = is_first
        self._uploads = uploads

    @property
    def upload(self) -> Upload:
        """The upload's last stored state."""
        return self.held

    def finish(self, upload: Upload) -> None:
        """Store a final status and its status event in one transaction. Raises as `save` does."""
        next_ = replace(upload, revision=self.upload.revision + 1)
        if not self._uploads.finish(next_, status_event(next_)):
            raise LeaseLostError
        self.held = next_


def claim(
    version: ObjectVersion, notified_at: int, attempt: Attempt, uploads: Uploads, arrivals: Arrivals
) -> Claim | None:
    """Claim the upload of an object version. Returns None if nothing is left to do.

    `notified_at` is the time of the notification in epoch seconds. The first claim fixes the arrival: the later of this
    time and the object's. Raises BusyError while another attempt's lease lasts, and ExhaustedError.
    """
    upload = uploads.get(version.upload_id)
    if upload is None:
        return _first(_arrived(version, notified_at, attempt, arrivals), attempt, uploads)
    if upload.status is Status.REVERTING or (upload.is_final and not upload.was_given_up):
        return None
    again = replace(upload, status=Status.PROCESSING, finished_at=None, failure=None, error_file=None)
    return _again(again, attempt, uploads)


def claim_again(
    upload_id: str, attempt: Attempt, uploads: Uploads, *, gives_up: bool = False, only_exhausted: bool = False
) -> Claim | None:
    """Claim a known upload. Returns None if it is final or, with `only_exhausted`, in a later run with attempts left.

    Raises BusyError while another attempt's lease lasts, and ExhaustedError unless the upload is to be given up.
    """
    upload = uploads.get(upload_id)
    if upload is None or upload.is_final:
        return None
    # In its first run, only the queue may have counted the attempts.
    if only_exhausted and upload.has_ended and upload.attempts < MAX_ATTEMPTS:
        return None
    return _again(upload, attempt, uploads, gives_up=gives_up)


def claim_to_give_up(
    version: ObjectVersion, notified_at: int, attempt: Attempt, uploads: Uploads, arrivals: Arrivals
) -> Claim:
    """Claim the upload of an object version that has no status and is to be given up. Raises BusyError."""
    return _first(_arrived(version, notified_at, attempt, arrivals, gives_up=True), attempt, uploads)


def _first(upload: Upload, attempt: Attempt, uploads: Uploads) -> Claim:
    if not uploads.create(upload):
        raise BusyError("another attempt claims the upload at this moment", 1)
    attempt.number = 1
    return Claim(upload, uploads, is_first=True)


def _again(upload: Upload, attempt: Attempt, uploads: Uploads, *, gives_up: bool = False) -> Claim:
    if upload.attempts >= MAX_ATTEMPTS and upload.lease_until <= attempt.now and not gives_up:
        raise ExhaustedError
    claimed = Claim(upload, uploads, is_first=False)
    take(claimed, replace(upload, started_at=upload.started_at or attempt.now), attempt)
    return claimed


def _arrived(
    version: ObjectVersion, notified_at: int, attempt: Attempt, arrivals: Arrivals, *, gives_up: bool = False
) -> Upload:
    prefix = input_prefix(version.key)
    if prefix is None:
        raise ValueError("a notification came of a key that lies under no input prefix")
    size, stored_at, uploaded_by = None, notified_at, None
    try:
        facts = arrivals.objects.facts(version)
        size, stored_at, uploaded_by = facts.size, facts.last_modified, facts.uploaded_by
    except (ObjectGoneError, ObjectUnreadableError):
        pass  # the next stage finds the same, and stores it in the status
    except Exception as error:
        # Every object must get a status, even if S3 never returns its facts. Until then, only SQS counts attempts.
        if not gives_up and attempt.receives < MAX_ATTEMPTS:
            raise
        if not gives_up:
            raise ExhaustedError from error
    upload = Upload(
        id=version.upload_id,
        kind=INPUT_PREFIXES[prefix],
        status=Status.PROCESSING,
        dry_run=prefix == DRY_RUN_PREFIX,
        partner=partner_of(version.key, arrivals.partners),
        hides_errors=is_hidden(version.key, arrivals.partners),
        key=version.key,
        version_id=version.version_id,
        created=max(notified_at, stored_at),
        version_order=version_order(stored_at, version.sequencer),
        size=size,
        started_at=attempt.now,
        attempts=1,
        lease_token=attempt.token,
        lease_until=attempt.lease_until,
    )
    return with_change(upload, Change(ARRIVAL, None if uploaded_by is None else Author(uploaded_by), upload.created))


_EVERY = 2  # seconds


class Progress:
    """Periodic writes of an upload's counts."""

    def __init__(self, claim: Claim, attempt: Attempt) -> None:
        """Start from the counts of earlier attempts."""
        self._claim = claim
        self._attempt = attempt
        self._next = attempt.clock() + _EVERY

    def show(self, counts: Counts) -> None:
        """Store the counts if the interval has passed. Raises LeaseLostError."""
        if self._attempt.clock() < self._next:
            return
        self._next = self._attempt.clock() + _EVERY
        shown = self._claim.upload.counts
        grown = Counts(
            max(shown.row, counts.row),
            max(shown.success, counts.success),
            max(shown.duplicate, counts.duplicate),
            max(shown.error, counts.error),
        )
        if grown != shown:
            # More rows have a result than after any earlier attempt: that is progress.
            self._claim.save(replace(self._claim.upload, counts=grown, attempts=0))
