"""Fourth stage: rows without an identifier count once, so their file's content belongs to one upload at a time."""

import hashlib

from meterdrop.domain.content_claim import Content, may_count, standing
from meterdrop.domain.shared_claim import SharedClaim
from meterdrop.domain.upload import Upload
from meterdrop.pipeline.attempt import BusyError
from meterdrop.pipeline.ports import Ports
from meterdrop.pipeline.waiting import next_look


def sha256(data: bytes) -> str:
    """Return what names a content."""
    return hashlib.sha256(data).hexdigest()


def own_content(upload: Upload, digest: str, ports: Ports, *, allow_duplicate: bool, now: int) -> None:
    """Claim the content of a file for an upload, or for a dry run only look whether it could.

    Raises FileFault where an upload of another key has it, and BusyError while it is open whether one will.
    """
    name = f"content#{digest}"
    found = ports.claims.get(name)
    if found is None:
        next_ = SharedClaim(upload.id, {upload.id: ""})
    elif upload.id in found.holders:
        next_ = SharedClaim(found.owner, found.holders, found.revision + 1)
    else:
        held = [other for other in map(ports.uploads.get, sorted(found.holders)) if other is not None]
        is_free = False
        if not allow_duplicate:
            stands = standing(upload, held)
            if stands is Content.OPEN:
                raise BusyError("another upload of the same bytes is being processed", next_look(upload, now))
            is_free = stands is Content.FREE
        beside = {other.id: "" for other in held if may_count(other)}
        owner = upload.id if is_free or found.owner not in beside else found.owner
        next_ = SharedClaim(owner, {**beside, upload.id: ""}, found.revision + 1)
    if not upload.dry_run and not ports.claims.put(name, next_):
        raise BusyError("another upload of the same bytes arrives at this moment", 1)
