"""Claims that uploads share: on the content of a file, on the account of a key, and on the key of a customer file.

Only one upload at a time owns a claim.
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
    """A claim on a content or an account. Each write is conditional on the revision read, and increments it.

    Each attempt of an upload writes its claim, even if it already owns it. So an upload that read the owner as final
    detects a new attempt before it replaces the owner.
    """

    owner: str
    holders: Mapping[str, str] = field(default_factory=dict)
    """For a content: the uploads that hold it, each with its counted key. For an account: versions, each with the rows
    that may have events. If there are pages, only the newest versions."""
    revision: int = 1
    pages: int = 0
    """The number of pages with further versions of an account. Each page is a claim with a number in its name."""
    latest: tuple[str, ...] = ()
    """The last whole files of an account that were processed, newest last."""


def counted_key(key: str) -> str:
    """Return the key of the account in which a file counts. For a dry run, return the key it checks.

    The key is in Unicode NFC, because macOS and Windows encode names like `märz.csv` differently.
    """
    counted = _COUNTED_PREFIX + key.removeprefix(DRY_RUN_PREFIX) if key.startswith(DRY_RUN_PREFIX) else key
    return nfc(counted)


def content_name(partner: str | None, sha256: str) -> str:
    """Return the name of the claim on a content by the uploads of a partner, None for the owner."""
    return f"content#{sha256}" if partner is None else f"content#{partner}/{sha256}"


_SUCCEEDED = frozenset({Status.SUCCEEDED, Status.SUCCEEDED_WITH_ERRORS})


class Holder(NamedTuple):
    """An upload that holds a content: of its own file, or of the file that its error file belongs to."""

    upload: Upload
    account: str
    """The key under which its rows count."""
    counts: bool
    """Whether a row of it counts, also as a duplicate."""


def must_wait(account: str, others: Iterable[Holder], *, is_own: bool) -> bool:
    """Return whether an upload must wait for other uploads that hold the same content.

    The content is that of its own file, or of the file that its error file belongs to (`is_own` is False). Raises
    FileError if the content counts in another account. Uploads of the same account may themselves wait for the account,
    so the upload waits for their reverts only.
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
            advice = (
                "and its rows are counted. To count the rows again, give each row an identifier. Or upload the file "
                "with the object metadata allow-duplicate: true."
            )
            raise _file_error(other.upload, advice, is_own=is_own)
        if other.upload.was_given_up:
            advice = "and failed because of a service error. Reprocess that upload instead."
            raise _file_error(other.upload, advice, is_own=is_own)
    return not all(other.upload.is_final for other in elsewhere)


def keeps_content(holder: Holder) -> bool:
    """Return whether an upload keeps its content: whether a row of it counts or may count later."""
    upload = holder.upload
    return not upload.is_final or upload.was_given_up or (upload.status in _SUCCEEDED and holder.counts)


def _file_error(upload: Upload, advice: str, *, is_own: bool) -> FileError:
    content = "this file" if is_own else "the file that this error file belongs to"
    return FileError(FileCode.DUPLICATE, f"Upload {upload.id} ({upload.key}) already has {content}, {advice}")


@dataclass(frozen=True, slots=True)
class CustomersClaim:
    """The claim on the key of a customer file. Each write is conditional on the revision read, and increments it."""

    owner: str
    """The upload that is processed now, or was last."""
    newest: str
    """The upload of the newest version processed."""
    order: str
    """The order of that version among the versions of the key, see `objects.version_order`."""
    revision: int = 1

    def is_outdated(self, upload: Upload) -> bool:
        """Return whether a version that is newer than an upload's, or may be newer, was processed."""
        return self.newest != upload.id and upload.version_order <= self.order


def claim_name(upload: Upload) -> str:
    """Return the name of the claim on an upload's key."""
    return f"customers#{nfc(upload.key)}"


def next_claim(upload: Upload, stored: CustomersClaim | None) -> CustomersClaim:
    """Return the claim after an upload takes it over."""
    if stored is None:
        return CustomersClaim(upload.id, upload.id, upload.version_order)
    revision = stored.revision + 1
    if stored.is_outdated(upload):
        return CustomersClaim(upload.id, stored.newest, stored.order, revision)
    return CustomersClaim(upload.id, upload.id, upload.version_order, revision)
