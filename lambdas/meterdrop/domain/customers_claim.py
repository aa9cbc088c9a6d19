"""The versions of one key under `customers/`: taken up one after the other, and never an older after a newer.

The claim's only holder is the newest version that was taken up, noted with its `version_order`.
"""

from dataclasses import replace

from meterdrop.domain.shared_claim import SharedClaim
from meterdrop.domain.upload import Upload
from meterdrop.domain.upload_key import nfc


def claim_name(upload: Upload) -> str:
    """Return what an upload's key is claimed by."""
    return f"customers#{nfc(upload.key)}"


def is_outdated(upload: Upload, found: SharedClaim) -> bool:
    """Tell whether a newer version than an upload's was taken up, or one of which nobody knows that it is older."""
    return any(newest != upload.id and upload.version_order <= order for newest, order in found.holders.items())


def next_claim(upload: Upload, found: SharedClaim | None) -> SharedClaim:
    """Return the claim once an upload has its turn."""
    if found is None:
        return SharedClaim(upload.id, {upload.id: upload.version_order})
    newest = found.holders if is_outdated(upload, found) else {upload.id: upload.version_order}
    return replace(found, owner=upload.id, holders=newest, revision=found.revision + 1)
