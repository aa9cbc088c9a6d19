"""Claims that uploads share: on a file's content, on the account of a key, on the versions of a customer file.

One upload owns a claim at a time, and works on it alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from meterdrop.domain.codes import FileCode, Status
from meterdrop.domain.files.errors import FileError
from meterdrop.domain.uploads.keys import DRY_RUN_PREFIX, nfc
from meterdrop.domain.uploads.upload import Upload

_COUNTED_PREFIX = "uploads/"


@dataclass(frozen=True, slots=True)
class SharedClaim:
    """One such thing. Whoever changes it makes the next revision, on condition of the one that was read.

    Every attempt of an upload makes one, even where it holds the claim already: so who found the upload final, and
    means to take its place, learns that it is at work again.
    """

    owner: str
    holders: Mapping[str, str] = field(default_factory=dict)
    """Of a content: the uploads that hold it, each with the key under which its rows count. Of the account of a key:
    versions, each with the rows that may have events of their own; the newest ones, where there are pages."""
    revision: int = 1
    pages: int = 0
    """How many pages with further versions an account has; a page is a claim of its own, with a number in its name."""
    latest: tuple[str, ...] = ()
    """The last whole files of an account that were taken up, the newest last."""


def counted_key(key: str) -> str:
    """Return the key under which a file counts, in Unicode NFC: a Mac and a PC write `märz.csv` differently.

    A dry run only looks what would come of it there.
    """
    counted = _COUNTED_PREFIX + key.removeprefix(DRY_RUN_PREFIX) if key.startswith(DRY_RUN_PREFIX) else key
    return nfc(counted)


_SUCCEEDED = frozenset({Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS})


class Holder(NamedTuple):
    """An upload that holds the bytes: those of its own file, or those of a file whose error file it is."""

    upload: Upload
    account: str
    """The key under which its rows of these bytes count."""
    counts: bool
    """Whether a row of it counts, be it as a duplicate."""


def must_wait(account: str, others: Iterable[Holder], *, is_own: bool) -> bool:
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
            is_shared |= keeps_content(other)
    if is_shared:
        return False
    for other in elsewhere:
        if other.upload.status in _SUCCEEDED and other.counts:
            raise _file_error(other.upload, "and its rows are counted", is_own=is_own)
        if _was_given_up(other.upload):
            raise _file_error(
                other.upload, "and failed by no fault of its own; reprocess that upload instead", is_own=is_own
            )
    return not all(other.upload.is_final for other in elsewhere)


def keeps_content(holder: Holder) -> bool:
    """Tell whether an upload keeps its bytes: whether a row of it counts, or will when it is processed."""
    upload = holder.upload
    return not upload.is_final or _was_given_up(upload) or (upload.status in _SUCCEEDED and holder.counts)


def _was_given_up(upload: Upload) -> bool:
    return upload.failure is not None and upload.failure.code is FileCode.INTERNAL_ERROR


def _file_error(upload: Upload, state: str, *, is_own: bool) -> FileError:
    what = "The same bytes were" if is_own else "The file whose error file this is was"
    return FileError(
        FileCode.DUPLICATE,
        f"{what} uploaded before as {upload.key} (upload {upload.id}) {state}. To count them a second time, upload the "
        "file with the object metadata allow-duplicate: true, or give each row an identifier.",
    )


@dataclass(frozen=True, slots=True)
class CustomersClaim:
    """Whose turn it is. Every attempt makes the next revision, on condition of the one that was read."""

    owner: str
    """The upload that is at work, or was last."""
    newest: str
    """The upload of the newest version that was taken up."""
    order: str
    """Where that version stands among those of the key; see `domain.dropped_object.version_order`."""
    revision: int = 1

    def is_outdated(self, upload: Upload) -> bool:
        """Tell whether a newer version than an upload's was taken up, or one of which nobody knows that it is older."""
        return self.newest != upload.id and upload.version_order <= self.order


def claim_name(upload: Upload) -> str:
    """Return what an upload's key is claimed by."""
    return f"customers#{nfc(upload.key)}"


def next_claim(upload: Upload, stored: CustomersClaim | None) -> CustomersClaim:
    """Return the claim once an upload has its turn."""
    if stored is None:
        return CustomersClaim(upload.id, upload.id, upload.version_order)
    revision = stored.revision + 1
    if stored.is_outdated(upload):
        return CustomersClaim(upload.id, stored.newest, stored.order, revision)
    return CustomersClaim(upload.id, upload.id, upload.version_order, revision)
