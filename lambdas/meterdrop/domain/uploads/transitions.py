"""Status transitions that a user or the sweep requests, and the history that all transitions leave."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from meterdrop.domain.changes import INGEST, RECOVER, Change
from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.uploads.upload import Counts, HistoryEntry, Upload

_NOT_REVERTED: Mapping[Status, str] = {
    Status.PENDING: "is waiting to be processed. Revert it after it succeeds.",
    Status.PROCESSING: "is being processed. Revert it after it succeeds.",
    Status.FAILED: "has failed, so it has no meter events to revert.",
    Status.REVERTED: "is already reverted.",
}
_NOT_REPROCESSED: Mapping[Status, str] = {
    Status.PENDING: "is waiting to be processed. You don't need to reprocess it.",
    Status.REVERTING: "is being reverted. To count its rows again, upload the file again after the revert.",
    Status.REVERTED: "is reverted, which is permanent. To count its rows again, upload the file again.",
}

AUTOMATIC_PAUSES_SECONDS = (3_600, 4 * 3_600, 24 * 3_600)
"""Seconds from each failure in a row to the run that the sweep starts."""

HISTORY_LIMIT = 20
"""Entries that an upload keeps: its arrival, and the newest ones."""
ARRIVAL, REVERT, REPROCESS = "upload", "revert", "reprocess"
_PROCESS, _REVERTED, _GIVE_UP = "process", "reverted", "give_up"
_LAST_CHANGES = {ARRIVAL, REVERT, REPROCESS, _GIVE_UP}
"""The actions that `last_change` can show. The others follow from these."""


class UnexpectedStateError(Exception):
    """The upload's status or kind doesn't allow the transition."""


def to_revert(upload: Upload, *, reprocesses_duplicates: bool = False) -> Upload:
    """Return the upload with the status `reverting`. Return `upload` itself if it already has it.

    With `reprocesses_duplicates`, the revert reprocesses the uploads whose rows are duplicates of its rows. This can
    also be requested while the upload is being reverted.

    Raises UnexpectedStateError if the upload can't be reverted.
    """
    if upload.kind is not Kind.USAGE:
        raise _state_error(upload, "contains customers, not usage. Change or delete the customers instead.")
    if upload.dry_run:
        raise _state_error(upload, "is a dry run, so it has no meter events to revert.")
    if upload.status is Status.REVERTING:
        is_new = reprocesses_duplicates and not upload.reprocesses_duplicates
        return replace(upload, reprocesses_duplicates=True) if is_new else upload
    if reason := _NOT_REVERTED.get(upload.status):
        raise _state_error(upload, reason)
    return replace(
        upload,
        status=Status.REVERTING,
        reprocesses_duplicates=reprocesses_duplicates,
        attempts=0,
        lease_until=0,
    )


def to_reprocess(upload: Upload) -> Upload:
    """Return the upload at the start of its next run. Return `upload` itself if it is being processed.

    Its arrival and stored events don't change, so rows that already count stay counted.

    Raises UnexpectedStateError if the upload can't be reprocessed.
    """
    if upload.status is Status.PROCESSING:
        return upload
    if reason := _NOT_REPROCESSED.get(upload.status):
        raise _state_error(upload, reason)
    return replace(
        upload,
        status=Status.PROCESSING,
        run=upload.run + 1,
        started_at=None,
        finished_at=None,
        counts=Counts(),
        totals=(),
        samples=(),
        errors=(),
        control=None,
        failure=None,
        error_file=None,
        attempts=0,
        lease_until=0,
    )


def with_change(upload: Upload, change: Change, counts: Counts | None = None) -> Upload:
    """Return an upload with one more entry in its history. `counts` are those of the run that ends with the change."""
    number = upload.history[-1].number + 1 if upload.history else 1
    entries = (*upload.history, HistoryEntry(number, change, upload.status, upload.run, counts))
    if len(entries) > HISTORY_LIMIT:
        entries = (entries[0], *entries[-HISTORY_LIMIT + 1 :])
    return replace(upload, history=entries)


def with_end(upload: Upload) -> Upload:
    """Return an upload that reached a final status with the entry for it."""
    if upload.status is Status.REVERTED:
        return with_change(upload, Change(_REVERTED, None, upload.ended_at))
    action, by = (_GIVE_UP, RECOVER) if upload.was_given_up else (_PROCESS, INGEST)
    return with_change(upload, Change(action, by, upload.ended_at), upload.counts)


def last_change(upload: Upload) -> Change | None:
    """Return the last change by a known author, without the runs that follow from it. None if there is none."""
    changes = (entry.change for entry in reversed(upload.history))
    return next((change for change in changes if change.by is not None and change.action in _LAST_CHANGES), None)


class Retry(NamedTuple):
    """A run that the sweep starts of an upload that was given up, unless anything happened to the upload since."""

    upload_id: str
    revision: int
    """The upload's revision at which it was given up."""
    due: int
    """Epoch seconds from which the sweep starts the run."""


def next_automatic_run(upload: Upload) -> int | None:
    """Return the epoch seconds from which the sweep reprocesses an upload that was given up, or None if it won't."""
    if not upload.was_given_up or upload.finished_at is None:
        return None
    pauses = AUTOMATIC_PAUSES_SECONDS[upload.automatic_runs :]
    return upload.finished_at + pauses[0] if pauses else None


def to_retry(upload: Upload, retry: Retry, now: int) -> Upload:
    """Return the upload at the start of a run that the sweep starts at `now`, in epoch seconds.

    Raises UnexpectedStateError if anything happened to the upload since it was given up.
    """
    if upload.revision != retry.revision:
        raise _state_error(upload, "was changed after it failed. The sweep leaves it alone.")
    # Until now it can't be stalled.
    return replace(to_reprocess(upload), automatic_runs=upload.automatic_runs + 1, lease_until=now)


def _state_error(upload: Upload, reason: str) -> UnexpectedStateError:
    return UnexpectedStateError(f"Upload {upload.id} {reason}")
