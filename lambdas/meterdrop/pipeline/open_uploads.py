"""Uploads that need somebody: failed files, refused rows that no later file has counted, and uploads that take long."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from enum import StrEnum
from functools import partial
from heapq import merge
from itertools import islice
from typing import NamedTuple, Protocol

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.upload import Upload, UploadFilter

LONG_SECONDS = 1_800
"""Time after which an upload that is still in progress needs somebody: two rounds of the sweep."""
MAX_CANDIDATES = 1_000
"""Maximum uploads that one list checks. Each takes up to two queries."""
_AT_ONCE = 100
_COUNTING = frozenset({Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS})
_CANDIDATES = tuple(status for status in Status if status not in {Status.SUCCEEDED, Status.REVERTED})


class TooManyCandidatesError(Exception):
    """More than `MAX_CANDIDATES` uploads were checked, and too few of them need somebody."""


class Uploads(Protocol):
    """The uploads; see `adapters.uploads.upload_list`. Calls are safe from many threads."""

    def find(self, upload_id: str) -> Upload | None:
        """Return an upload, or None."""

    def find_all(self, upload_ids: Sequence[str]) -> list[Upload]:
        """Return the uploads that exist."""

    def walk(
        self, wanted: UploadFilter, *, beyond: Upload | None = None, newest_first: bool = True
    ) -> Iterator[Upload]:
        """Yield the uploads that match, starting after `beyond`."""


class Reason(StrEnum):
    """The reason why an upload needs somebody."""

    FAILED = "failed"
    REFUSED_ROWS = "refused_rows"
    IN_PROGRESS = "in_progress"


class OpenUpload(NamedTuple):
    """An upload that needs somebody."""

    upload: Upload
    reason: Reason
    open_errors: int = 0
    """Refused rows that no later file has counted."""


class OpenUploads:
    """The uploads that need somebody. Dry runs and reverted uploads never do."""

    def __init__(self, uploads: Uploads, executor: Executor, now: int) -> None:
        """Check several uploads at the same time on the threads of `executor`. `now` is in epoch seconds."""
        self._uploads = uploads
        self._executor = executor
        self._now = now

    def walk(
        self, wanted: UploadFilter, *, beyond: Upload | None = None, newest_first: bool = True, expect: int
    ) -> Iterator[OpenUpload]:
        """Yield the uploads that match and need somebody, lazily, starting after `beyond`.

        Raises TooManyCandidatesError, and the error of the list if it reads too many uploads.
        """
        lists = [
            self._uploads.walk(replace(wanted, status=status, dry_run=False), beyond=beyond, newest_first=newest_first)
            for status in _CANDIDATES
        ]
        candidates = merge(*lists, key=lambda upload: upload.created_id, reverse=newest_first)
        checked, size = 0, min(expect, _AT_ONCE)
        while part := list(islice(candidates, size)):
            if checked >= MAX_CANDIDATES:
                raise TooManyCandidatesError
            checked += len(part)
            parents = self._parents_of(part, wanted)
            size = _AT_ONCE  # some of them didn't need anybody
            yield from filter(None, self._executor.map(partial(self._check, parents), part))

    def _parents_of(self, uploads: Iterable[Upload], wanted: UploadFilter) -> frozenset[str]:
        """Return the parents that stand for the refused rows of uploads."""
        found = self._uploads.find_all(sorted({upload.parent for upload in uploads if upload.parent is not None}))
        return frozenset(parent.id for parent in found if _stands_for_children(parent, wanted))

    def _check(self, parents: frozenset[str], upload: Upload) -> OpenUpload | None:
        if upload.status is Status.FAILED:
            is_open = not any(replaces_failed(other, upload) for other in versions_of(upload, self._uploads))
            return OpenUpload(upload, Reason.FAILED) if is_open else None
        if not upload.is_final:
            is_long = self._now - _began(upload) >= LONG_SECONDS
            return OpenUpload(upload, Reason.IN_PROGRESS) if is_long else None
        if upload.parent in parents:
            return None
        count = open_error_count(upload, versions_of(upload, self._uploads), self._uploads)
        return OpenUpload(upload, Reason.REFUSED_ROWS, count) if count else None


def open_error_count(upload: Upload, versions: Iterable[Upload], uploads: Uploads) -> int:
    """Return the number of an upload's refused rows that no later file has counted.

    These files are its error file, corrected, in turn theirs, and the later ones of `versions`, which have its key.
    """
    left = upload.counts.error
    if left:
        left -= sum(each.counts.success for each in _corrections(upload, uploads, set()))
    return 0 if left <= 0 or any(_has_rows_of(other, upload) for other in versions) else left


def replaces_failed(other: Upload, failed: Upload) -> bool:
    """Return whether an upload with the same key is a later file than a failed one, and counts."""
    return other.status in _COUNTING and other.version_order > failed.version_order


def versions_of(upload: Upload, uploads: Uploads) -> Iterator[Upload]:
    """Yield all uploads with the key of an upload, in any spelling of its accents."""
    for key in {upload.key, *(unicodedata.normalize(form, upload.key) for form in ("NFC", "NFD"))}:
        yield from uploads.walk(UploadFilter(key=key))


def _has_rows_of(other: Upload, upload: Upload) -> bool:
    """Return whether an upload with the same key has all rows of another again."""
    return not other.allow_duplicate and replaces_failed(other, upload)


def _corrections(upload: Upload, uploads: Uploads, seen: set[str]) -> Iterator[Upload]:
    """Yield the error files of an upload that count, and in turn theirs."""
    for child in uploads.walk(UploadFilter(parent=upload.id)):
        if child.id not in seen and not child.dry_run:
            seen.add(child.id)
            if child.status in _COUNTING:
                yield child
            yield from _corrections(child, uploads, seen)


def _stands_for_children(parent: Upload, wanted: UploadFilter) -> bool:
    is_visible = wanted.scope is None or wanted.scope(parent.key)
    counts = parent.status in _COUNTING or parent.status is Status.PROCESSING
    return is_visible and counts and not parent.dry_run


def _began(upload: Upload) -> int:
    """Return when the run or the revert that is in progress began, in epoch seconds."""
    changed = upload.history[-1].change.at if upload.history else None
    return max(upload.created, upload.started_at or 0, changed or 0)
