"""Which uploads a reader of the list asked for."""

from dataclasses import dataclass

from meterdrop.domain.codes import Status
from meterdrop.domain.upload import Upload

LAST_SECOND = 9_999_999_999  # ten digits: what `Upload.created_id` sorts rightly


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFilter:
    """All conditions must hold; None asks for nothing. Bounds of `created` are epoch seconds and inclusive.

    `file_name` is a part of the name, whatever its case.
    """

    status: Status | None = None
    key: str | None = None
    key_prefix: str | None = None
    file_name: str | None = None
    parent: str | None = None
    created_from: int = 0
    created_until: int = LAST_SECOND

    def matches(self, upload: Upload) -> bool:
        """Judge one upload as it is now."""
        return (
            self.created_from <= upload.created <= self.created_until
            and self.status in (None, upload.status)
            and self.key in (None, upload.key)
            and self.parent in (None, upload.parent)
            and upload.key.startswith(self.key_prefix or "")
            and (self.file_name or "").casefold() in upload.file_name.casefold()
        )
