"""Third stage: rows without an identifier count once, so their file's content belongs to one upload at a time."""

import hashlib

from meterdrop.domain.content_claim import ContentClaim, undecided
from meterdrop.domain.upload import Upload
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ports import Contents, Uploads

_WAIT = 10  # seconds between looks at an upload of the same bytes


def sha256(data: bytes) -> str:
    """Return what names a content."""
    return hashlib.sha256(data).hexdigest()


def own_content(upload: Upload, digest: str, *, allow_duplicate: bool, contents: Contents, uploads: Uploads) -> None:
    """Claim the content of a file for an upload, or for a dry run only look whether it could.

    Raises FileFault where another upload has it, and BusyError while it is open whether it will.
    """
    found = contents.get(digest)
    if found is not None and upload.id in found.holders:
        return
    if found is None:
        taken = upload.dry_run or contents.own(digest, upload.id, None)
    elif allow_duplicate:
        taken = upload.dry_run or contents.join(digest, upload.id, found.owner)
    else:
        if undecided(_holders(found, uploads)):
            raise BusyError("another upload of the same bytes is being processed", _WAIT)
        taken = upload.dry_run or contents.own(digest, upload.id, found.owner)
    if not taken:
        raise BusyError("another upload of the same bytes arrives at this moment", 1)


def _holders(claim: ContentClaim, uploads: Uploads) -> list[Upload]:
    return [upload for upload in map(uploads.get, sorted(claim.holders)) if upload is not None]
