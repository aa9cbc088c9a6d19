"""Last stages: the error file at its fixed key, then the final status and its announcement, fenced by the claim."""

from collections.abc import Iterator
from dataclasses import replace

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.error_file import error_file, failed_error_file, held_error_file
from meterdrop.domain.upload import Counts, ErrorFile, Failure, Kind, Upload, error_file_key
from meterdrop.domain.verdict import FileFault
from meterdrop.pipeline.claim import Claim
from meterdrop.pipeline.ports import Objects
from meterdrop.pipeline.result import Result

_LEFT = {
    Kind.USAGE: "This upload has no meter events; rows that its error files brought in stay counted.",
    Kind.CUSTOMERS: "Customers that were registered or changed before the error stay so.",
}
"""What an upload that was given up leaves."""


def write_error_file(claim: Claim, result: Result, objects: Objects) -> ErrorFile | None:
    """Write the refused rows, or see to it that no error file of an earlier attempt is left."""
    upload, errors = claim.upload, result.tally.counts.error
    key = error_file_key(upload.key, upload.id)
    if not errors:
        if not claim.is_first:
            objects.delete_error_file(key)
        return None
    return ErrorFile(key, errors, objects.write_error_file(key, _written(result)))


def finish(claim: Claim, result: Result, written: ErrorFile | None, now: int) -> Upload:
    """Store the final status of an upload whose rows are all settled."""
    tally = result.tally
    return _final(
        claim,
        replace(
            claim.upload,
            status=Status.SUCCEEDED_WITH_ERRORS if tally.counts.error else Status.SUCCEEDED,
            parent=result.parent,
            counts=tally.counts,
            totals=tally.totals,
            samples=tally.samples,
            errors=tally.errors,
            failure=None,
            error_file=written,
            finished_at=now,
        ),
    )


def fail(claim: Claim, fault: FileFault, objects: Objects, now: int) -> Upload:
    """Store the final status of a file that is refused as a whole, with an error file that says why."""
    upload, failure = claim.upload, Failure(fault.code, fault.message)
    key = error_file_key(upload.key, upload.id)
    version_id = objects.write_error_file(key, [failed_error_file(upload.id, failure)])
    return _final(
        claim,
        replace(
            upload,
            status=Status.FAILED,
            parent=None,  # of a run before this one: nothing of its rows is corrected any more
            counts=Counts(),
            totals=(),
            samples=(),
            errors=(),
            failure=failure,
            error_file=ErrorFile(key, 1, version_id),
            finished_at=now,
        ),
    )


def finish_revert(claim: Claim, now: int) -> Upload:
    """Store the final status of an upload whose events are all taken back; its counts keep what was judged."""
    return _final(claim, replace(claim.upload, status=Status.REVERTED, reverted_at=now))


def given_up(upload: Upload) -> FileFault:
    """Return why an upload failed that was tried again and again."""
    return FileFault(
        FileCode.INTERNAL_ERROR,
        f"Meterdrop couldn't process this file because of a service error. {_LEFT[upload.kind]} "
        f"Reprocess upload {upload.id} after the issue is resolved.",
    )


def _written(result: Result) -> Iterator[bytes]:
    form = result.form
    if result.held is not None:
        return held_error_file(result.held, form)
    are_ascii = form.file.text.isascii() or all("".join(row.cells).isascii() for row in result.refused())
    return error_file(result.refused(), form, are_ascii=are_ascii)


def _final(claim: Claim, upload: Upload) -> Upload:
    claim.finish(replace(upload, has_ended=True, attempts=0, lease_until=0))
    return claim.upload
