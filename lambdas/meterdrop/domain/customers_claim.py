"""The versions of one key under `customers/`: taken up one after the other, and never an older after a newer."""

from dataclasses import dataclass

from meterdrop.domain.upload import Upload
from meterdrop.domain.upload_key import nfc


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


def next_claim(upload: Upload, found: CustomersClaim | None) -> CustomersClaim:
    """Return the claim once an upload has its turn."""
    if found is None:
        return CustomersClaim(upload.id, upload.id, upload.version_order)
    revision = found.revision + 1
    if found.is_outdated(upload):
        return CustomersClaim(upload.id, found.newest, found.order, revision)
    return CustomersClaim(upload.id, upload.id, upload.version_order, revision)
