"""Whether the bytes of a file are counted already: the same bytes again, under another key, are refused."""

from collections.abc import Collection
from enum import Enum

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.shared_claim import counted_key
from meterdrop.domain.upload import Upload
from meterdrop.domain.verdict import FileFault


class Content(Enum):
    """What an upload may do with bytes that others hold."""

    FREE = "all others have nothing counted: take it over"
    OPEN = "not decided yet: wait"
    SHARED = "dropped again on its own key: hold it beside them; its rows are matched with theirs"


def standing(upload: Upload, holders: Collection[Upload]) -> Content:
    """Tell how an upload stands to the others that hold its bytes; raises FileFault where they count elsewhere.

    It owns its key already: another of that key, to be processed again, waits for it, and must not be waited for.
    """
    same_key = [other for other in holders if counted_key(other.key) == counted_key(upload.key)]
    elsewhere = [other for other in holders if other not in same_key]
    if any(other.status is Status.REVERTING for other in same_key):
        return Content.OPEN
    if any(may_count(other) for other in same_key):
        return Content.SHARED
    for other in elsewhere:
        if _has_succeeded(other):
            raise _fault(other, "and its rows are counted")
        if _was_given_up(other):
            raise _fault(other, "and failed by no fault of its own; reprocess that upload instead")
    return Content.FREE if all(other.is_final for other in elsewhere) else Content.OPEN


def may_count(upload: Upload) -> bool:
    """Tell whether an upload keeps its bytes: whether a row of it counts, or can when corrected or reprocessed."""
    has_own = upload.counts.success + upload.counts.error > 0
    return not upload.is_final or _was_given_up(upload) or (_has_succeeded(upload) and has_own)


def _has_succeeded(upload: Upload) -> bool:
    return upload.status in {Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS}


def _was_given_up(upload: Upload) -> bool:
    return upload.failure is not None and upload.failure.code is FileCode.INTERNAL_ERROR


def _fault(upload: Upload, state: str) -> FileFault:
    return FileFault(
        FileCode.DUPLICATE,
        f"The same bytes were dropped before as {upload.key} (upload {upload.id}) {state}. To count them once more all "
        "the same, drop the file with the object metadata allow-duplicate: true, or give each row an identifier.",
    )
