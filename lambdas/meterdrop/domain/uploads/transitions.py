"""What a final upload may become again on its owner's word: reverted, or processed once more."""

from collections.abc import Mapping
from dataclasses import replace

from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.uploads.upload import Counts, Upload

_NOT_REVERTED: Mapping[Status, str] = {
    Status.PENDING: "waits to be processed. Revert it once it has succeeded.",
    Status.PROCESSING: "is being processed. Revert it once it has succeeded.",
    Status.FAILED: "has failed: it has no meter events, so there is nothing to revert.",
    Status.REVERTED: "is reverted already.",
}
_NOT_REPROCESSED: Mapping[Status, str] = {
    Status.PENDING: "waits to be processed anyway.",
    Status.REVERTING: "is being reverted. To count its rows again, drop the file again once it is reverted.",
    Status.REVERTED: "is reverted, which is for good. To count its rows again, drop the file again.",
}


class UnexpectedStateError(Exception):
    """The upload is not what it would have to be; says so to its owner."""


def to_revert(upload: Upload) -> Upload:
    """Return an upload as it is while it is reverted: `upload` itself where it is already.

    Raises UnexpectedStateError for one that has nothing to take back.
    """
    if upload.kind is not Kind.USAGE:
        raise _state_error(upload, "is of customers, not of usage. Change or delete the customers themselves.")
    if upload.dry_run:
        raise _state_error(upload, "is a dry run: it has no meter events, so there is nothing to revert.")
    if upload.status is Status.REVERTING:
        return upload
    if reason := _NOT_REVERTED.get(upload.status):
        raise _state_error(upload, reason)
    return replace(upload, status=Status.REVERTING, attempts=0, lease_until=0)


def to_reprocess(upload: Upload) -> Upload:
    """Return an upload as its next run begins: `upload` itself where one is under way.

    What is stored of it stays, and so does its arrival: rows that were counted are found again. Raises
    UnexpectedStateError for one that is reverted.
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
        failure=None,
        error_file=None,
        attempts=0,
        lease_until=0,
    )


def _state_error(upload: Upload, reason: str) -> UnexpectedStateError:
    return UnexpectedStateError(f"Upload {upload.id} {reason}")
