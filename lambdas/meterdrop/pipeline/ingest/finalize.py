"""Last stages: the error file at its fixed keys, then the final status and its announcement, fenced by the claim."""

from collections.abc import Iterator
from dataclasses import replace

from meterdrop.domain.codes import FileCode, Kind, Status
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.uploads.error_file import ErrorFileRun, failed_error_file
from meterdrop.domain.uploads.error_parts import Limits, Part
from meterdrop.domain.uploads.keys import error_file_key
from meterdrop.domain.uploads.upload import Counts, ErrorFile, Failure, Upload
from meterdrop.pipeline.ingest.claim import Claim
from meterdrop.pipeline.ingest.parsed_file import StoreResult
from meterdrop.pipeline.ports import Objects

_LEFT = {
    Kind.USAGE: "This upload has no meter events; rows that its error files brought in stay counted.",
    Kind.CUSTOMERS: "Customers that were registered or changed before the error stay so.",
}
"""What an upload that was given up leaves."""


def write_error_file(claim: Claim, result: StoreResult, objects: Objects, limits: Limits) -> ErrorFile | None:
    """Write the refused rows, and see to it that no part of an earlier attempt or run is left."""
    errors, listed = result.tally.counts.error, 0
    version_ids: list[str] = []
    for number, part in enumerate(_parts(claim.upload, result, limits) if errors else (), 1):
        if number > max(1, claim.upload.error_parts):
            # Noted before it is there: what a crash leaves behind can be found.
            claim.save(replace(claim.upload, error_parts=number))
        version_ids.append(objects.write_error_file(_key(claim.upload, number), part.data))
        listed += part.row_count
    _remove_parts(claim, len(version_ids), objects)
    if not errors:
        return None
    return ErrorFile(_key(claim.upload), listed, tuple(version_ids), is_complete=listed == errors)


def finalize(claim: Claim, result: StoreResult, written: ErrorFile | None, now: int) -> Upload:
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
            error_parts=0 if written is None else written.part_count,
            finished_at=now,
        ),
    )


def finalize_failed(claim: Claim, file_error: FileError, objects: Objects, now: int) -> Upload:
    """Store the final status of a file that is refused as a whole, with an error file that says why."""
    upload, failure = claim.upload, Failure(file_error.code, file_error.message)
    version_id = objects.write_error_file(_key(upload), failed_error_file(upload.id, failure))
    _remove_parts(claim, 1, objects)
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
            error_file=ErrorFile(_key(upload), 1, (version_id,)),
            error_parts=1,
            finished_at=now,
        ),
    )


def finalize_reverted(claim: Claim, now: int) -> Upload:
    """Store the final status of an upload whose events are all taken back; its counts keep what was judged."""
    return _final(claim, replace(claim.upload, status=Status.REVERTED, reverted_at=now))


def given_up(upload: Upload) -> FileError:
    """Return why an upload failed that was tried again and again."""
    return FileError(
        FileCode.INTERNAL_ERROR,
        f"Meterdrop couldn't process this file because of a service error. {_LEFT[upload.kind]} "
        f"Reprocess upload {upload.id} after the issue is resolved.",
    )


def _parts(upload: Upload, result: StoreResult, limits: Limits) -> Iterator[Part]:
    form = result.form
    writer = ErrorFileRun(form, row_count=result.tally.counts.error, size=upload.size or 0, limits=limits)
    if result.held is not None:
        return writer.from_buffer(result.held)
    are_ascii = form.file.text.isascii() or all("".join(row.cells).isascii() for row in result.refused())
    return writer.from_rows(result.refused(), are_ascii=are_ascii)


def _remove_parts(claim: Claim, kept: int, objects: Objects) -> None:
    """Remove the parts that an earlier attempt or run may have left beyond the first `kept` ones."""
    for number in range(kept + 1, max(claim.upload.error_parts, 0 if claim.is_first else 1) + 1):
        objects.delete_error_file(_key(claim.upload, number))


def _key(upload: Upload, part: int = 1) -> str:
    return error_file_key(upload.key, upload.id, part)


def _final(claim: Claim, upload: Upload) -> Upload:
    claim.finish(replace(upload, has_ended=True, attempts=0, lease_until=0))
    return claim.upload
