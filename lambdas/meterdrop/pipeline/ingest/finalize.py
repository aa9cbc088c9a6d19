"""The last stages: writes the error file at its fixed keys, then the final status, fenced by the claim."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from meterdrop.domain.codes import FileCode, Kind, Status
from meterdrop.domain.control.comparison import ControlMismatchError
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.uploads.error_file import ErrorFileRun, failed_error_file
from meterdrop.domain.uploads.error_parts import Limits, Part
from meterdrop.domain.uploads.keys import error_file_key
from meterdrop.domain.uploads.transitions import next_automatic_run, with_end
from meterdrop.domain.uploads.upload import Counts, ErrorFile, Failure, Upload
from meterdrop.pipeline.ingest.claim import Claim
from meterdrop.pipeline.ingest.parsed_file import StoreResult
from meterdrop.pipeline.ports import Objects

_LEFT = {
    Kind.USAGE: "This upload has no meter events; rows that its error files brought in stay counted.",
    Kind.CUSTOMERS: "Customers that were registered or changed before the error stay so.",
}
"""By kind, the data that stays stored when an upload is given up."""


def write_error_file(claim: Claim, result: StoreResult, objects: Objects, limits: Limits) -> ErrorFile | None:
    """Write the refused rows, and delete leftover parts of earlier runs. Returns None if no row was refused."""
    errors, listed = result.tally.counts.error, 0
    version_ids: list[str] = []
    for number, part in enumerate(_parts(claim.upload, result, limits) if errors else (), 1):
        if number > max(1, claim.upload.error_parts):
            # Stored before the part is written, so that a part can be found after a crash.
            claim.save(replace(claim.upload, error_parts=number))
        version_ids.append(objects.write_error_file(_key(claim.upload, number), part.data))
        listed += part.row_count
    _remove_parts(claim, len(version_ids), objects)
    if not errors:
        return None
    return ErrorFile(_key(claim.upload), listed, tuple(version_ids), is_complete=listed == errors)


def finalize(claim: Claim, result: StoreResult, written: ErrorFile | None, now: int) -> Upload:
    """Store the final status of an upload whose rows all have a result."""
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
    """Store the status of a failed upload, with an error file that contains the reason."""
    upload, failure = claim.upload, Failure(file_error.code, file_error.message)
    version_id = objects.write_error_file(_key(upload), failed_error_file(upload.id, failure))
    _remove_parts(claim, 1, objects)
    return _final(
        claim,
        replace(
            upload,
            status=Status.FAILED,
            parent=None,  # from an earlier run: this run corrects no rows
            counts=Counts(),
            totals=(),
            samples=(),
            errors=(),
            control=file_error.control if isinstance(file_error, ControlMismatchError) else None,
            failure=failure,
            error_file=ErrorFile(_key(upload), 1, (version_id,)),
            error_parts=1,
            finished_at=now,
        ),
    )


def finalize_reverted(claim: Claim, now: int) -> Upload:
    """Store the final status of a reverted upload. Its counts stay as they were validated."""
    return _final(claim, replace(claim.upload, status=Status.REVERTED, reverted_at=now))


def given_up(upload: Upload, now: int) -> FileError:
    """Return the file error of an upload that is given up at `now`, after too many attempts."""
    what = f"Meterdrop couldn't process this file because of a service error. {_LEFT[upload.kind]}"
    reprocess = f"Reprocess upload {upload.id} after the issue is resolved."
    failed = replace(upload, failure=Failure(FileCode.INTERNAL_ERROR, ""), finished_at=now)
    if (due := next_automatic_run(failed)) is not None:
        at = datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%d %H:%M UTC")
        reprocess = f"The next sweep after {at} reprocesses upload {upload.id}. You can also reprocess it earlier."
    return FileError(FileCode.INTERNAL_ERROR, f"{what} {reprocess}")


def _parts(upload: Upload, result: StoreResult, limits: Limits) -> Iterator[Part]:
    form = result.form
    writer = ErrorFileRun(form, row_count=result.tally.counts.error, size=upload.size or 0, limits=limits)
    if result.held is not None:
        return writer.from_buffer(result.held)
    are_ascii = form.file.text.isascii() or all("".join(row.cells).isascii() for row in result.refused())
    return writer.from_rows(result.refused(), are_ascii=are_ascii)


def _remove_parts(claim: Claim, kept: int, objects: Objects) -> None:
    """Delete the parts after the first `kept` ones that earlier attempts or runs may have left."""
    for number in range(kept + 1, max(claim.upload.error_parts, 0 if claim.is_first else 1) + 1):
        objects.delete_error_file(_key(claim.upload, number))


def _key(upload: Upload, part: int = 1) -> str:
    return error_file_key(upload.key, upload.id, part, hidden=upload.hides_errors)


def _final(claim: Claim, upload: Upload) -> Upload:
    automatic_runs = upload.automatic_runs if upload.was_given_up else 0
    final = replace(upload, has_ended=True, attempts=0, automatic_runs=automatic_runs, lease_until=0)
    claim.finish(with_end(final))
    return claim.upload
