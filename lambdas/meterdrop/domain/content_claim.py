"""Whether the bytes of a file are counted already: the same bytes again, under another key, are refused."""

from collections.abc import Iterable
from typing import NamedTuple

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.upload import Upload
from meterdrop.domain.verdict import FileFault

_SUCCEEDED = frozenset({Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS})


class Holder(NamedTuple):
    """An upload that holds the bytes: those of its own file, or those of a file whose error file it is."""

    upload: Upload
    account: str
    """The key under which its rows of these bytes count."""
    counts: bool
    """Whether a row of it counts, be it as a duplicate."""


def is_open(account: str, others: Iterable[Holder], *, is_own: bool) -> bool:
    """Tell whether an upload of an account has to wait for others that hold the same bytes.

    The bytes are its own, or those of the file whose error file it is. Raises FileFault where they count in another
    account. One of the same account is not waited for, since it may wait for the account: only for the end of its
    revert, which does not.
    """
    is_shared, elsewhere = False, list[Holder]()
    for other in others:
        if other.account != account:
            elsewhere.append(other)
        elif other.upload.status is Status.REVERTING:
            return True
        else:
            is_shared |= keeps(other)
    if is_shared:
        return False
    for other in elsewhere:
        if other.upload.status in _SUCCEEDED and other.counts:
            raise _fault(other.upload, "and its rows are counted", is_own=is_own)
        if _was_given_up(other.upload):
            raise _fault(
                other.upload, "and failed by no fault of its own; reprocess that upload instead", is_own=is_own
            )
    return not all(other.upload.is_final for other in elsewhere)


def keeps(holder: Holder) -> bool:
    """Tell whether an upload keeps its bytes: whether a row of it counts, or will when it is processed."""
    upload = holder.upload
    return not upload.is_final or _was_given_up(upload) or (upload.status in _SUCCEEDED and holder.counts)


def _was_given_up(upload: Upload) -> bool:
    return upload.failure is not None and upload.failure.code is FileCode.INTERNAL_ERROR


def _fault(upload: Upload, state: str, *, is_own: bool) -> FileFault:
    what = "The same bytes were" if is_own else "The file whose error file this is was"
    return FileFault(
        FileCode.DUPLICATE,
        f"{what} uploaded before as {upload.key} (upload {upload.id}) {state}. To count them a second time, upload the "
        "file with the object metadata allow-duplicate: true, or give each row an identifier.",
    )
