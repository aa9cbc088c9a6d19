"""The uploads table in memory: uploads, and the claims of file content."""

from dataclasses import dataclass, field

from meterdrop.domain.content_claim import ContentClaim
from meterdrop.domain.upload import Upload
from tests.fakes.crash import Switch


@dataclass(slots=True)
class FakeUploads:
    """Fits `ports.Uploads`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, Upload] = field(default_factory=dict)
    history: list[Upload] = field(default_factory=list)
    """Every revision that was ever stored, as a watcher could have seen it."""

    def get(self, upload_id: str) -> Upload | None:
        """Return an upload as it is now."""
        with self.switch.call("uploads.get"):
            return self.stored.get(upload_id)

    def create(self, upload: Upload) -> bool:
        """Store a new upload; False where there is one."""
        with self.switch.call("uploads.create"):
            return upload.id not in self.stored and self._put(upload)

    def save(self, upload: Upload) -> bool:
        """Store the next revision; False where another was stored since."""
        with self.switch.call("uploads.save"):
            found = self.stored.get(upload.id)
            return found is not None and found.revision == upload.revision - 1 and self._put(upload)

    def _put(self, upload: Upload) -> bool:
        self.stored[upload.id] = upload
        self.history.append(upload)
        return True


@dataclass(slots=True)
class FakeContents:
    """Fits `ports.Contents`."""

    switch: Switch = field(default_factory=Switch)
    stored: dict[str, ContentClaim] = field(default_factory=dict)

    def get(self, sha256: str) -> ContentClaim | None:
        """Return who claimed this content."""
        with self.switch.call("contents.get"):
            return self.stored.get(sha256)

    def own(self, sha256: str, upload_id: str, instead_of: str | None) -> bool:
        """Make an upload the owner; False where the owner changed since it was read."""
        with self.switch.call("contents.own"):
            found = self.stored.get(sha256)
            if (found and found.owner) != instead_of:
                return False
            self.stored[sha256] = ContentClaim(upload_id, found.others if found else frozenset())
            return True

    def join(self, sha256: str, upload_id: str, owner: str) -> bool:
        """Add an upload beside the owner; False where the owner changed since it was read."""
        with self.switch.call("contents.join"):
            found = self.stored.get(sha256)
            if found is None or found.owner != owner:
                return False
            self.stored[sha256] = ContentClaim(owner, found.others | {upload_id})
            return True
