"""The files of a period: what arrived, what became of it, and what is open."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from meterdrop.domain.codes import Kind, Status
from meterdrop.domain.metering.partners import matches_scope
from meterdrop.domain.uploads.keys import nfc
from meterdrop.domain.uploads.upload import Upload, UploadFilter
from meterdrop.pipeline.open_uploads import Uploads, open_error_count, replaces_failed

MAX_FILES = 5_000


class TooManyFilesError(Exception):
    """More than `MAX_FILES` uploads arrived since the period began."""


@dataclass(slots=True)
class FileCounts:
    """The counts of the files that belong to the period."""

    files: int = 0
    rows: int = 0
    successes: int = 0
    duplicates: int = 0
    errors: int = 0
    open_errors: int = 0
    """Refused rows that no later file has counted."""
    with_open_errors: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Failed uploads whose key has no later upload that counts."""
    in_progress: list[str] = field(default_factory=list)


def reconcile_files(
    owners: Iterable[str], start: int, uploads: Uploads, now: int, partner: str | None = None
) -> FileCounts:
    """Count the files that belong to a period: those with events in it, and those since its `start` without events.

    `owners` are those of the partner's events (None for all). Times are in epoch seconds.

    Raises TooManyFilesError.
    """
    known: dict[str, Upload] = {}
    for upload in uploads.walk(UploadFilter(created_from=start, created_until=now)):
        if len(known) == MAX_FILES:
            raise TooManyFilesError
        known[upload.id] = upload
    with_events = set(owners)
    for id_ in with_events - known.keys():
        if (found := uploads.find(id_)) is not None:
            known[id_] = found
    usage_files = [
        upload
        for upload in known.values()
        if upload.kind is Kind.USAGE and not upload.dry_run and matches_scope(upload.partner, partner)
    ]
    versions = defaultdict[str, list[Upload]](list)
    for upload in usage_files:
        versions[nfc(upload.key)].append(upload)
    counts = FileCounts()
    belonging = {
        upload.id: upload
        for upload in usage_files
        if upload.id in with_events or (upload.counts.success == 0 and upload.status is not Status.REVERTED)
    }
    for upload in belonging.values():
        of_key = versions[nfc(upload.key)]
        _count(counts, upload, of_key)
        if upload.parent not in belonging and (left := open_error_count(upload, of_key, uploads)):
            counts.open_errors += left
            counts.with_open_errors.append(upload.id)
    return counts


def _count(counts: FileCounts, upload: Upload, versions: Iterable[Upload]) -> None:
    counts.files += 1
    counts.rows += upload.counts.row
    counts.successes += upload.counts.success
    counts.duplicates += upload.counts.duplicate
    counts.errors += upload.counts.error
    if not upload.is_final:
        counts.in_progress.append(upload.id)
    elif upload.status is Status.FAILED and not any(replaces_failed(other, upload) for other in versions):
        counts.failed.append(upload.id)
