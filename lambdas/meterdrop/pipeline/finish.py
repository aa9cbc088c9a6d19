"""Last stages: the error file at its fixed key, then the final status, fenced by the claim."""

from collections.abc import Iterator
from dataclasses import replace

from meterdrop.domain.codes import Status
from meterdrop.domain.error_file import Form, error_file, failed_error_file
from meterdrop.domain.judge import Refused
from meterdrop.domain.tally import Tally
from meterdrop.domain.upload import Counts, ErrorFile, Failure, Upload, error_file_key
from meterdrop.domain.verdict import FileFault
from meterdrop.pipeline.claim import Claim
from meterdrop.pipeline.ports import Objects
from meterdrop.pipeline.read import Sheet


def write_error_file(claim: Claim, sheet: Sheet, tally: Tally, objects: Objects) -> ErrorFile | None:
    """Write the refused rows, or see to it that no error file of an earlier attempt is left."""
    upload, errors = claim.upload, tally.counts.error
    key = error_file_key(upload.key, upload.id)
    if not errors:
        if not claim.is_first:
            objects.delete_error_file(key)
        return None
    form = Form(
        upload_id=upload.id,
        layout=sheet.layout,
        delimiter=sheet.file.delimiter,
        overflows=any(len(cells) > sheet.layout.width for chunk in sheet.chunks() for _, cells in chunk.odd),
        ascii_only=sheet.file.text.isascii() or _is_ascii(sheet, tally),
    )
    return ErrorFile(key, errors, objects.write_error_file(key, error_file(_refused(sheet, tally), form)))


def finish(claim: Claim, sheet: Sheet, tally: Tally, written: ErrorFile | None, now: int) -> Upload:
    """Store the final status of an upload whose rows are all settled."""
    return _final(
        claim,
        replace(
            claim.upload,
            status=Status.SUCCEEDED_WITH_ERRORS if tally.counts.error else Status.SUCCEEDED,
            parent=sheet.survey.parent,
            counts=tally.counts,
            totals=tally.totals,
            samples=tally.samples,
            failure=None,
            error_file=written,
        ),
        now,
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
            counts=Counts(),
            totals=(),
            samples=(),
            failure=failure,
            error_file=ErrorFile(key, 1, version_id),
        ),
        now,
    )


def _is_ascii(sheet: Sheet, tally: Tally) -> bool:
    """Tell whether the header and every refused row are ASCII."""
    return "".join(sheet.layout.header).isascii() and all(
        "".join(row.cells).isascii() for row in _refused(sheet, tally)
    )


def _refused(sheet: Sheet, tally: Tally) -> Iterator[Refused]:
    """Return the refused rows in order, those with a conflict among them."""
    if tally.holds_all_refused:
        yield from tally.refused
        return
    for chunk, judged in sheet.judged():
        refused = [row for row in judged.refused if row.row not in tally.kept]
        if tally.conflicts:
            refused += (
                Refused(event.id, event.row, chunk.row(chunk.numbers.index(event.row)), (tally.conflicts[event.row],))
                for event in judged.events(sheet.upload_id)
                if event.row in tally.conflicts
            )
            refused.sort(key=_row)
        yield from refused


def _row(refused: Refused) -> int:
    return refused.row


def _final(claim: Claim, upload: Upload, now: int) -> Upload:
    claim.save(replace(upload, finished_at=now, attempts=0, lease_until=0))
    return claim.upload
