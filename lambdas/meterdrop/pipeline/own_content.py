"""Fourth stage: rows without an identifier count once, so their file's content belongs to one account at a time."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from meterdrop.domain.codes import Status
from meterdrop.domain.uploads.claims import Holder, SharedClaim, is_open, keeps
from meterdrop.domain.uploads.upload import Upload
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.waiting import next_look

HOLDERS_AT_MOST = 500
"""Uploads that hold one content: more can only come by `allow-duplicate`, and those that came first stay."""


def sha256(data: bytes) -> str:
    """Return what names a content."""
    return hashlib.sha256(data).hexdigest()


class Content(NamedTuple):
    """Bytes that an upload brings rows of: those of its own file, or of a file whose error file it is."""

    sha256: str
    account: str
    """The key under which the rows count."""
    is_own: bool


def own_content(upload: Upload, content: Content, ports: Ports, *, allow_duplicate: bool, now: int) -> None:
    """Claim a content for an upload and its account, or for a dry run only look whether it could.

    Raises FileFault where another account has it, and BusyError while it is open whether one will.
    """
    name, account = f"content#{content.sha256}", content.account
    found = ports.claims.get(name) or SharedClaim("", revision=0)
    if upload.id in found.holders:
        holders = dict(found.holders)
    else:
        others = [
            Holder(other, of, _counts(other, ports.uploads.get, ports))
            for id_, of in found.holders.items()
            if (other := ports.uploads.get(id_)) is not None
        ]
        if not allow_duplicate and is_open(account, others, is_own=content.is_own):
            raise BusyError("another upload of the same bytes is being processed", next_look(upload, now))
        # Of one account those with duplicates alone are told by the newest of them.
        kept = [
            other
            for other in others
            if keeps(other) and not (other.account == account and _has_duplicates_alone(other.upload))
        ]
        holders = {other.upload.id: other.account for other in kept[: HOLDERS_AT_MOST - 1]} | {upload.id: account}
    if not upload.dry_run and not ports.claims.put(name, SharedClaim(upload.id, holders, found.revision + 1)):
        raise BusyError("another upload of the same bytes arrives at this moment", 1)


def _has_duplicates_alone(upload: Upload) -> bool:
    return upload.is_final and upload.failure is None and not upload.counts.success


def _counts(upload: Upload, find: Callable[[str], Upload | None], ports: Ports) -> bool:
    """Tell whether a row of an upload counts: an event of its own, or one of another upload that is not taken back."""
    if upload.counts.success:
        return True
    if not upload.counts.duplicate:
        return False
    owners = map(find, sorted(ports.matched.owners(upload.id)))
    return any(owner is not None and owner.status not in {Status.REVERTED, Status.FAILED} for owner in owners)
